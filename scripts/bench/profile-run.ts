/** Profiles programs: a boot with the counting plugin, one program after the other in it. */
import { bootGuest } from '../guest/boot-guest.ts';
import type { StageContext } from '../lib/stage.ts';
import type { BuildRecord } from '../records/build.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { must } from '../lib/exec.ts';
import { ICOUNT_ACCEL, MEMORY_MB, type StartGuest } from './measure.ts';
import type { Objects } from './objects.ts';
import { SERIES } from './plan.ts';
import { countBatches } from './plugin.ts';
import { attribute, byInstructions, type Profiled } from './profile.ts';
import type { Profile } from './types.ts';

/** Called at the begin and the end of every batch. */
const MARK = 'bpf_ktime_get_ns';
const BATCHES = 50;
const LIMIT_MS = 600_000;

/**
 * In the order of `wanted`; null for a dry run.
 * @throws E_TEST when a program failed, E_BOOT when the plugin counted nothing
 * @param compile and `start`: a test has its own
 */
export async function profile(
  ctx: StageContext,
  build: BuildRecord,
  objects: Objects,
  wanted: readonly Profiled[],
  compile: typeof must = must,
  start: StartGuest = bootGuest,
): Promise<Profile[] | null> {
  const counting = await countBatches(ctx, build.systemMap, MARK, 'profile', compile);
  if (counting === null) return null;
  const { guest, stop } = await start({
    root: ctx.root,
    build,
    accel: ICOUNT_ACCEL,
    cpus: SERIES.cpus,
    memoryMb: MEMORY_MB,
    icount: true,
    append: SERIES.append,
    qemuOpts: counting.qemuOpts,
    dir: ctx.run.dir,
    name: 'console.profile',
    log: ctx.log,
    signal: ctx.signal,
  });
  try {
    await guest.exec(['sh', '-c', 'echo 1 > /proc/sys/net/core/bpf_jit_enable']);
    // in this order
    const programs = wanted.map(({ object, program, wake }) => `${object}/${program}/${wake}`).join(' ');
    const command = [objects.program, objects.of.series, String(BATCHES), 'profile'];
    const result = await guest.exec(command, { env: { BENCH_PROFILES: programs }, timeoutMs: LIMIT_MS });
    if (result.exitCode !== 0)
      throw new WorkbenchError('E_TEST', 'a program that is profiled failed', { detail: result.stderr.slice(-4096) });
  } finally {
    await stop();
  }
  const counts = counting.counts();
  return wanted.map(({ label, program, operations }, at) => {
    const mine = counts.slice(at * BATCHES, (at + 1) * BATCHES);
    if (mine.length < BATCHES)
      throw new WorkbenchError(
        'E_BOOT',
        `the plugin wrote no counts of ${label}: the mark was not executed often enough`,
      );
    const shares = attribute(byInstructions(mine)[BATCHES >> 1], counting.symbols, operations);
    return { label, boot: SERIES.kernel, section: 'emit', variant: program, source: null, shares };
  });
}
