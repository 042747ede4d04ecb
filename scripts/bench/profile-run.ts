/** Profiles one program: a boot with the counting plugin, the program alone in it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootGuest } from '../../selftests/harness/boot-guest.ts';
import type { StageContext } from '../build/stage.ts';
import type { BuildRecord } from '../build/types.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv, must } from '../lib/exec.ts';
import { ICOUNT_ACCEL, MEMORY_MB } from './measure.ts';
import { benchDir, type Objects } from './objects.ts';
import { attribute, profileTable, symbolAddress } from './profile.ts';
import { toText } from './table.ts';

/** Called at the begin and the end of every batch. */
const MARK = 'bpf_ktime_get_ns';
const BATCHES = 50;
const OPERATIONS = 64;

/** `what` is OBJECT/PROGRAM, such as emit-dtrace-48-0/dtrace_reserve. Returns text; null for a dry run. */
export async function profile(ctx: StageContext, build: BuildRecord, objects: Objects, what: string): Promise<string | null> {
  const [object = '', program = ''] = what.split('/');
  if (program === '' || (!ctx.dryRun && !existsSync(join(objects.of.series, `${object}.bpf.o`)))) {
    throw new WorkbenchError('E_USAGE', `--profile wants OBJECT/PROGRAM, such as emit-dtrace-48-0/dtrace_reserve, not ${what}`, { next: 'npm run bench -- --help' });
  }
  const plugin = join(ctx.run.dir, 'profile-plugin.so');
  const counts = join(ctx.run.dir, 'profile.counts');
  const compile = ['gcc', '-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror', '-o', plugin, join(benchDir(ctx.root), 'profile-plugin.c')];
  ctx.log({ kind: 'command', text: formatArgv(compile) });
  if (ctx.dryRun) return null;
  const systemMap = readFileSync(build.systemMap, 'utf8');
  const mark = symbolAddress(systemMap, MARK);
  if (mark === undefined) throw new WorkbenchError('E_BUILD', `${build.systemMap} has no ${MARK}`);
  await must(compile, { signal: ctx.signal });
  const { guest, stop } = await bootGuest({
    root: ctx.root, build, accel: ICOUNT_ACCEL, cpus: 1, memoryMb: MEMORY_MB, icount: true, append: ['nokaslr', 'spectre_v2=retpoline'],
    qemuOpts: ['-plugin', `${plugin},mark=0x${mark},times=${2 * BATCHES},out=${counts}`], dir: ctx.run.dir, name: 'console.profile', log: ctx.log, signal: ctx.signal,
  });
  try {
    await guest.exec(['sh', '-c', 'echo 1 > /proc/sys/net/core/bpf_jit_enable']);
    const env = { BENCH_OBJECT: object, BENCH_PROGRAM: program };
    const result = await guest.exec([objects.program, objects.of.series, String(BATCHES), 'profile'], { env });
    if (result.exitCode !== 0) throw new WorkbenchError('E_TEST', `the program of ${what} failed`, { detail: result.stderr.slice(-4096) });
  } finally {
    await stop();
  }
  if (!existsSync(counts)) throw new WorkbenchError('E_BOOT', 'the plugin wrote no counts: the mark was not executed often enough');
  return toText(profileTable(what, attribute(readFileSync(counts, 'utf8'), systemMap, OPERATIONS)));
}
