import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { WorkbenchError } from '../lib/errors.ts';
import type { ExecResult } from '../lib/exec.ts';
import type { StageContext } from '../lib/stage.ts';
import { OBJECTS, scripted, type Scripted } from '../testing/bench-guest.ts';
import { DONE, stage } from '../testing/bench.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';
import { failure } from '../testing/series.ts';
import { machineOf, measure } from './measure.ts';
import { planBoots, type Boot } from './plan.ts';
import { BadReading } from './readings.ts';
import { describeBoot } from './run.ts';

/** Two batches of 64. */
const LINE = '{"section":"idle","variant":"attached","batch":64,"failed":0,"elapsed":[5,6]}\n';

const MAP = 'ffffffff81000000 T __x64_sys_getsid\n';
const compile = async (): Promise<ExecResult> => DONE;

/** What the program says, after the plugin has counted as much in each of its batches. */
function countTwo(ctx: StageContext, counted: readonly number[]): Partial<ExecResult> {
  for (const [at, each] of counted.entries())
    writeFileSync(join(ctx.run.dir, `series.counts.${at}`), `ffffffff81000000 ${each} 1\n`);
  return { stdout: LINE };
}

const [SERIES] = planBoots(['idle'], ['series']) as [Boot];

t.test('a boot: its machine, the program in it, and its lines', async (t) => {
  const root = t.testdir({ 'System.map': MAP });
  const ctx = stage(root);
  const build = buildRecord(configRecord(sourceTree('/w')), { systemMap: join(root, 'System.map') });
  const guest = scripted(([program, , text = '']) => {
    if (program === OBJECTS.program) return countTwo(ctx, [640, 64]);
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
    { build: { ...build, bzImage: '/k/base' }, objects: OBJECTS, boot: SERIES, repetitions: 5 },
    guest.start,
    compile,
  );
  t.match(
    measured.profiles,
    [
      { label: 'series/idle/attached', shares: [{ name: '__x64_sys_getsid', value: 1 }] },
      { label: 'series/idle/attached, most', shares: [{ name: '__x64_sys_getsid', value: 10 }] },
    ],
    'by function: the batch that took least, and the one that took most',
  );
  t.match(measured.readings, [{ boot: 'series', section: 'idle', elapsed: [5, 6] }]);
  t.strictSame([measured.cpu, measured.mitigation], ['QEMU Virtual CPU: 2.5+', 'Mitigation: Retpolines; RSB filling']);
  t.match(guest.booted, [
    {
      build: { bzImage: '/k/base' },
      icount: true,
      accel: { accel: 'tcg' },
      cpus: 1,
      append: ['nokaslr', 'spectre_v2=retpoline'],
      qemuOpts: ['-plugin', /profile-plugin\.so,mark=0xffffffff81000000,out=.*\/series\.counts$/],
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
  t.equal(
    describeBoot({ ...SERIES, cpus: 2 }, 1, 4),
    'boot 2 of 4: series (2 CPUs, nokaslr spectre_v2=retpoline): idle',
  );
  t.match(describeBoot(SERIES, 0, 4), / \(1 CPU, /);
});

t.test('a program that fails, a line that is none and a guest that dies: said, and the guest is ended', async (t) => {
  const root = t.testdir({ 'System.map': MAP });
  const ctx = stage(root);
  const build = buildRecord(configRecord(sourceTree('/w')), { tools: {}, systemMap: join(root, 'System.map') });
  const run = (guest: Scripted): Promise<unknown> =>
    measure(ctx, { build, objects: OBJECTS, boot: SERIES, repetitions: 5 }, guest.start, compile);
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
  await t.rejects(run(scripted(([program]) => (program === OBJECTS.program ? countTwo(ctx, [1]) : undefined))), {
    name: 'BadCounts',
    message: '1 batches were counted, 2 measured',
  });
  const dying = scripted(() => {
    throw new WorkbenchError('E_BOOT', 'the guest died');
  });
  t.match(await failure(run(dying)), { code: 'E_BOOT' });
  t.strictSame(
    [failing, garbled, dying].map(({ stopped }) => stopped),
    [1, 1, 1],
  );
});
