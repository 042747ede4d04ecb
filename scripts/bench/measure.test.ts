import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { WorkbenchError } from '../lib/errors.ts';
import { OBJECTS, scripted, type Scripted } from '../testing/bench-guest.ts';
import { stage } from '../testing/bench.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';
import { failure } from '../testing/series.ts';
import { machineOf, measure } from './measure.ts';
import { planBoots, type Boot } from './plan.ts';
import { BadReading } from './readings.ts';
import { describeBoot } from './run.ts';

const LINE = '{"section":"idle","variant":"attached","batch":64,"failed":0,"elapsed":[5,6]}\n';

const [SERIES] = planBoots(['idle'], ['series']) as [Boot];

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
    { build: { ...build, bzImage: '/k/base' }, objects: OBJECTS, boot: SERIES, repetitions: 5 },
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
    measure(ctx, { build, objects: OBJECTS, boot: SERIES, repetitions: 5 }, guest.start);
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
