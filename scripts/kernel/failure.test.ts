import t from 'tap';
import { findFailure } from './failure.ts';

t.test('the first compiler error wins, with its source line', async (t) => {
  const log = [
    '  CC      kernel/bpf/core.o',
    '../kernel/bpf/core.c:3:1: warning: odd',
    '../kernel/bpf/core.c: In function ‘f’:',
    '../kernel/bpf/core.c:5:9: error: ‘y’ undeclared',
    '    5 |  return y;',
    '      |         ^',
    '../kernel/bpf/core.c:9:9: error: later',
    'make[3]: *** [../scripts/Makefile.build:229: kernel/bpf/core.o] Error 1',
  ].join('\n');
  t.same(findFailure(log), {
    message: '‘y’ undeclared',
    position: { file: 'kernel/bpf/core.c', line: 5, col: 9 },
    excerpt: ['../kernel/bpf/core.c:5:9: error: ‘y’ undeclared', '    5 |  return y;', '      |         ^'],
  });
});

t.test('other ends of a build, a row each', async (t) => {
  const rows: [string, string][] = [
    [
      "ld: kernel/x.o: in function `f':\nx.c:(.text+0x1): undefined reference to `g'\nmake: *** [vmlinux] Error 1",
      "x.c:(.text+0x1): undefined reference to `g'",
    ],
    ['a\nERROR: modpost: "f" [x.ko] undefined!\nmake: *** [modpost] Error 1', 'ERROR: modpost: "f" [x.ko] undefined!'],
    [
      'FAILED: load BTF from vmlinux: Invalid argument\nmake: *** [vmlinux] Error 255',
      'FAILED: load BTF from vmlinux: Invalid argument',
    ],
    ["make[1]: *** No rule to make target 'foo.o'.  Stop.", "make[1]: *** No rule to make target 'foo.o'.  Stop."],
    ['/bin/sh: 1: zstd: not found\nmake: *** [x] Error 127', '/bin/sh: 1: zstd: not found'],
    ['../x.c:9: fatal error: linux/nope.h: No such file or directory', 'linux/nope.h: No such file or directory'],
    ['', 'the build failed and said nothing'],
    ['something odd\n', 'something odd'],
    [
      "error: unable to rename temporary 'a.tmp' to output file 'a.o'\n1 error generated.",
      "error: unable to rename temporary 'a.tmp' to output file 'a.o'",
    ],
  ];
  for (const [log, message] of rows) t.equal(findFailure(log).message, message, message);
});
