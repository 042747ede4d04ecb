/** A whole run: kernels, objects, boots, rows. */
import { existsSync } from 'node:fs';
import { chooseAccel, giveUpKvm, type AccelChoice } from '../host/accelerator.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { build } from '../kernel/build.ts';
import { lastApply, sourceNow, sourceOf, withTree } from '../kernel/source.ts';
import type { StageContext } from '../lib/stage.ts';
import type { BuildRecord, ConfigRecord } from '../records/build.ts';
import { configure } from '../kernel/configure.ts';
import { formatArgv, must } from '../lib/exec.ts';
import type { KeptKernel } from '../kernel/kept-kernel.ts';
import { builtSeries, configOf, inPagePatch, otherKernel } from './kernels.ts';
import { benchArgv, measure, type Measured } from './measure.ts';
import { compileObjects, type Objects } from './objects.ts';
import { profile } from './profile-run.ts';
import { PROFILED, profileTable, type Profiled } from './profile.ts';
import { planBoots, type Boot, type Wanted } from './plan.ts';
import { rowsOf } from './rows.ts';
import { toText } from './table.ts';
import type { Kernel, Provenance, Results } from './types.ts';

const CONFIG = 'default';

/** Which kernels can be measured here; v1's only where its patch is. */
export function availableKernels(root: string): Kernel[] {
  return existsSync(inPagePatch(root)) ? ['series', 'base', 'v1-inpage'] : ['series', 'base'];
}

interface Ready {
  readonly config: ConfigRecord;
  readonly record: BuildRecord;
  readonly objects: Objects;
}

/** The applied series and what it is measured with; as it was `built` last, no lock is waited for. */
async function prepare(ctx: StageContext, { built, base }: Pick<Wanted, 'built' | 'base'>): Promise<Ready> {
  const { config, record } = built ? lastBuilt(ctx.root, base) : await buildSeries(ctx, base);
  return { config, record, objects: await compileObjects(ctx, record) };
}

function lastBuilt(root: string, base: string | undefined): Omit<Ready, 'objects'> {
  const record = builtSeries(root, CONFIG, base);
  return { config: configOf(record), record };
}

async function buildSeries(ctx: StageContext, base: string | undefined): Promise<Omit<Ready, 'objects'>> {
  const source = sourceOf(lastApply(ctx.root, base));
  return withTree(ctx, source, 'building for the benchmarks', async () => {
    const config = await configure(ctx, await sourceNow(ctx, source), CONFIG);
    return { config, record: await build(ctx, config) };
  });
}

/** Text; null for a dry run. */
export async function runProfile(
  ctx: StageContext,
  wanted: Profiled,
  from: Pick<Wanted, 'built' | 'base'>,
): Promise<string | null> {
  const { record, objects } = await prepare(ctx, from);
  const profiles = await profile(ctx, record, objects, [wanted]);
  return profiles === null
    ? null
    : toText(
        profileTable(
          'Where the instructions are',
          profiles.map((each) => ({ ...each, column: each.label })),
        ),
      );
}

const qemuVersion = async (signal: AbortSignal): Promise<string> =>
  (await must(['qemu-system-x86_64', '--version'], { signal })).stdout;

const STAGES = { prepare, chooseAccel, giveUpKvm, otherKernel, measure, profile, qemuVersion } as const;
export type BenchStages = typeof STAGES;

/** null for a dry run. @param stages a test has its own. @throws E_TEST when a measurement failed or lost records */
export async function runBench(
  ctx: StageContext,
  wanted: Wanted,
  stages: BenchStages = STAGES,
): Promise<Results | null> {
  const { config, record, objects } = await stages.prepare(ctx, wanted);
  const accel: AccelChoice = ctx.dryRun
    ? { accel: 'tcg', reason: 'not probed' }
    : await stages.chooseAccel(ctx.signal, {
        kernel: record.bzImage,
        ...(wanted.accel === undefined ? {} : { wanted: wanted.accel }),
      });
  if (accel.accel !== 'kvm') ctx.log({ kind: 'note', text: `no nanoseconds: ${accel.reason}` });
  const boots = planBoots(wanted.sections, wanted.kernels, accel.accel === 'kvm');
  const images = new Map<Kernel, KeptKernel>([['series', record]]);
  for (const { kernel } of boots) {
    if (kernel !== 'series' && !images.has(kernel)) images.set(kernel, await stages.otherKernel(ctx, config, kernel));
  }
  const measured: Measured[] = [];
  for (const [at, boot] of boots.entries()) {
    ctx.log({ kind: 'stage', stage: 'bench', text: describeBoot(boot, at, boots.length) });
    ctx.log({ kind: 'command', text: `guest: ${formatArgv(benchArgv(objects, boot, wanted.repetitions))}` });
    if (ctx.dryRun) continue;
    const { bzImage, vmlinux, systemMap } = images.get(boot.kernel) ?? record;
    try {
      measured.push(
        await stages.measure(ctx, {
          build: { ...record, bzImage, vmlinux, systemMap },
          objects,
          boot,
          repetitions: wanted.repetitions,
        }),
      );
    } catch (error: unknown) {
      const isBoot = error instanceof WorkbenchError && error.code === 'E_BOOT';
      if (!isBoot || boot.nanoseconds !== true || accel.strict === true) throw error;
      // the same kernel counted its instructions in emulation
      stages.giveUpKvm(accel, error.message, ctx.log).learn();
      ctx.log({ kind: 'note', text: `no nanoseconds of ${boot.name}` });
    }
  }
  const emits = boots.some((boot) => boot.kernel === 'series' && boot.sections.includes('emit'));
  if (emits)
    ctx.log({ kind: 'stage', stage: 'bench', text: `profile: ${PROFILED.map((each) => each.label).join('; ')}` });
  const profiles = emits ? await stages.profile(ctx, record, objects, PROFILED) : null;
  if (ctx.dryRun) return null;
  const provenance = provenanceOf(record, measured, await stages.qemuVersion(ctx.signal), new Date());
  return {
    provenance,
    rows: rowsOf(measured.flatMap((each) => each.readings)),
    profiles: [...measured.flatMap((each) => each.profiles), ...(profiles ?? [])],
  };
}

/** @param qemu what it says to --version */
export function provenanceOf(record: BuildRecord, [first]: readonly Measured[], qemu: string, now: Date): Provenance {
  const { source, release: kernel, config, compiler } = record;
  return {
    date: now.toISOString().slice(0, 10),
    kernel,
    base: `${source.base} (${source.version})`,
    tree: source.tree,
    config,
    compiler,
    qemu: qemu.split('\n')[0] ?? '',
    cpu: first?.cpu ?? '',
    accelerator: 'TCG, -icount shift=0,sleep=off',
    mitigation: (first?.mitigation ?? '').split(';')[0] ?? '',
  };
}

export function describeBoot(boot: Boot, at: number, total: number): string {
  const machine = `${boot.cpus} CPU${boot.cpus === 1 ? '' : 's'}, ${boot.append.join(' ')}`;
  return `boot ${at + 1} of ${total}: ${boot.name} (${machine}): ${boot.sections.join(', ')}`;
}
