/** Profiles programs: a boot with the counting plugin, one program after the other in it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootGuest } from '../guest/boot-guest.ts';
import type { StageContext } from '../lib/stage.ts';
import type { BuildRecord } from '../records/build.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv, must } from '../lib/exec.ts';
import { ICOUNT_ACCEL, MEMORY_MB, type StartGuest } from './measure.ts';
import type { Objects } from './objects.ts';
import { attribute, symbolAddress, type Profiled } from './profile.ts';
import { benchDir } from './store.ts';
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
  const plugin = join(ctx.run.dir, 'profile-plugin.so');
  const counts = join(ctx.run.dir, 'profile.counts');
  const argv = [
    'gcc',
    '-shared',
    '-fPIC',
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-o',
    plugin,
    join(benchDir(ctx.root), 'profile-plugin.c'),
  ];
  ctx.log({ kind: 'command', text: formatArgv(argv) });
  if (ctx.dryRun) return null;
  const systemMap = readFileSync(build.systemMap, 'utf8');
  const mark = symbolAddress(systemMap, MARK);
  if (mark === undefined) throw new WorkbenchError('E_BUILD', `${build.systemMap} has no ${MARK}`);
  await compile(argv, { signal: ctx.signal });
  // counts between the first and the last mark of each program, see selftests/bench/profile-plugin.c
  const option = `${plugin},mark=0x${mark},times=${2 * BATCHES},out=${counts}`;
  const { guest, stop } = await start({
    root: ctx.root,
    build,
    accel: ICOUNT_ACCEL,
    cpus: 1,
    memoryMb: MEMORY_MB,
    icount: true,
    append: ['nokaslr', 'spectre_v2=retpoline'],
    qemuOpts: ['-plugin', option],
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
  return wanted.map(({ label, operations }, at) => {
    const file = `${counts}.${at}`;
    if (!existsSync(file))
      throw new WorkbenchError(
        'E_BOOT',
        `the plugin wrote no counts of ${label}: the mark was not executed often enough`,
      );
    return { label, shares: attribute(readFileSync(file, 'utf8'), systemMap, operations) };
  });
}
