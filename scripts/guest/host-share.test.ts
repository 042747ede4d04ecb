import t from 'tap';
import { availableMb, guestsAtOnce, guestsThatFit, machineSpec, nodeOf } from './host-share.ts';

t.test("memory that can be had, of the kernel's own table", async (t) => {
  t.equal(
    availableMb('MemTotal:       24684000 kB\nMemFree:        16556000 kB\nMemAvailable:   23040512 kB\n'),
    22_500,
  );
  t.equal(availableMb('MemTotal: 1 kB\n'), 0);
});

t.test('as many guests as have room, and one anyway', async (t) => {
  const rows = [
    [16_000, 2_048, 7],
    [8_000, 2_048, 3],
    [8_000, 4_096, 1],
    [9_000, 4_096, 2],
    [2_300, 2_048, 1],
    [0, 2_048, 1],
  ] as const;
  for (const [available, guest, fit] of rows) t.equal(guestsThatFit(available, guest), fit, `${guest} of ${available}`);
  t.ok(guestsAtOnce({}) >= 1);
});

const KERNEL = { bzImage: '/k/bzImage', vmlinux: '/k/vmlinux', config: 'default' };

t.test('a kernel that checks itself needs more memory', async (t) => {
  const memory = (kconfig: Record<string, string>): number => machineSpec(KERNEL, kconfig, 'tcg', false).memoryMb;
  t.ok(memory({ CONFIG_KASAN: 'y' }) > memory({ CONFIG_BPF: 'y' }));
  t.strictSame(machineSpec(KERNEL, {}, 'kvm', true), {
    bzImage: '/k/bzImage',
    vmlinux: '/k/vmlinux',
    accel: 'kvm',
    cpus: 2,
    memoryMb: 2048,
    inTurn: true,
  });
});

t.test('a kernel of another architecture brings its files', async (t) => {
  const foreign = { ...KERNEL, config: 'default-arm64', root: '/c/root' };
  t.strictSame(machineSpec(foreign, {}, 'tcg', true).foreign, { arch: 'arm64', root: '/c/root' });
  t.equal(nodeOf(foreign), '/usr/bin/node');
  t.equal(nodeOf(KERNEL), process.execPath);
});
