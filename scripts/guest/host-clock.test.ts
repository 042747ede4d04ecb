import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { BootSpec } from './boot-plan.ts';
import { parseKhz, withHostClock } from './host-clock.ts';

const { signal } = new AbortController();
const TCG: BootSpec = { bzImage: '/k', vmlinux: '/v', accel: 'tcg', cpus: 2, memoryMb: 1 };

t.test('a frequency, or nothing', async (t) => {
  t.equal(parseKhz('2596136\n'), 2_596_136);
  for (const text of ['', '2596136', '12\n', '99999999999\n', 'usage: workload\n'])
    t.equal(parseKhz(text), undefined, JSON.stringify(text));
});

t.test('an emulated guest is told what its counter counts, others know', async (t) => {
  const dir = t.testdir({});
  const workload = join(dir, 'workload');
  writeFileSync(workload, '#!/bin/sh\n[ "$1" = tsc-khz ] && echo 2596136\n', { mode: 0o755 });
  t.strictSame((await withHostClock({ ...TCG, append: ['quiet'] }, workload, signal)).append, [
    'quiet',
    'tsc_early_khz=2596136',
  ]);
  for (const spec of [
    { ...TCG, accel: 'kvm' as const },
    { ...TCG, icount: true },
  ])
    t.equal(await withHostClock(spec, workload, signal), spec);
  writeFileSync(workload, '#!/bin/sh\nexit 2\n', { mode: 0o755 });
  t.equal(await withHostClock(TCG, workload, signal), TCG, 'a guest measures it itself when the host cannot tell');
});
