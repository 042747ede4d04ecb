import t from 'tap';
import { ARCH, SYSCALLS, SYSCALLS_OF, syscallFunction } from './presets.ts';

t.test('every system call has a number on every architecture, and each its own', async (t) => {
  const names = Object.keys(SYSCALLS_OF.x86_64);
  for (const [arch, calls] of Object.entries(SYSCALLS_OF)) {
    t.strictSame(Object.keys(calls), names, arch);
    t.equal(new Set(Object.values(calls)).size, names.length, arch);
  }
});

t.test('without a guest they are those of x86', async (t) => {
  t.equal(ARCH, 'x86_64');
  t.equal(SYSCALLS, SYSCALLS_OF.x86_64);
  t.equal(syscallFunction('getpgid'), '__x64_sys_getpgid');
});
