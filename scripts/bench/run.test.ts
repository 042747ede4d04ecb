import { existsSync, readFileSync, rmSync } from 'node:fs';
import { keptKernel } from '../kernel/kept-kernel.ts';
import { join } from 'node:path';
import t from 'tap';
import { WorkbenchError } from '../lib/errors.ts';
import type { LogEntry } from '../lib/log.ts';
import { openRun } from '../lib/record.ts';
import { OBJECTS } from '../testing/bench-guest.ts';
import { emit, profileOf, reading, results, row, stage } from '../testing/bench.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';
import { failure } from '../testing/series.ts';
import { PROFILED } from './profile.ts';
import { rowsOf } from './rows.ts';
import { provenanceOf, runBench, type BenchStages } from './run.ts';
import { publish } from './store.ts';

t.test('rows and where they are from; nothing is made of measurements that failed', async (t) => {
  const measured = (over: object): Parameters<typeof provenanceOf>[1] => [
    {
      cpu: 'virtual',
      profiles: [],
      mitigation: 'Mitigation: Retpolines; IBPB: x',
      readings: [
        reading({ section: 'idle', variant: 'detached', elapsed: [100] }),
        reading({ section: 'idle', variant: 'attached', elapsed: [150], ...over }),
      ],
    },
  ];
  t.match(rowsOf(measured({}).flatMap((each) => each.readings)), [{ key: 'series/idle/attached', value: 5 }]);
  const refused = await failure((async () => rowsOf(measured({ failed: 2 }).flatMap((each) => each.readings)))());
  t.match(refused, {
    code: 'E_TEST',
    message: '1 measurements cannot be used',
    detail: 'series/idle/attached: 2 operations failed',
  });
  const build = buildRecord(configRecord(sourceTree('/w')), { compiler: 'gcc 12' });
  t.strictSame(
    provenanceOf(build, measured({}), 'QEMU emulator version 7.2\nCopyright\n', new Date('2026-01-02T23:59:59Z')),
    {
      date: '2026-01-02',
      kernel: '6.12.1',
      base: 'v6.12 (6.12.1)',
      tree: build.source.tree,
      config: 'default',
      compiler: 'gcc 12',
      qemu: 'QEMU emulator version 7.2',
      cpu: 'virtual',
      accelerator: 'TCG, -icount shift=0,sleep=off',
      mitigation: 'Mitigation: Retpolines',
    },
  );
});

t.test(
  'a run: the kernels are built before the first boot, each boot runs its own, and the profiles come with emit',
  async (t) => {
    const root = t.testdir({});
    const said: LogEntry[] = [];
    const ctx = stage(root, said);
    const config = configRecord(sourceTree('/w'));
    const record = buildRecord(config);
    const order: string[] = [];
    let kvmStops = false;
    const stages = (failed = 0, accel: 'tcg' | 'kvm' = 'tcg'): BenchStages => ({
      prepare: async (_, { built }) => (
        order.push(`prepare ${built ? 'built' : 'anew'}`), { config, record, objects: OBJECTS }
      ),
      chooseAccel: async () => ({ accel, reason: 'no /dev/kvm' }),
      giveUpKvm: (choice, seen) => (
        order.push(`given up: ${seen}`), { choice, learn: () => void order.push('learned') }
      ),
      otherKernel: async (_, __, kernel) => (order.push(`build ${kernel}`), keptKernel(`/k/${kernel}`)),
      measure: async (_, { boot, build: { bzImage, vmlinux, systemMap }, repetitions }) => {
        order.push(`${boot.name} on ${bzImage} ${repetitions}`);
        t.equal(
          vmlinux,
          boot.kernel === 'series' ? record.vmlinux : `${bzImage}.notes`,
          'the build id is that of the image',
        );
        t.equal(systemMap, boot.kernel === 'series' ? record.systemMap : `${bzImage}.map`, 'and the functions are');
        if (boot.nanoseconds === true && kvmStops) throw new WorkbenchError('E_BOOT', 'it stopped');
        const readings = ['detached', 'attached'].map((variant) =>
          reading({ boot: boot.name, section: 'idle', variant, failed }),
        );
        const profiles = boot.sections.includes('idle') ? [profileOf(boot.name, {})] : [];
        return { readings, profiles, cpu: 'virtual', mitigation: '' };
      },
      profile: async (_, __, ___, wanted) => (order.push('profile'), wanted.map(({ label }) => profileOf(label, {}))),
      qemuVersion: async () => 'QEMU 7\n',
    });
    const wanted = { sections: ['idle'], kernels: ['series', 'base'], repetitions: 3, built: true } as const;
    const found = await runBench(ctx, wanted, stages());
    t.strictSame(order.splice(0), [
      'prepare built',
      'build base',
      `series on ${record.bzImage} 3`,
      'base on /k/base 3',
    ]);
    t.match(found, {
      rows: [{ key: 'series/idle/attached' }, { key: 'base/idle/attached' }],
      provenance: { qemu: 'QEMU 7', cpu: 'virtual' },
    });
    t.match(found, { profiles: [{ label: 'series' }, { label: 'base' }] }, 'of what was measured; none of emit');
    t.match(said, [
      { kind: 'note', text: 'no nanoseconds: no /dev/kvm' },
      { kind: 'stage', text: /^boot 1 of 2: series/ },
      { kind: 'command', text: 'guest: /o/bench /o/series 3 idle' },
      { text: /^boot 2 of 2: base/ },
    ]);

    t.match(
      await runBench(
        ctx,
        { ...wanted, sections: ['emit'], kernels: ['series', 'v1-inpage'], built: false },
        stages(0, 'kvm'),
      ),
      { profiles: { length: PROFILED.length } },
    );
    t.strictSame(order.splice(0), [
      'prepare anew',
      'build v1-inpage',
      `series on ${record.bzImage} 3`,
      'v1-inpage on /k/v1-inpage 3',
      `series-kvm on ${record.bzImage} 3`,
      'profile',
    ]);
    kvmStops = true;
    t.match(
      await runBench(ctx, { ...wanted, sections: ['emit'], kernels: ['series'] }, stages(0, 'kvm')),
      { profiles: { length: PROFILED.length } },
      'no nanoseconds are no failure',
    );
    t.strictSame(order.splice(0), [
      'prepare built',
      `series on ${record.bzImage} 3`,
      `series-kvm on ${record.bzImage} 3`,
      'given up: it stopped',
      'learned',
      'profile',
    ]);
    await runBench(ctx, { ...wanted, sections: ['emit'], kernels: ['base'] }, stages());
    t.notOk(order.splice(0).includes('profile'), 'which are of the series');
    t.match(await failure(runBench(ctx, wanted, stages(1))), {
      code: 'E_TEST',
      message: '4 measurements cannot be used',
    });
    order.length = 0;
    t.equal(await runBench(stage(root, [], true), wanted, stages()), null);
    t.strictSame(order, ['prepare built', 'build base'], 'which in a dry run print what they would do');
  },
);

t.test('what a run leaves: record and page always, the committed results where it replaces them', async (t) => {
  const root = t.testdir({ selftests: { bench: {} } });
  const committed = (): string => readFileSync(join(root, 'selftests/bench/results.json'), 'utf8');
  const run = openRun(root, 'bench');
  const all = results([...emit('perf_percpu', 100), row({ section: 'idle', variant: 'attached', source: 'kprobe' })]);
  const first = publish(root, run, all, false);
  t.match(first, {
    page: join(run.dir, 'bench.html'),
    written: { 0: 'selftests/bench/RESULTS.md' },
    sentence: /^first run/,
    failed: false,
  });
  for (const file of [first.page, join(run.dir, 'bench.json'), join(root, 'selftests/bench/RESULTS.md')])
    t.ok(existsSync(file), file);
  const before = committed();
  const other = results(emit('perf_percpu', 150));
  rmSync(first.page);
  t.match(publish(root, run, other, true), { written: { length: 0 }, failed: true });
  t.match(publish(root, run, results(emit('perf_percpu', 150), { tree: 'beef' }), false), {
    written: { length: 0 },
    merged: null,
    failed: false,
  });
  t.equal(committed(), before);
  t.match(readFileSync(first.page, 'utf8'), /other source or tools/, 'and the page says why');
  t.match(publish(root, run, other, false), { written: { length: 4 }, failed: true });
  t.match(JSON.parse(committed()), { rows: { length: 3 }, reproduced: /^2 of 2 rows differ/ });
});
