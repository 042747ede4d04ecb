import t from 'tap';
import { estimateSteps, parseStep, timeLeft } from './progress.ts';

t.test('recognises the lines that kbuild prints for work, a row each', async (t) => {
  const rows: [string, string | undefined][] = [
    ['  CC      kernel/bpf/core.o', 'CC kernel/bpf/core.o'],
    ['  CC [M]  drivers/foo.o', 'CC drivers/foo.o'],
    ['  HOSTCC  scripts/basic/fixdep', 'HOSTCC scripts/basic/fixdep'],
    ['  BTF     .tmp_vmlinux1.btf.o', 'BTF .tmp_vmlinux1.btf.o'],
    ['  LD      vmlinux', 'LD vmlinux'],
    ["make[1]: Entering directory '/x'", undefined],
    ['../kernel/x.c:1:2: warning: unused', undefined],
    ['Kernel: arch/x86/boot/bzImage is ready  (#1)', undefined],
    ['', undefined],
    ['    CC too deep', undefined],
    ['  HDRINST usr/include/linux/bpf.h', undefined],
  ];
  for (const [line, expected] of rows) {
    const step = parseStep(line);
    t.equal(step && `${step.action} ${step.target}`, expected, JSON.stringify(line));
  }
});

t.test('time left', async (t) => {
  t.equal(timeLeft(0, 100, 60_000), undefined, 'nothing done');
  t.equal(timeLeft(50, 100, 1_000), undefined, 'too early to tell');
  t.equal(timeLeft(50, 100, 60_000), 60_000);
  t.equal(timeLeft(120, 100, 60_000), undefined, 'expected too little');
  t.equal(timeLeft(10, 0, 60_000), undefined, 'nothing expected');
  t.ok(estimateSteps(900) > 900);
});
