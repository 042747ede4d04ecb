/**
 * Runs a command again and again during builds of a kernel, which never end: whether it holds on a machine that is
 * busy.
 *
 *     node --import tsx scripts/testing/busy.ts [--times 3] [--builds 2] -- npm run test:only
 *
 * The kernel is the one that was built last, its sources are compiled in directories of their own below the system's
 * temporary one, without the compiler cache. The last line of each run is in a table at the end; exit code 1 when one
 * of them failed.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { lastBuild } from '../kernel/last-build.ts';
import { EXIT, WorkbenchError } from '../lib/errors.ts';
import { exec, formatArgv, must, tail } from '../lib/exec.ts';
import type { Log } from '../lib/log.ts';
import { makeDir } from '../lib/make-dir.ts';
import { outRoot } from '../lib/paths.ts';
import { standalone } from '../lib/standalone.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const USAGE = 'node --import tsx scripts/testing/busy.ts --times 3 --builds 2 -- npm run test:only';

export interface BusyRun {
  readonly code: number | null;
  readonly ms: number;
  /** Of the machine when it was over. */
  readonly load: number;
  /** The last line of its output. */
  readonly verdict: string;
}

/** Compiles the same kernel over and over, with as many jobs as there are processors, until the signal. */
async function build(worktree: string, dotconfig: string, dir: string, log: Log, signal: AbortSignal): Promise<void> {
  const make = ['make', '-C', worktree, `O=${dir}`, `-j${availableParallelism()}`];
  while (!signal.aborted) {
    rmSync(dir, { recursive: true, force: true });
    makeDir(dir);
    cpSync(dotconfig, join(dir, '.config'));
    const result = await exec([...make, 'olddefconfig', 'vmlinux'], { log: `${dir}.log`, signal });
    if (result.aborted) return;
    if (result.failed)
      throw new WorkbenchError('E_BUILD', 'a kernel that is built to keep the machine busy does not build', {
        detail: tail(`${dir}.log`),
      });
    log({ kind: 'note', text: `${dir} was built, and is built again` });
  }
}

export function formatBusy(runs: readonly BusyRun[]): string {
  const rows = runs.map(
    ({ code, ms, load, verdict }, at) =>
      `${at + 1}    ${String(code ?? 'killed').padEnd(6)}  ${String(Math.round(ms / 1000)).padStart(7)}  ` +
      `${load.toFixed(1).padStart(5)}  ${verdict}`,
  );
  return ['run  exit    seconds   load  last line', ...rows].join('\n');
}

/** @param argv the command, run `times` times in the project's directory */
export async function repeat(
  argv: readonly string[],
  times: number,
  dir: string,
  log: Log,
  signal: AbortSignal,
): Promise<BusyRun[]> {
  const runs: BusyRun[] = [];
  for (let at = 1; at <= times && !signal.aborted; at++) {
    const file = join(dir, `run-${at}.log`);
    log({ kind: 'command', text: `${formatArgv(argv)}  # ${at} of ${times}, ${file}` });
    const result = await exec(argv, { cwd: ROOT, log: file, signal });
    runs.push({
      code: result.exitCode,
      ms: result.durationMs,
      load: loadavg()[0] ?? 0,
      verdict: tail(file).trimEnd().split('\n').at(-1) ?? '',
    });
  }
  return runs;
}

async function main(args: readonly string[], log: Log, signal: AbortSignal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { times: { type: 'string', default: '3' }, builds: { type: 'string', default: '2' } },
  });
  const [times, builds] = [Number(values.times), Number(values.builds)];
  if (positionals.length === 0 || !Number.isInteger(times) || times < 1 || !Number.isInteger(builds) || builds < 0) {
    throw new WorkbenchError('E_USAGE', 'a command is wanted behind --, and whole numbers', { next: USAGE });
  }
  const { dotconfig, source } = lastBuild(ROOT, 'default');
  const dir = mkdtempSync(join(tmpdir(), 'dtrace-busy-'));
  const logs = join(outRoot(ROOT), `busy-${process.pid}`);
  makeDir(logs);
  const stop = new AbortController();
  // a tree that something was built in refuses other build directories: its files alone
  const tree = join(dir, 'tree');
  await must(['git', '-C', source.worktree, 'worktree', 'add', '--force', '--detach', tree, source.head], { signal });
  const busy = Promise.all(
    Array.from({ length: builds }, (_, at) =>
      build(tree, dotconfig, join(dir, `build-${at}`), log, AbortSignal.any([signal, stop.signal])),
    ),
  );
  try {
    const runs = await Promise.race([
      repeat(positionals, times, logs, log, signal),
      busy.then(() => new Promise<never>(() => undefined)),
    ]);
    process.stdout.write(`${formatBusy(runs)}\n`);
    return runs.length === times && runs.every(({ code }) => code === 0) ? EXIT.pass : EXIT.test;
  } finally {
    stop.abort();
    await busy.catch(() => undefined);
    await exec(['git', '-C', source.worktree, 'worktree', 'remove', '--force', '--force', tree]);
    rmSync(dir, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await standalone(process.argv.slice(2), ({ args, log, signal }) => main(args, log, signal));
}
