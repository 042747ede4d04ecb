import t from 'tap';
import type { BisectRecord } from '../records/series.ts';
import { formatBisect, formatCheck } from './format.ts';
import type { CheckRecord } from '../records/series.ts';
import { isKernelSource, reachesOthers, unitsOf } from './units.ts';
import { editConfig, VARIANTS, variantNamed } from './variants.ts';

t.test('edits a .config in both directions', async (t) => {
  const text = 'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_BC=y\n';
  t.equal(
    editConfig(text, [
      ['A', 'n'],
      ['B', 'y'],
      ['NEW', 'y'],
    ]),
    'CONFIG_BC=y\n# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_NEW=y\n',
  );
  t.equal(editConfig('', [['A', 'y']]), 'CONFIG_A=y\n');
});

t.test('the variants that a reviewer asks for', async (t) => {
  t.same(
    VARIANTS.map((v) => v.name),
    ['default', 'DTRACE=n', 'BPF_SYSCALL=n', 'BPF_JIT=n'],
  );
  t.equal(VARIANTS.filter((v) => v.boots).length, 1);
  t.equal(variantNamed('nope'), undefined);
});

t.test('which objects are worth compiling', async (t) => {
  const all = ['kernel/bpf/verifier.c', 'kernel/events/core.c', 'include/linux/bpf.h', 'tools/lib/bpf/libbpf.c'];
  t.same(
    unitsOf(['kernel/bpf/verifier.c', 'tools/lib/bpf/libbpf.c'], all, () => true),
    ['kernel/bpf/verifier.o'],
  );
  t.same(
    unitsOf(['include/linux/bpf.h'], all, () => true),
    ['kernel/bpf/verifier.o', 'kernel/events/core.o'],
    'a header reaches them all',
  );
  t.same(
    unitsOf(['include/linux/bpf.h'], all, (path) => path.includes('events')),
    ['kernel/events/core.o'],
    'files that do not exist yet',
  );
  t.same(
    unitsOf(['Documentation/bpf/x.rst'], all, () => true),
    [],
  );
  t.equal(isKernelSource('samples/bpf/x.c'), false);
  t.equal(reachesOthers(['tools/include/uapi/linux/bpf.h']), false);
  t.equal(reachesOthers(['kernel/trace/Makefile']), true, 'it decides what is built');
});

t.test('the tables', async (t) => {
  const record: BisectRecord = {
    stage: 'bisect',
    head: 'h',
    ok: false,
    notes: ['how'],
    ms: 60_000,
    patches: [
      {
        id: '01',
        subject: 'bpf: do it',
        commit: 'c',
        variants: [
          { variant: 'default', outcome: 'boots', ok: true, detail: '', reused: true, ms: 1 },
          {
            variant: 'BPF_JIT=n',
            outcome: 'FAILS',
            ok: false,
            detail: 'undefined reference',
            reused: false,
            ms: 5_000,
          },
        ],
      },
    ],
  };
  const text = formatBisect(record);
  t.match(text, /01 +boots \(earlier\) +FAILS 5\.0 s +bpf: do it/);
  t.match(text, /01: BPF_JIT=n: undefined reference/);
  t.match(text, /1 patches, 1 failures/);
  const checked: CheckRecord = {
    stage: 'check',
    head: 'h',
    tree: 't',
    ok: false,
    unused: ['patches/exceptions.yaml:5: 05 X excuses nothing any more'],
    ms: 1,
    patches: [
      {
        id: '01',
        subject: 'bpf: do it',
        commit: 'c',
        excused: 1,
        excuses: [{ type: 'LONG_LINE', message: 'm', reason: 'r' }],
        newWarnings: 0,
        objects: ['a.o'],
        linesChecked: 9,
        maintainers: ['m'],
        columns: [
          { check: 'checkpatch', verdict: '1 found' },
          { check: 'smatch', verdict: 'not installed' },
        ],
        findings: [{ check: 'checkpatch', type: 'SPACING', message: 'CHECK: s', line: 7 }],
      },
    ],
  };
  t.match(
    formatCheck(checked),
    /01: checkpatch SPACING, line 7: CHECK: s\n01: excused LONG_LINE: m \(r\)\npatches\/exceptions/,
  );
  t.match(formatCheck(checked), /1 patches checked, 2 findings/);
  t.match(formatCheck(checked), /^n {3}checkpatch {2}smatch\n01 {2}1 found {5}not installed$/m, 'patch x check');
});
