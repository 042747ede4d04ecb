import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { chooseAccel, judgeProbe } from './accelerator.ts';

const { signal } = new AbortController();

const ROWS = [
  { says: 'firmware ran', probe: { output: 'SeaBIOS (version 1)\n', errors: '', exitCode: 0, timedOut: false }, accel: 'kvm', reason: /ran the firmware/ },
  { says: 'firmware ran and waits for a disk', probe: { output: 'SeaBIOS\n', errors: '', exitCode: null, timedOut: true }, accel: 'kvm', reason: /ran the firmware/ },
  {
    says: 'QEMU aborted', accel: 'tcg', reason: /does not work: error: failed to set MSR/,
    probe: { output: '', errors: 'qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69\n', exitCode: null, timedOut: false },
  },
  { says: 'no permission', probe: { output: '', errors: 'Could not access KVM kernel module: Permission denied\n', exitCode: 1, timedOut: false }, accel: 'tcg', reason: /Permission denied/ },
  { says: 'nothing ran, for ever', probe: { output: '', errors: '', exitCode: null, timedOut: true }, accel: 'tcg', reason: /ran nothing in 3 s/ },
  { says: 'it ended without a word', probe: { output: '', errors: '', exitCode: 0, timedOut: false }, accel: 'tcg', reason: /said nothing/ },
] as const;

for (const { says, probe, accel, reason } of ROWS) {
  t.test(says, async (t) => {
    t.match(judgeProbe(probe), { accel, reason });
  });
}

t.test('no device, no probe', async (t) => {
  t.match(await chooseAccel(signal, { device: '/does/not/exist' }), { accel: 'tcg', reason: /does not exist/ });
});

t.test('a probe that hangs ends when its time is up', async (t) => {
  const qemu = join(t.testdir({ qemu: '#!/bin/sh\nexec sleep 60\n' }), 'qemu');
  chmodSync(qemu, 0o755);
  const started = Date.now();
  t.match(await chooseAccel(signal, { device: '/dev/null', qemu, probeMs: 100 }), { accel: 'tcg', reason: /ran nothing in 0.1 s/ });
  t.ok(Date.now() - started < 3_000);
});

t.test('an interrupt ends a probe', async (t) => {
  const qemu = join(t.testdir({ qemu: '#!/bin/sh\nexec sleep 60\n' }), 'qemu');
  chmodSync(qemu, 0o755);
  await t.rejects(chooseAccel(AbortSignal.timeout(50), { device: '/dev/null', qemu, probeMs: 60_000 }), { code: 'E_INTERRUPTED' });
});
