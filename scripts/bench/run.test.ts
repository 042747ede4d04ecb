import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { BootGuest } from '../../selftests/harness/boot-guest.ts';
import { fakeTree } from '../build/fake-tree.ts';
import type { StageContext } from '../build/stage.ts';
import type { BuildRecord } from '../build/types.ts';
import { WorkbenchError } from '../lib/errors.ts';
import type { ExecResult } from '../lib/exec.ts';
import type { LogEntry } from '../lib/log.ts';
import { openRun, planRun } from '../lib/record.ts';
import { applyRecord, buildRecord, configRecord, rememberBuild, sourceTree, writeRun } from '../testing/records.ts';
import { git } from '../testing/project.ts';
import { failure } from '../testing/series.ts';
import { provenanceOf, rowsOf } from './assemble.ts';
import { builtSeries } from './built.ts';
import { emit, reading, results, row } from './fixture.ts';
import { bpfJobs } from './jobs.ts';
import { configOf, otherKernel, planKernel } from './kernels.ts';
import { machineOf, measure, type StartGuest } from './measure.ts';
import { compileObjects, inputsKey, planObjects, type Compilers, type Objects } from './objects.ts';
import { planBoots, type Boot } from './plan.ts';
import { PROFILED } from './profile.ts';
import { profile } from './profile-run.ts';
import { publish } from './publish.ts';
import { BadReading } from './readings.ts';
import { availableKernels, describeBoot, runBench, type BenchStages } from './run.ts';

const LINE = '{"section":"idle","variant":"attached","batch":64,"failed":0,"elapsed":[5,6]}\n';
const DONE: ExecResult = { argv: [], cwd: undefined, exitCode: 0, signal: null, stdout: '', stderr: '', log: undefined, durationMs: 1, timedOut: false, aborted: false, failed: false };

function stage(root: string, said: LogEntry[] = [], dryRun = false): StageContext {
  return { root, log: (entry) => void said.push(entry), signal: new AbortController().signal, dryRun, run: dryRun ? planRun(root, 'dry') : openRun(root, 'bench') };
}

t.test('the kernel of the applied series, and no other one that was built since', async (t) => {
  const root = t.testdir({ w: {}, other: {}, image: '', older: '' });
  const [worktree, image] = [join(root, 'w'), join(root, 'image')];
  const config = configRecord(sourceTree(worktree));
  const of = (source: object, bzImage: string, release: string): BuildRecord => buildRecord({ ...config, source: { ...config.source, ...source } }, { bzImage, release });
  writeRun(root, '20260101T000000-apply-1', { apply: applyRecord(worktree), 'build.debug': of({}, image, 'debug') });
  t.throws(() => builtSeries(root, 'default'), { code: 'E_RECORD_MISSING', message: /^no default kernel of the applied series was built$/, next: 'npm run build' });
  writeRun(root, '20260102T000000-build-1', { 'build.default': of({}, join(root, 'older'), 'older') });
  writeRun(root, '20260103T000000-build-1', { 'build.default': of({}, image, 'right') });
  writeRun(root, '20260104T000000-build-1', { 'build.default': of({ tree: 'f'.repeat(40) }, image, 'of another tree') });
  writeRun(root, '20260105T000000-build-1', { 'build.default': of({ worktree: join(root, 'other') }, image, 'in another worktree') });
  writeRun(root, '20260106T000000-build-1', { 'build.default': { stage: 'build' } });
  t.throws(() => builtSeries(root, 'default'), { code: 'E_RECORD_MISSING' }, 'a record of what the directory does not hold');
  rememberBuild(of({}, image, 'right'));
  t.equal(builtSeries(root, 'default').release, 'right');
  t.match(configOf(builtSeries(root, 'default')), { stage: 'config', config: 'default', sha256: 'configured', dotconfig: join(worktree, 'build-default/.config'), source: { worktree } });
  rmSync(image);
  t.equal(builtSeries(root, 'default').release, 'older', 'one whose image is gone cannot be measured');
});

t.test('which kernels there are, and what each is made of', async (t) => {
  const root = t.testdir({ selftests: { kernel: {} } });
  t.strictSame(availableKernels(root), ['series', 'base']);
  const patch = join(root, 'selftests/kernel/v1-inpage.patch');
  writeFileSync(patch, 'diff\n');
  t.strictSame(availableKernels(root), ['series', 'base', 'v1-inpage']);
  const config = configRecord(sourceTree('/w'));
  const base = planKernel(root, config, 'base');
  const v1 = planKernel(root, config, 'v1-inpage');
  t.match(base, { commit: config.source.baseCommit, patch: undefined, image: /\/bench\/base-[0-9a-f]{16}\.bzImage$/ });
  t.match(v1, { commit: config.source.head, patch, image: /\/bench\/v1-inpage-/ });
  t.strictSame(planKernel(root, { ...config, source: { ...config.source, worktree: '/elsewhere', head: 'other' } }, 'base'), base, 'the base is that of any series');
  t.not(planKernel(root, { ...config, sha256: 'other' }, 'base').image, base.image, 'another .config');
  t.not(planKernel(root, { ...config, source: { ...config.source, head: 'other' } }, 'v1-inpage').image, v1.image, 'another series');
  writeFileSync(patch, 'another diff\n');
  t.not(planKernel(root, config, 'v1-inpage').image, v1.image, 'another patch');
});

t.test('a kernel is built once, of the base or with the patch on top, beside the worktree of the series', async (t) => {
  const fake = fakeTree(t.testdir({}), '# Why.\nCONFIG_EXPERT=y\n');
  t.teardown(fake.restore);
  const { ctx } = fake;
  const source = fake.commit('kernel/a.c', 'int series;\n');
  mkdirSync(join(ctx.root, 'selftests/kernel'), { recursive: true });
  writeFileSync(join(ctx.root, 'selftests/kernel/v1-inpage.patch'), '--- a/kernel/a.c\n+++ b/kernel/a.c\n@@ -1 +1 @@\n-int series;\n+int v1;\n');
  const config = configRecord(source);
  mkdirSync(config.buildDir);
  writeFileSync(config.dotconfig, 'CONFIG_EXPERT=y\n');
  const scratch = `${source.worktree}-scratch`;
  const dry: LogEntry[] = [];
  const planned = await otherKernel({ ...ctx, dryRun: true, log: (entry) => void dry.push(entry) }, config, 'base');
  t.match(dry, [{ kind: 'command', text: /^make -C \S*w-scratch O=build-bench-base .* bzImage$/ }]);
  t.notOk(existsSync(scratch), 'a dry run makes nothing');

  const rows = [['base', 'int x;\n'], ['v1-inpage', 'int v1;\n'], ['base', 'int v1;\n']] as const;
  for (const [index, [kernel, text]] of rows.entries()) {
    const image = await otherKernel(ctx, config, kernel);
    t.ok(existsSync(image), image);
    t.equal(readFileSync(join(scratch, 'kernel/a.c'), 'utf8'), text, index === 2 ? 'built earlier: nothing is touched' : kernel);
    t.equal(image === planned, kernel === 'base');
  }
  t.match(readFileSync(join(scratch, 'build-bench-v1-inpage/.config'), 'utf8'), /^CONFIG_EXPERT=y\n/);
  t.equal(fake.calls().filter((call) => call.endsWith(' bzImage')).length, 2);
  t.equal(git(source.worktree, 'status', '--porcelain'), '', 'the worktree of the series is left alone');
});

/** Objects that are where the plan says, for what does not look into them. */
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
    booted: [], ran: [], stopped: 0,
    start: async (options) => {
      guest.booted.push(options);
      return {
        guest: {
          exec: async (argv, more) => {
            guest.ran.push({ argv, env: more?.env });
            return { exitCode: 0, signal: null, stdout: '', stderr: '', timedOut: false, ...answer(argv) } as Awaited<ReturnType<Awaited<ReturnType<StartGuest>>['guest']['exec']>>;
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
    return { stdout: text.includes('cpuinfo') ? 'model name\t: QEMU Virtual CPU: 2.5+\n' : text.includes('spectre') ? 'Mitigation: Retpolines; RSB filling\n' : '' };
  });
  const measured = await measure(ctx, { build, bzImage: '/k/base', objects: OBJECTS, boot: SERIES, repetitions: 5 }, guest.start);
  t.match(measured.readings, [{ boot: 'series', section: 'idle', elapsed: [5, 6] }]);
  t.strictSame([measured.cpu, measured.mitigation], ['QEMU Virtual CPU: 2.5+', 'Mitigation: Retpolines; RSB filling']);
  t.match(guest.booted, [{ build: { bzImage: '/k/base' }, icount: true, accel: { accel: 'tcg' }, cpus: 1, append: ['spectre_v2=retpoline'], name: 'console.series', dir: ctx.run.dir }]);
  t.match(guest.ran[0]?.argv.join(' '), /echo 1 > .*bpf_jit_enable/, 'the JIT first');
  t.strictSame(guest.ran.at(-1), { argv: ['/o/bench', '/o/series', '5', 'idle'], env: { BENCH_TOOL: '/w/tools-out/dtrace' } });
  t.equal(readFileSync(join(ctx.run.dir, 'bench.series.readings.log'), 'utf8'), LINE);
  t.equal(guest.stopped, 1);
});

t.test('the machine of a boot counts instructions, or measures time where KVM works', async (t) => {
  const boots = planBoots(['emit', 'growth'], ['series'], true);
  t.match(boots.map(machineOf), [
    { accel: { accel: 'tcg' }, icount: true, cpus: 1 }, { accel: { accel: 'kvm' }, icount: false, cpus: 1 }, { accel: { accel: 'tcg' }, icount: true, cpus: 8 },
  ]);
  t.equal(describeBoot({ ...SERIES, cpus: 2 }, 1, 4), 'boot 2 of 4: series (2 CPUs, spectre_v2=retpoline): idle');
  t.match(describeBoot(SERIES, 0, 4), / \(1 CPU, /);
});

t.test('a program that fails, a line that is none and a guest that dies: said, and the guest is ended', async (t) => {
  const root = t.testdir({});
  const ctx = stage(root);
  const build = buildRecord(configRecord(sourceTree('/w')), { tools: {} });
  const run = (guest: Scripted): Promise<unknown> => measure(ctx, { build, bzImage: '/k', objects: OBJECTS, boot: SERIES, repetitions: 5 }, guest.start);
  const failing = scripted(([program]) => (program === OBJECTS.program ? { exitCode: 3, stdout: LINE, stderr: 'no program x\n' } : undefined));
  t.match(await failure(run(failing)), { code: 'E_TEST', exitCode: 1, message: /failed in boot series$/, detail: 'no program x\n', next: `less ${join(ctx.run.dir, 'bench.series.readings.log')}` });
  t.equal(readFileSync(join(ctx.run.dir, 'bench.series.readings.log'), 'utf8'), LINE, 'what it measured before is kept');
  t.strictSame(failing.ran.at(-1)?.env, {}, 'without a tool there is none to name');
  const garbled = scripted(([program]) => (program === OBJECTS.program ? { stdout: `${LINE}{"section":` } : undefined));
  await t.rejects(run(garbled), BadReading);
  const dying = scripted(() => {
    throw new WorkbenchError('E_BOOT', 'the guest died');
  });
  t.match(await failure(run(dying)), { code: 'E_BOOT' });
  t.strictSame([failing, garbled, dying].map(({ stopped }) => stopped), [1, 1, 1]);
});

t.test('profiles: the plugin counts one program after the other, and none is left out', async (t) => {
  const root = t.testdir({ 'System.map': 'ffffffff81000000 T bpf_ktime_get_ns\nffffffff81000100 T commit\n', 'no.map': 'ffffffff81000100 T commit\n' });
  const said: LogEntry[] = [];
  const ctx = stage(root, said);
  const build = buildRecord(configRecord(sourceTree('/w')), { systemMap: join(root, 'System.map') });
  const wanted = PROFILED.slice(0, 2);
  const counts = (at: number): string => join(ctx.run.dir, `profile.counts.${at}`);
  const compiled: (readonly string[])[] = [];
  const compile = async (argv: readonly string[]): Promise<ExecResult> => (compiled.push(argv), DONE);
  const guest = scripted(([program]) => {
    if (program === OBJECTS.program) for (const at of [0, 1]) writeFileSync(counts(at), `marks 4\nffffffff81000104 ${1280 * (at + 1)}\n`);
    return undefined;
  });
  t.match(await profile(ctx, build, OBJECTS, wanted, compile, guest.start), wanted.map(({ label }, at) => ({ label, shares: [{ name: 'commit', value: 10 * (at + 1) }] })));
  t.match(compiled, [[/^gcc$/, '-shared']]);
  t.match(guest.booted, [{ icount: true, qemuOpts: ['-plugin', /profile-plugin\.so,mark=0xffffffff81000000,times=100,out=.*profile\.counts$/], append: ['nokaslr', /^spectre/] }]);
  t.strictSame(guest.ran.at(-1), { argv: ['/o/bench', '/o/series', '50', 'profile'], env: { BENCH_PROFILES: 'emit-dtrace-48-0/dtrace_reserve/watermark emit-48-0/ringbuf_reserve/watermark' } });

  rmSync(counts(1));
  t.match(await failure(profile(ctx, build, OBJECTS, wanted, compile, scripted(() => undefined).start)), { code: 'E_BOOT', exitCode: 14, message: /no counts of ringbuf reserve:/ });
  const failing = scripted(([program]) => (program === OBJECTS.program ? { exitCode: 1, stderr: 'no program x\n' } : undefined));
  t.match(await failure(profile(ctx, build, OBJECTS, wanted, compile, failing.start)), { code: 'E_TEST', detail: 'no program x\n' });
  t.equal(failing.stopped, 1);
  const unmarked = scripted(() => undefined);
  t.match(await failure(profile(ctx, { ...build, systemMap: join(root, 'no.map') }, OBJECTS, wanted, compile, unmarked.start)), { code: 'E_BUILD', message: /no\.map has no bpf_ktime_get_ns$/ });
  t.strictSame(unmarked.booted, [], 'nothing is booted that could count nothing');
  const dry: LogEntry[] = [];
  t.equal(await profile(stage(root, dry, true), build, OBJECTS, wanted, compile, unmarked.start), null);
  t.match(dry, { 0: { kind: 'command', text: /^gcc -shared / }, length: 1 });
});

t.test('objects: for each kernel what it can load, with the headers of the tree', async (t) => {
  const build = buildRecord(configRecord(sourceTree('/w')));
  const { compiled, program, objects } = planObjects('/p', build, 'clang-19', ['/p/main.c']);
  t.equal(compiled.length, bpfJobs().length);
  const places = compiled.flatMap(({ object, copies }) => [object, ...copies]);
  t.strictSame(places.sort(), bpfJobs().flatMap((job) => job.kernels.map((kernel) => join(objects.of[kernel], `${job.object}.bpf.o`))).sort());
  const line = compiled.find(({ object }) => object.endsWith('/emit-dtrace-48-1.bpf.o'))?.argv.join(' ');
  t.match(line, /^clang-19 -target bpf .*-I \/w\/tools\/dtrace -isystem \/w\/build-default\/usr\/include -c \/p\/selftests\/bench\/emit-dtrace\.bpf\.c -o \S+series\/emit-dtrace-48-1\.bpf\.o -DREC_SIZE=48 -DFILL=1 -idirafter \/w\/tools\/include$/);
  t.match(program.join(' '), /^gcc .*-Werror .* -I \/w\/tools-out\/include .* \/p\/main\.c \/w\/tools-out\/libbpf\.a -lelf -lz$/, 'with libbpf of the tree');
});

/** What the benchmarks are made of, as far as anybody looks at it who compiles nothing. */
const SOURCES = { selftests: { bench: { 'emit.bpf.c': 'one', 'bench.bpf.h': '', 'README.md': '', native: { 'main.c': '', 'bench.h': '' } } }, w: {} };

t.test('objects are of their inputs: another one of any is another key', async (t) => {
  const root = t.testdir(SOURCES);
  const build = buildRecord(configRecord(sourceTree('/w')));
  const key = (more: Partial<typeof build> = {}, clang = 'clang 19.1', jobs = bpfJobs().length): string => {
    const plan = planObjects(root, { ...build, ...more }, 'clang', []);
    return inputsKey(root, { ...build, ...more }, { ...plan, compiled: plan.compiled.slice(0, jobs) }, clang);
  };
  const keys = [key(), key({}, 'clang 19.2'), key({ compiler: 'gcc 2' }), key({ source: { ...build.source, tree: 'f00d' } }), key({ bpfIncludes: ['/elsewhere'] }), key({}, 'clang 19.1', 3)];
  t.equal(key(), keys[0]);
  for (const [file, text] of [['bench.bpf.h', 'changed'], ['native/main.c', 'changed'], ['native/bench.h', 'changed'], ['more.bpf.c', '']] as const) {
    writeFileSync(join(root, 'selftests/bench', file), text);
    keys.push(key());
  }
  t.equal(new Set(keys).size, keys.length);
  writeFileSync(join(root, 'selftests/bench/README.md'), 'changed');
  t.equal(key(), keys.at(-1), 'what is no source is none of them');
});

t.test('objects are compiled once, and all of them again when one of them failed', async (t) => {
  const root = t.testdir(SOURCES);
  const build = buildRecord(configRecord(sourceTree(join(root, 'w'))));
  const ctx = stage(root);
  let ran: (readonly string[])[] = [];
  const compilers = (broken?: string): Compilers => ({
    findClang: async () => ({ command: 'clang', version: 'clang 19.1' }),
    run: async (argv) => {
      ran.push(argv);
      const object = argv[argv.indexOf('-o') + 1] ?? '';
      if (broken !== undefined && object.includes(broken)) throw new WorkbenchError('E_EXEC', 'error: expected ;');
      writeFileSync(object, argv.join(' '));
      return DONE;
    },
  });
  const all = bpfJobs().length + 1;
  t.match(await failure(compileObjects(ctx, build, compilers('/emit-8-0.'))), { code: 'E_EXEC' });
  t.ok(ran.length <= availableParallelism(), `${ran.length} were begun: the rest is left alone`);
  ran = [];
  const [objects] = await Promise.all([1, 2].map(() => compileObjects(ctx, build, compilers())));
  if (objects === undefined) throw new Error('no objects');
  t.equal(ran.length, all, 'half of it was no whole, and of two at a time one waits and finds them made');
  t.strictSame(readdirSync(objects.of.base).sort(), bpfJobs().filter(({ kernels }) => kernels.includes('base')).map(({ object }) => `${object}.bpf.o`).sort());
  t.equal(readFileSync(join(objects.of.base, 'emit-8-0.bpf.o'), 'utf8'), readFileSync(join(objects.of.series, 'emit-8-0.bpf.o'), 'utf8'));
  const dry: LogEntry[] = [];
  await compileObjects(stage(root, dry, true), { ...build, compiler: 'gcc 3' }, compilers());
  t.equal(ran.length, all, 'nor in a dry run');
  t.match(dry.map((entry) => 'text' in entry && entry.text), [/^clang -target bpf .* {3}# and \d+ more$/, /^gcc /]);
});

t.test('rows and where they are from; nothing is made of measurements that failed', async (t) => {
  const measured = (over: object): Parameters<typeof rowsOf>[0] => [{
    cpu: 'virtual', mitigation: 'Mitigation: Retpolines; IBPB: x',
    readings: [reading({ section: 'idle', variant: 'detached', elapsed: [100] }), reading({ section: 'idle', variant: 'attached', elapsed: [150], ...over })],
  }];
  t.match(rowsOf(measured({})), [{ key: 'series/idle/attached', value: 5 }]);
  const refused = await failure((async () => rowsOf(measured({ failed: 2 })))());
  t.match(refused, { code: 'E_TEST', message: '1 measurements cannot be used', detail: 'series/idle/attached: 2 operations failed' });
  const build = buildRecord(configRecord(sourceTree('/w')), { compiler: 'gcc 12' });
  t.strictSame(provenanceOf(build, measured({}), 'QEMU emulator version 7.2\nCopyright\n', new Date('2026-01-02T23:59:59Z')), {
    date: '2026-01-02', kernel: '6.12.1', base: 'v6.12 (6.12.1)', tree: build.source.tree, config: 'default', compiler: 'gcc 12', qemu: 'QEMU emulator version 7.2',
    cpu: 'virtual', accelerator: 'TCG, -icount shift=0,sleep=off', mitigation: 'Mitigation: Retpolines',
  });
});

t.test('a run: the kernels are built before the first boot, each boot runs its own, and the profiles come with emit', async (t) => {
  const root = t.testdir({});
  const said: LogEntry[] = [];
  const ctx = stage(root, said);
  const config = configRecord(sourceTree('/w'));
  const record = buildRecord(config);
  const order: string[] = [];
  const stages = (failed = 0, accel: 'tcg' | 'kvm' = 'tcg'): BenchStages => ({
    prepare: async (_, built) => (order.push(`prepare ${built ? 'built' : 'anew'}`), { config, record, objects: OBJECTS }),
    chooseAccel: async () => ({ accel, reason: 'no /dev/kvm' }),
    otherKernel: async (_, __, kernel) => (order.push(`build ${kernel}`), `/k/${kernel}`),
    measure: async (_, { boot, bzImage, repetitions }) => {
      order.push(`${boot.name} on ${bzImage} ${repetitions}`);
      const readings = ['detached', 'attached'].map((variant) => reading({ boot: boot.name, section: 'idle', variant, failed }));
      return { readings, cpu: 'virtual', mitigation: '' };
    },
    profile: async (_, __, ___, wanted) => (order.push('profile'), wanted.map(({ label }) => ({ label, shares: [] }))),
    qemuVersion: async () => 'QEMU 7\n',
  });
  const wanted = { sections: ['idle'], kernels: ['series', 'base'], repetitions: 3, built: true } as const;
  const found = await runBench(ctx, wanted, stages());
  t.strictSame(order.splice(0), ['prepare built', 'build base', `series on ${record.bzImage} 3`, 'base on /k/base 3']);
  t.match(found, { rows: [{ key: 'series/idle/attached' }, { key: 'base/idle/attached' }], provenance: { qemu: 'QEMU 7', cpu: 'virtual' } });
  t.notOk(found !== null && 'profiles' in found);
  t.match(said, [{ kind: 'note', text: 'no nanoseconds: no /dev/kvm' }, { kind: 'stage', text: /^boot 1 of 2: series/ }, { kind: 'command', text: 'guest: /o/bench /o/series 3 idle' }, { text: /^boot 2 of 2: base/ }]);

  t.match(await runBench(ctx, { ...wanted, sections: ['emit'], kernels: ['series', 'v1-inpage'], built: false }, stages(0, 'kvm')), { profiles: { length: PROFILED.length } });
  t.strictSame(order.splice(0), ['prepare anew', 'build v1-inpage', `series on ${record.bzImage} 3`, 'v1-inpage on /k/v1-inpage 3', `series-kvm on ${record.bzImage} 3`, 'profile']);
  await runBench(ctx, { ...wanted, sections: ['emit'], kernels: ['base'] }, stages());
  t.notOk(order.splice(0).includes('profile'), 'which are of the series');
  t.match(await failure(runBench(ctx, wanted, stages(1))), { code: 'E_TEST', message: '4 measurements cannot be used' });
  order.length = 0;
  t.equal(await runBench(stage(root, [], true), wanted, stages()), null);
  t.strictSame(order, ['prepare built', 'build base'], 'which in a dry run print what they would do');
});

t.test('what a run leaves: record and page always, the committed results where it replaces them', async (t) => {
  const root = t.testdir({ selftests: { bench: {} } });
  const committed = (): string => readFileSync(join(root, 'selftests/bench/results.json'), 'utf8');
  const run = openRun(root, 'bench');
  const all = results([...emit('perf_percpu', 100), row({ section: 'idle', variant: 'attached', source: 'kprobe' })]);
  const first = publish(root, run, all, false);
  t.match(first, { page: join(run.dir, 'bench.html'), written: { 0: 'selftests/bench/RESULTS.md' }, sentence: /^first run/, failed: false });
  for (const file of [first.page, join(run.dir, 'bench.json'), join(root, 'selftests/bench/RESULTS.md')]) t.ok(existsSync(file), file);
  const before = committed();
  const other = results(emit('perf_percpu', 150));
  rmSync(first.page);
  t.match(publish(root, run, other, true), { written: { length: 0 }, failed: true });
  t.match(publish(root, run, results(emit('perf_percpu', 150), { tree: 'beef' }), false), { written: { length: 0 }, merged: null, failed: false });
  t.equal(committed(), before);
  t.match(readFileSync(first.page, 'utf8'), /other source or tools/, 'and the page says why');
  t.match(publish(root, run, other, false), { written: { length: 4 }, failed: true });
  t.match(JSON.parse(committed()), { rows: { length: 3 }, reproduced: /^2 of 2 rows differ/ });
});
