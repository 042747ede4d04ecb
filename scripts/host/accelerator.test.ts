import { chmodSync, existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import type { LogEntry } from '../lib/log.ts';
import { sequence } from '../testing/pattern.ts';
import { chooseAccel, giveUpKvm, tryKvm, type ChooseOptions } from './accelerator.ts';
import { identityOf } from './accelerator-memory.ts';

type Test = Pick<typeof t, 'testdir'>;
const { signal } = new AbortController();
const BANNER = 'echo "[    0.000000] Linux version 6.12.1 (a@b)"';

interface StandIn extends ChooseOptions {
  readonly qemu: string;
  readonly memory: string;
  runs(): number;
}

/** Any file that can be opened stands for the device. */
function standIn(t: Test, script: string): StandIn {
  const dir = t.testdir({
    bzImage: '',
    device: '',
    other: '',
    boot: { id: 'f00', kernels: { 'vmlinuz-6.1': '', config: '' } },
    qemu: `#!/bin/sh\necho run >> "$0.runs"\n${script}\n`,
  });
  const qemu = join(dir, 'qemu');
  chmodSync(qemu, 0o755);
  return {
    qemu,
    device: join(dir, 'device'),
    kernel: join(dir, 'bzImage'),
    memory: join(dir, 'cache/accelerator.json'),
    probeMs: 400,
    runs: () => (existsSync(`${qemu}.runs`) ? readFileSync(`${qemu}.runs`, 'utf8').trim().split('\n').length : 0),
  };
}

const ROWS = [
  {
    says: 'firmware that runs, and then nothing',
    script:
      'echo "SeaBIOS (version 1.16.2)"; echo Booting from ROM..; echo "early console in setup code"; exec sleep 600',
    accel: 'tcg',
    reason: sequence(
      /^KVM does not run a kernel: nothing from a kernel in \d+\.\d s, /,
      /its last words were "early console in setup code"$/,
    ),
  },
  {
    says: 'a kernel that speaks and goes on',
    script: `${BANNER}; exec sleep 600`,
    accel: 'kvm',
    reason: /^KVM runs a kernel: Linux 6\.12\.1 spoke after/,
  },
  { says: 'a kernel that speaks and ends', script: BANNER, accel: 'kvm', reason: /Linux 6\.12\.1 spoke/ },
  {
    says: 'a refusal',
    script: 'echo "qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69" >&2; kill -ABRT $$',
    accel: 'tcg',
    reason: /^KVM does not run a kernel: QEMU ended with a signal, error: failed to set MSR 0x10a to 0x69$/,
  },
  {
    says: 'no rights',
    script: 'echo "Could not access KVM kernel module: Permission denied" >&2; exit 1',
    accel: 'tcg',
    reason: /QEMU ended with 1, Could not access KVM.*denied/,
  },
  {
    says: 'not a word, for ever',
    script: 'exec sleep 600',
    accel: 'tcg',
    reason: /nothing from a kernel in \d+\.\d s, not a word/,
  },
  { says: 'an end without a word', script: 'exit 0', accel: 'tcg', reason: /QEMU ended with 0, not a word/ },
] as const;

for (const { says, script, accel, reason } of ROWS) {
  t.test(says, async (t) => {
    const place = standIn(t, script);
    const started = performance.now();
    t.match(await chooseAccel(signal, place), { accel, reason, strict: undefined });
    t.ok(performance.now() - started < 300_000, 'long before the stand-in would end');
    t.match(
      await chooseAccel(signal, place),
      { accel, reason: /\(seen \d{4}-\d\d-\d\d \d\d:\d\d UTC\)$/ },
      'remembered, with what was seen',
    );
    t.equal(place.runs(), 1);
  });
}

t.test('what cannot be tried is not decided', async (t) => {
  const place = standIn(t, BANNER);
  const nothing = { ...place, kernel: '/does/not/exist', boot: '/does/not/exist' };
  t.equal(await tryKvm(signal, nothing), undefined);
  t.match(await chooseAccel(signal, nothing), { accel: 'tcg', reason: /no kernel at hand/ });
  t.equal(existsSync(place.memory), false, 'nor remembered');
  t.match(
    await tryKvm(signal, { ...nothing, boot: join(dirname(place.qemu), 'boot/kernels') }),
    { accel: 'kvm' },
    "the host's own kernel will do",
  );
  t.match(await chooseAccel(signal, { device: '/does/not/exist' }), {
    accel: 'tcg',
    reason: '/does/not/exist does not exist',
  });
});

t.test('another boot, QEMU or device is another host, and a damaged memory is none', async (t) => {
  const place = standIn(t, BANNER);
  await chooseAccel(signal, place);
  const kept = readFileSync(place.memory, 'utf8');
  utimesSync(place.qemu, 1, 1);
  t.match(await chooseAccel(signal, place), { reason: /spoke/ });
  t.equal(place.runs(), 2, 'an exchanged QEMU');
  for (const [at, damage] of [kept.slice(0, 40), '', '[]', 'null', kept.replace('"kvm"', '"tpu"')].entries()) {
    writeFileSync(place.memory, damage);
    t.match(await chooseAccel(signal, place), { accel: 'kvm', reason: /spoke/ });
    t.equal(place.runs(), 3 + at, JSON.stringify(damage));
  }
  const device = join(dirname(place.qemu), 'other');
  t.not(identityOf({ ...place, device }), identityOf({ qemu: place.qemu, device: place.device ?? '' }), 'device');
  t.not(
    identityOf({ ...place, device }, join(dirname(place.qemu), 'boot/id')),
    identityOf({ ...place, device }),
    'boot',
  );
});

t.test('--accel tcg tries nothing, --accel kvm tries anew and is a matter of the host', async (t) => {
  const place = standIn(t, `test -e "$0.good" && ${BANNER}; exit 1`);
  t.match(await chooseAccel(signal, { ...place, wanted: 'tcg' }), { accel: 'tcg', reason: /--accel tcg/ });
  t.equal(place.runs(), 0);
  await t.rejects(chooseAccel(signal, { ...place, wanted: 'kvm' }), {
    code: 'E_HOST_KVM',
    exitCode: 69,
    message: /--accel kvm: KVM does not run a kernel/,
    next: 'npm run doctor',
  });
  writeFileSync(`${place.qemu}.good`, '');
  t.match(await chooseAccel(signal, { ...place, wanted: 'kvm' }), { accel: 'kvm', strict: true });
  t.match(await chooseAccel(signal, place), { accel: 'kvm', strict: undefined }, 'and is what the next one remembers');
});

t.test('KVM that is given up: one loud line, both facts, and the next run knows', async (t) => {
  const place = standIn(t, BANNER);
  const first = await chooseAccel(signal, place);
  const said: LogEntry[] = [];
  const { choice, learn } = giveUpKvm(first, 'a silent console for 20 s', (entry) => said.push(entry), place);
  t.match(choice, {
    accel: 'tcg',
    reason: /^KVM was given up: a silent console for 20 s; before that, KVM runs a kernel: Linux 6\.12\.1/,
  });
  t.match(said, [{ kind: 'warn', text: /KVM IS GIVEN UP.*a silent console/ }]);
  t.match(await chooseAccel(signal, place), { accel: 'kvm' }, 'not before a guest came up in emulation');
  learn();
  t.match(await chooseAccel(signal, place), { accel: 'tcg', reason: /given up: a silent console/ });
  t.equal(place.runs(), 1);
});

t.test('a cache that cannot be written: tried each time', async (t) => {
  const place = standIn(t, BANNER);
  const memory = join(place.device ?? '', 'no directory', 'memory');
  for (const runs of [1, 2]) {
    t.match(await chooseAccel(signal, { ...place, memory }), { accel: 'kvm' });
    t.equal(place.runs(), runs);
  }
});

t.test('an interrupt ends a probe', async (t) => {
  const place = standIn(t, 'exec sleep 600');
  await t.rejects(chooseAccel(AbortSignal.timeout(50), { ...place, probeMs: 60_000 }), { code: 'E_INTERRUPTED' });
  t.equal(existsSync(place.memory), false);
});

t.test('another architecture is emulated, and KVM is not even tried', async (t) => {
  const place = { ...standIn(t, BANNER), foreign: 'arm64' };
  t.strictSame(await chooseAccel(signal, place), { accel: 'tcg', reason: 'this machine runs no arm64 by itself' });
  t.match(await chooseAccel(signal, { ...place, wanted: 'tcg' }), { reason: /^asked for/ });
  await t.rejects(chooseAccel(signal, { ...place, wanted: 'kvm' }), {
    code: 'E_HOST_KVM',
    next: 'npm test -- --arch arm64',
  });
  t.equal(place.runs(), 0);
});
