import t from 'tap';
import { newWarnings } from '../kernel/warnings.ts';
import type { Warning } from '../records/build.ts';
import { ANALYSERS } from './analysers.ts';
import { analysersHere, nothingCompared } from './compare.ts';
import { warningSteps } from './compile.ts';

const read = (check: string, log: string): Warning[] => ANALYSERS.find((one) => one.check === check)?.read(log) ?? [];

t.test('what each analyser says, in its own form', async (t) => {
  const smatch = [
    '  CHECK   ../kernel/bpf/core.c',
    '../kernel/bpf/core.c:12 bpf_do() warn: inconsistent indenting',
    "kernel/bpf/core.c:14 bpf_do() error: we previously assumed 'a' could be null (see line 9)",
  ].join('\n');
  t.strictSame(
    read('smatch', smatch).map(({ file, line, where, message }) => [file, line, where, message]),
    [
      ['kernel/bpf/core.c', 12, 'bpf_do', 'warn: inconsistent indenting'],
      ['kernel/bpf/core.c', 14, 'bpf_do', "error: we previously assumed 'a' could be null (see line 9)"],
    ],
  );
  t.match(read('coccicheck', '../kernel/bpf/core.c:12:3-10: WARNING: NULL check before free\n  CC a.o\n'), [
    { file: 'kernel/bpf/core.c', line: 12, message: 'WARNING: NULL check before free' },
  ]);
  const clang = "../kernel/bpf/core.c:7:6: warning: unused variable 'a' [-Wunused-variable]\n";
  for (const check of ['gcc', 'clang']) t.match(read(check, clang), [{ file: 'kernel/bpf/core.c', line: 7 }], check);
});

t.test('a moved warning is not new, and another one is', async (t) => {
  const said = ANALYSERS.find(({ check }) => check === 'smatch')?.read;
  const at = (line: number, name: string): Warning[] => said?.(`a.c:${line} ${name}() warn: x`) ?? [];
  t.strictSame(newWarnings(at(9, 'f'), at(7, 'f')), []);
  t.equal(newWarnings(at(9, 'g'), at(7, 'f')).length, 1);
});

t.test('what is installed is asked, and the others are named', async (t) => {
  const { here, missing } = analysersHere((program) => (['gcc', 'clang'].includes(program) ? program : undefined));
  t.strictSame(missing, ['smatch', 'coccicheck']);
  t.strictSame(
    here.map(({ check, program }) => `${check} ${program}`),
    ['gcc gcc', 'clang clang'],
  );
  const steps = here.flatMap((one) => warningSteps('/w', one, ['a.o']).map(({ argv }) => argv.slice(3).join(' ')));
  t.match(steps, [
    /^O=build-check .* W=1 C=1 olddefconfig$/,
    /^O=build-check .* -k W=1 C=1 a\.o$/,
    // the compiler that is named last is the one; a configuration belongs to one
    /^O=build-check-clang .*CC=ccache gcc.* CC=ccache clang W=1 olddefconfig$/,
    /^O=build-check-clang .* CC=ccache clang W=1 a\.o$/,
  ]);
  t.strictSame(
    [...nothingCompared('left out').notRun],
    ANALYSERS.map(({ check }) => [check, 'left out']),
  );
});
