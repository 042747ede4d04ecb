import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { BootGuest } from '../guest/boot-guest.ts';
import { WorkbenchError } from '../lib/errors.ts';
import type { ExecResult } from '../lib/exec.ts';
import type { LogEntry } from '../lib/log.ts';
import { openRun } from '../lib/record.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';
import { failure } from '../testing/series.ts';
import { DONE, emit, reading, results, row, stage } from '../testing/bench.ts';
import { machineOf, measure, type StartGuest } from './measure.ts';
import type { Objects } from './objects.ts';
import { planBoots, type Boot } from './plan.ts';
import { PROFILED } from './profile.ts';
import { profile } from './profile-run.ts';
import { rowsOf } from './rows.ts';
import { publish } from './store.ts';
import { BadReading } from './readings.ts';
import { describeBoot, provenanceOf, runBench, type BenchStages } from './run.ts';

const LINE = '{"section":"idle","variant":"attached","batch":64,"failed":0,"elapsed":[5,6]}\n';

const OBJECTS: Objects = { of: { series: '/o/series', base: '/o/base', 'v1-inpage': '/o/v1' }, program: '/o/bench' };
const [SERIES] = planBoots(['idle'], ['series']) as [Boot];

interface Scripted {
  readonly start: StartGuest;
  readonly booted: BootGuest[];
  readonly ran: { readonly argv: readonly string[]; readonly env: object | undefined }[];
  stopped: number;
}

/** A guest that answers each command; undefined: with nothing, and success. */
function scripted(answer: (argv: readonly string[]) => Partial<ExecResult> | undefined): Scripted {
  const guest: Scripted = {
    booted: [],
    ran: [],
    stopped: 0,
    start: async (options) => {
      guest.booted.push(options);
      return {
        guest: {
          exec: async (argv, more) => {
            guest.ran.push({ argv, env: more?.env });
            return { exitCode: 0, signal: null, stdout: '', stderr: '', timedOut: false, ...answer(argv) } as Awaited<
              ReturnType<Awaited<ReturnType<StartGuest>>['guest']['exec']>
            >;
          },
        },
        stop: async () => void (guest.stopped += 1),
      };
    },
  };
  return guest;
}

t.test('a boot: its machine, the program in it, and its lines', async (t) => {
  const root = t.testdir({});
  const ctx = stage(root);
  const build = buildRecord(configRecord(sourceTree('/w')));
  const guest = scripted(([program, , text = '']) => {
    if (program === OBJECTS.program) return { stdout: LINE };
    return {
      stdout: text.includes('cpuinfo')
        ? 'model name\t: QEMU Virtual CPU: 2.5+\n'
        : text.includes('spectre')
          ? 'Mitigation: Retpolines; RSB filling\n'
          : '',
    };
  });
  const measured = await measure(
    ctx,
    { build, bzImage: '/k/base', objects: OBJECTS, boot: SERIES, repetitions: 5 },
    guest.start,
  );
  t.match(measured.readings, [{ boot: 'series', section: 'idle', elapsed: [5, 6] }]);
  t.strictSame([measured.cpu, measured.mitigation], ['QEMU Virtual CPU: 2.5+', 'Mitigation: Retpolines; RSB filling']);
  t.match(guest.booted, [
    {
      build: { bzImage: '/k/base' },
      icount: true,
      accel: { accel: 'tcg' },
      cpus: 1,
      append: ['spectre_v2=retpoline'],
      name: 'console.series',
      dir: ctx.run.dir,
    },
  ]);
  t.match(guest.ran[0]?.argv.join(' '), /echo 1 > .*bpf_jit_enable/, 'the JIT first');
  t.strictSame(guest.ran.at(-1), {
    argv: ['/o/bench', '/o/series', '5', 'idle'],
    env: { BENCH_TOOL: '/w/tools-out/dtrace' },
  });
  t.equal(readFileSync(join(ctx.run.dir, 'bench.series.readings.log'), 'utf8'), LINE);
  t.equal(guest.stopped, 1);
});

t.test('the machine of a boot counts instructions, or measures time where KVM works', async (t) => {
  const boots = planBoots(['emit', 'growth'], ['series'], true);
  t.match(boots.map(machineOf), [
    { accel: { accel: 'tcg' }, icount: true, cpus: 1 },
    { accel: { accel: 'kvm' }, icount: false, cpus: 1 },
    { accel: { accel: 'tcg' }, icount: true, cpus: 8 },
  ]);
  t.equal(describeBoot({ ...SERIES, cpus: 2 }, 1, 4), 'boot 2 of 4: series (2 CPUs, spectre_v2=retpoline): idle');
  t.match(describeBoot(SERIES, 0, 4), / \(1 CPU, /);
});

t.test('a program that fails, a line that is none and a guest that dies: said, and the guest is ended', async (t) => {
  const root = t.testdir({});
  const ctx = stage(root);
  const build = buildRecord(configRecord(sourceTree('/w')), { tools: {} });
  const run = (guest: Scripted): Promise<unknown> =>
    measure(ctx, { build, bzImage: '/k', objects: OBJECTS, boot: SERIES, repetitions: 5 }, guest.start);
  const failing = scripted(([program]) =>
    program === OBJECTS.program ? { exitCode: 3, stdout: LINE, stderr: 'no program x\n' } : undefined,
  );
  t.match(await failure(run(failing)), {
    code: 'E_TEST',
    exitCode: 1,
    message: /failed in boot series$/,
    detail: 'no program x\n',
    next: `less ${join(ctx.run.dir, 'bench.series.readings.log')}`,
  });
  t.equal(
    readFileSync(join(ctx.run.dir, 'bench.series.readings.log'), 'utf8'),
    LINE,
    'what it measured before is kept',
  );
  t.strictSame(failing.ran.at(-1)?.env, {}, 'without a tool there is none to name');
  const garbled = scripted(([program]) => (program === OBJECTS.program ? { stdout: `${LINE}{"section":` } : undefined));
  await t.rejects(run(garbled), BadReading);
  const dying = scripted(() => {
    throw new WorkbenchError('E_BOOT', 'the guest died');
  });
  t.match(await failure(run(dying)), { code: 'E_BOOT' });
  t.strictSame(
    [failing, garbled, dying].map(({ stopped }) => stopped),
    [1, 1, 1],
  );
});

t.test('profiles: the plugin counts one program after the other, and none is left out', async (t) => {
  const root = t.testdir({
    'System.map': 'ffffffff81000000 T bpf_ktime_get_ns\nffffffff81000100 T commit\n',
    'no.map': 'ffffffff81000100 T commit\n',
  });
  const said: LogEntry[] = [];
  const ctx = stage(root, said);
  const build = buildRecord(configRecord(sourceTree('/w')), { systemMap: join(root, 'System.map') });
  const wanted = PROFILED.slice(0, 2);
  const counts = (at: number): string => join(ctx.run.dir, `profile.counts.${at}`);
  const compiled: (readonly string[])[] = [];
  const compile = async (argv: readonly string[]): Promise<ExecResult> => (compiled.push(argv), DONE);
  const guest = scripted(([program]) => {
    if (program === OBJECTS.program)
      for (const at of [0, 1]) writeFileSync(counts(at), `marks 4\nffffffff81000104 ${1280 * (at + 1)}\n`);
    return undefined;
  });
  t.match(
    await profile(ctx, build, OBJECTS, wanted, compile, guest.start),
    wanted.map(({ label }, at) => ({ label, shares: [{ name: 'commit', value: 10 * (at + 1) }] })),
  );
  t.match(compiled, [[/^gcc$/, '-shared']]);
  t.match(guest.booted, [
    {
      icount: true,
      qemuOpts: ['-plugin', /profile-plugin\.so,mark=0xffffffff81000000,times=100,out=.*profile\.counts$/],
      append: ['nokaslr', /^spectre/],
    },
  ]);
  t.strictSame(guest.ran.at(-1), {
    argv: ['/o/bench', '/o/series', '50', 'profile'],
    env: { BENCH_PROFILES: 'emit-dtrace-48-0/dtrace_reserve/watermark emit-48-0/ringbuf_reserve/watermark' },
  });

  rmSync(counts(1));
  t.match(await failure(profile(ctx, build, OBJECTS, wanted, compile, scripted(() => undefined).start)), {
    code: 'E_BOOT',
    exitCode: 14,
    message: /no counts of ringbuf reserve:/,
  });
  const failing = scripted(([program]) =>
    program === OBJECTS.program ? { exitCode: 1, stderr: 'no program x\n' } : undefined,
  );
  t.match(await failure(profile(ctx, build, OBJECTS, wanted, compile, failing.start)), {
    code: 'E_TEST',
    detail: 'no program x\n',
  });
  t.equal(failing.stopped, 1);
  const unmarked = scripted(() => undefined);
  t.match(
    await failure(
      profile(ctx, { ...build, systemMap: join(root, 'no.map') }, OBJECTS, wanted, compile, unmarked.start),
    ),
    { code: 'E_BUILD', message: /no\.map has no bpf_ktime_get_ns$/ },
  );
  t.strictSame(unmarked.booted, [], 'nothing is booted that could count nothing');
  const dry: LogEntry[] = [];
  t.equal(await profile(stage(root, dry, true), build, OBJECTS, wanted, compile, unmarked.start), null);
  t.match(dry, { 0: { kind: 'command', text: /^gcc -shared / }, length: 1 });
});

t.test('rows and where they are from; nothing is made of measurements that failed', async (t) => {
  const measured = (over: object): Parameters<typeof provenanceOf>[1] => [
    {
      cpu: 'virtual',
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
      otherKernel: async (_, __, kernel) => (order.push(`build ${kernel}`), `/k/${kernel}`),
      measure: async (_, { boot, bzImage, repetitions }) => {
        order.push(`${boot.name} on ${bzImage} ${repetitions}`);
        if (boot.nanoseconds === true && kvmStops) throw new WorkbenchError('E_BOOT', 'it stopped');
        const readings = ['detached', 'attached'].map((variant) =>
          reading({ boot: boot.name, section: 'idle', variant, failed }),
        );
        return { readings, cpu: 'virtual', mitigation: '' };
      },
      profile: async (_, __, ___, wanted) => (
        order.push('profile'), wanted.map(({ label }) => ({ label, shares: [] }))
      ),
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
    t.notOk(found !== null && 'profiles' in found);
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
