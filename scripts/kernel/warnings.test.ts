import t from 'tap';
import { carryOver, formatWarning, newWarnings, normaliseMessage, parseWarnings, readLog } from './warnings.ts';

const gcc = [
  '  CC      kernel/bpf/core.o',
  '../kernel/bpf/core.c: In function ‘bpf_foo’:',
  '../kernel/bpf/core.c:12:6: warning: unused variable ‘x’ [-Wunused-variable]',
  '   12 |  int x;',
  '      |      ^',
  '  CC      kernel/events/core.o',
  'In file included from ../include/linux/bpf.h:9,',
  '                 from ../kernel/events/core.c:55:',
  '../include/linux/perf.h:3:1: warning: no previous prototype for ‘f’ [-Wmissing-prototypes]',
  'vmlinux.o: warning: objtool: foo+0x1f: unreachable instruction',
  '  LD      .tmp_vmlinux1',
  '  CC      init/version.o',
  'ld: warning: x.o: missing .note.GNU-stack section',
  '  MODPOST vmlinux.symvers',
  'WARNING: modpost: missing MODULE_DESCRIPTION() in x.o',
].join('\n');

t.test('finds every kind, with file, unit and function', async (t) => {
  t.same(
    parseWarnings(gcc).map((w) => [w.file, w.unit, w.where, w.message]),
    [
      ['kernel/bpf/core.c', 'kernel/bpf/core.c', 'bpf_foo', "unused variable 'x' [-Wunused-variable]"],
      ['include/linux/perf.h', 'kernel/events/core.c', '', "no previous prototype for 'f' [-Wmissing-prototypes]"],
      ['vmlinux.o', 'vmlinux.o', '', 'objtool: foo+0x: unreachable instruction'],
      ['ld', '.tmp_vmlinux1', '', 'x.o: missing .note.GNU-stack section'],
      ['vmlinux', 'vmlinux.symvers', '', 'modpost: missing MODULE_DESCRIPTION() in x.o'],
    ],
  );
});

t.test('sparse output, and no warning in a clean or empty log', async (t) => {
  const [w] = parseWarnings("../kernel/trace/bpf_trace.c:7:1: warning: context imbalance in 'f' - unexpected unlock\n");
  t.match(w, { file: 'kernel/trace/bpf_trace.c', line: 7 });
  t.same(parseWarnings(''), []);
  t.same(parseWarnings('  CC  a.o\n  LD  vmlinux\nnothing to see\n'), []);
});

t.test('a moved line is the same warning, another function is not', async (t) => {
  const at = (line: number, fn: string): string => `a.c: In function '${fn}':\na.c:${line}:1: warning: unused 'x'\n`;
  const base = parseWarnings(at(10, 'f'));
  t.same(newWarnings(parseWarnings(at(99, 'f')), base), []);
  t.equal(newWarnings(parseWarnings(at(10, 'g')), base).length, 1);
});

t.test('a new warning does not hide behind a fixed one', async (t) => {
  const base = parseWarnings('a.c:1:1: warning: old one\n');
  const now = parseWarnings('a.c:1:1: warning: new one\n');
  t.same(
    newWarnings(now, base).map((w) => w.message),
    ['new one'],
  );
});

t.test('what depends on place or address is normalised away', async (t) => {
  t.equal(normaliseMessage('see ../include/a.h:12:3 and  ‘y’ at 0xFFff'), "see include/a.h and 'y' at 0x");
});

t.test('an incremental build keeps the warnings of what it did not compile', async (t) => {
  const before = parseWarnings('a.c:1:1: warning: one\nb.c:1:1: warning: two\n');
  const now = parseWarnings('b.c:1:1: warning: three\n');
  t.same(
    carryOver(before, now, new Set(['b.o'])).map((w) => w.message),
    ['one', 'three'],
  );
  t.same(carryOver(before, [], new Set(['a.o', 'b.o'])), [], 'fixed ones go');
});

t.test('a link-time warning stays until its target is made again, a row each', async (t) => {
  const log =
    '  LD      vmlinux.o\nvmlinux.o: warning: objtool: f+0x1: bad\n  MODPOST vmlinux.symvers\n' +
    'WARNING: modpost: odd\n  LD      .tmp_vmlinux1\nld: warning: a.o: old\n  LD      arch/x86/boot/setup.elf\n' +
    'ld: warning: b.o: old\n';
  const before = parseWarnings(log);
  const rows: [string[], string[]][] = [
    [[], ['vmlinux.o', 'vmlinux', 'ld', 'ld']],
    [
      ['kernel/a.o', 'vmlinux'],
      ['vmlinux.o', 'vmlinux', 'ld', 'ld'],
    ],
    [['vmlinux.o'], ['vmlinux', 'ld', 'ld']],
    [['vmlinux.symvers'], ['vmlinux.o', 'ld', 'ld']],
    [['vmlinux.o', 'vmlinux.symvers', '.tmp_vmlinux1', 'vmlinux'], ['ld']],
    [['arch/x86/boot/setup.elf'], ['vmlinux.o', 'vmlinux', 'ld']],
  ];
  for (const [made, left] of rows)
    t.same(
      carryOver(before, [], new Set(made)).map((w) => w.file),
      left,
      made.join(' '),
    );
});

t.test('is printed as an editor likes it', async (t) => {
  t.same(parseWarnings("a.c: In function 'f':\na.c:3:1: warning: odd\n").map(formatWarning), ['a.c:3: odd (in f)']);
});

t.test('what is of the series, by its form, a row each', async (t) => {
  const rows: readonly [line: string, file: string, message: string][] = [
    ['../kernel/a.c:3:1: warning: unused x', 'kernel/a.c', 'unused x'],
    [
      '../arch/x86/a.S:12: Warning: no instruction mnemonic suffix given',
      'arch/x86/a.S',
      'no instruction mnemonic suffix given',
    ],
    [
      '{standard input}:4: Warning: setting incorrect section attributes',
      '{standard input}',
      'setting incorrect section attributes',
    ],
    [
      '<stdin>:1515:2: warning: #warning syscall x not implemented [-Wcpp]',
      '<stdin>',
      '#warning syscall x not implemented [-Wcpp]',
    ],
    [
      "../kernel/a.c:3: warning: Function parameter or struct member 'x' not described in 'f'",
      'kernel/a.c',
      "Function parameter or struct member 'x' not described in 'f'",
    ],
    [
      'kernel/dtrace/Kconfig:3:warning: choice value must be a symbol',
      'kernel/dtrace/Kconfig',
      'choice value must be a symbol',
    ],
    ['.config:7:warning: override: reassigning to symbol BPF', '.config', 'override: reassigning to symbol BPF'],
    ['../rust/kernel/a.rs:3:1: warning: unused variable', 'rust/kernel/a.rs', 'unused variable'],
    ['../arch/x86/kernel/vmlinux.lds.S:3: warning: odd', 'arch/x86/kernel/vmlinux.lds.S', 'odd'],
    ['scripts/kconfig/lexer.l:7: warning: odd', 'scripts/kconfig/lexer.l', 'odd'],
    ['include/generated/asm-offsets.h:1:2: warning: odd', 'include/generated/asm-offsets.h', 'odd'],
    ['kernel/a.o: warning: objtool: f() falls through', 'kernel/a.o', 'objtool: f() falls through'],
    ['vmlinux: warning: objtool: odd', 'vmlinux', 'objtool: odd'],
    ['ld: warning: x.o: missing .note.GNU-stack section', 'ld', 'x.o: missing .note.GNU-stack section'],
    ['/usr/bin/ld: a.o: warning: relocation against f', '/usr/bin/ld', 'a.o: relocation against f'],
    ['x86_64-linux-gnu-ld.bfd: warning: orphan section', 'x86_64-linux-gnu-ld.bfd', 'orphan section'],
    ['cc1: warning: command-line option is valid for C++', 'cc1', 'command-line option is valid for C++'],
    ['clang-19: warning: argument unused', 'clang-19', 'argument unused'],
    ['arch/x86/tools/insn_decoder_test: warning: Found a bug', 'arch/x86/tools/insn_decoder_test', 'Found a bug'],
    [
      'WARNING: modpost: vmlinux: section mismatch in reference',
      'vmlinux',
      'modpost: vmlinux: section mismatch in reference',
    ],
    [
      'WARNING: unmet direct dependencies detected for DTRACE',
      'vmlinux',
      'unmet direct dependencies detected for DTRACE',
    ],
  ];
  for (const [line, file, message] of rows) {
    t.match(readLog(`${line}\n`), { warnings: { 0: { file, message }, length: 1 }, remarks: { length: 0 } }, line);
  }
});

t.test('what the machine says is shown, and is nothing of the series, a row each', async (t) => {
  const rows = [
    'make: warning:  Clock skew detected.  Your build may be incomplete.',
    'make[3]: warning:  Clock skew detected.  Your build may be incomplete.',
    "make[2]: Warning: File '../kernel/a.c' has modification time 3.2 s in the future",
    "make[1]: warning: jobserver unavailable: using -j1.  Add '+' to parent make rule.",
    'make[1]: warning: -j2 forced in submake: resetting jobserver mode.',
    "Makefile:1: warning: overriding recipe for target 'x'",
    "../kernel/Makefile:3: warning: ignoring old recipe for target 'x'",
    '/usr/share/make/Makefile.build:21: warning: undefined variable',
    "../scripts/Kbuild.include:5: warning: overriding recipe for target 'x'",
    'scripts/x.sh:1: warning: command substitution: ignored null byte in input',
    'scripts/x.sh: line 3: warning: here-document delimited by end-of-file',
    './scripts/mkcompile_h:12: Warning: odd',
    'scripts/checksyscalls.sh:19:warning: odd',
    '../scripts/kernel-doc.pl:9: warning: odd',
    '../scripts/gen.py:9: warning: odd',
    'tools/build/feature.awk:9: warning: regexp escape sequence',
    'tools/lib/bpf/Makefile:140:  warning: odd',
    'perl: warning: Setting locale failed.',
    'perl: warning: Falling back to the standard locale ("C").',
    'WARN: resolve_btfids: unresolved symbol bpf_f',
    'ccache: error: Failed to create directory /c/tmp: Permission denied',
    'ccache: warning: something',
    '/bin/bash: warning: setlocale: LC_ALL: cannot change locale (de_DE.UTF-8)',
    'tar: warning: skipping',
    '../scripts/bpf_doc.py:62: SyntaxWarning: invalid escape sequence',
    'WARNING: pip is old',
  ];
  for (const line of rows) {
    t.strictSame(
      readLog(`  CC      kernel/a.o\n${line}\n  LD      vmlinux\n`),
      { warnings: [], remarks: [line] },
      line,
    );
  }
  const skewed = ['a.c', 'b.c'].map(
    (file, index) => `make[${index}]: Warning: File '${file}' has modification time ${index}.5 s in the future\n`,
  );
  t.equal(readLog(skewed.join('')).remarks.length, 1, 'a thousand files are one remark');
  t.strictSame(readLog('  CC      kernel/warnings.o\n  HOSTLD  scripts/warning\nnothing\n'), {
    warnings: [],
    remarks: [],
  });
});
