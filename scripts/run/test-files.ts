/** Hands test files to workers; a worker that dies or hangs fails the file it was at, and another takes the rest. */
import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toolEnvironment } from '../lib/exec.ts';
import { afterGiven, givenTime } from '../lib/given-time.ts';
import { makeDir } from '../lib/make-dir.ts';
import { makeNice } from '../lib/priority.ts';
import { latestRecord } from '../lib/record.ts';
import { failedTest, fileSchema, suiteSchema, type FileRecord } from '../records/selftest.ts';
import { judged } from '../records/totals.ts';

/** By the clock of the worker and of all that it starts: a loaded machine is no hang. */
const FILE_LIMIT_MS = 120_000;
/** While guests run they get what is left of the processors, and each has many processes to wait for. */
const HOST_FILE_LIMIT_MS = 900_000;
const WORKER = join(dirname(fileURLToPath(import.meta.url)), 'test-worker.ts');

/**
 * Test code runs once, so what V8 spends on optimizing it, and on a young generation that grows, is never earned back:
 * on two cores the unit tests took 28 s of processor time without these, 26 s with both, 26 to 32 s with one of them.
 */
const V8_FLAGS = ['--no-opt', '--max-semi-space-size=2'];

/** selftests/*.test.ts and those of selftests/kernel need a guest; what lies deeper, next to its module, does not. */
const NEED_GUEST = /^selftests\/(?:kernel\/|[^/]*$)/;

/**
 * Test files that need no guest are of two kinds: `unit` ones run before every commit; `host` ones (`*.host.test.ts`)
 * take seconds, because they kill, interrupt and starve real processes, and run at the same time as the guests.
 */
export type TestKind = 'unit' | 'host';

/** A browser is not of the tools that a run needs, and takes a minute to install: these run when they are named. */
const NEED_BROWSER = '.browser.host.test.ts';

export function findTests(root: string, filters: readonly string[], kind: TestKind = 'unit'): string[] {
  const files = ['scripts', 'selftests'].flatMap((place) => {
    try {
      return readdirSync(join(root, place), { recursive: true, encoding: 'utf8' }).map((file) => join(place, file));
    } catch {
      return [];
    }
  });
  return files
    .filter((file) => !NEED_GUEST.test(file))
    .filter((file) => file.endsWith('.test.ts') && file.endsWith('.host.test.ts') === (kind === 'host'))
    .filter((file) => (filters.length === 0 ? !file.endsWith(NEED_BROWSER) : filters.some((one) => file.includes(one))))
    .sort();
}

/** How long each file took in the last run, if there was one. */
function knownTimes(root: string, kind: TestKind): Map<string, number> {
  const { data } = suiteSchema.safeParse(latestRecord(root, kind)?.record);
  return new Map(data?.files.map(({ file, ms }) => [file, ms]));
}

/** The last file must not be the longest one, or the other workers wait for it; unknown files come first. */
export function longestFirst(files: readonly string[], known: ReadonlyMap<string, number>): string[] {
  return [...files].sort((a, b) => (known.get(b) ?? Infinity) - (known.get(a) ?? Infinity) || (a < b ? -1 : 1));
}

export interface RunOptions {
  readonly root: string;
  readonly files: readonly string[];
  readonly kind?: TestKind;
  /** TAP of each worker goes here, for who wants to see it all. */
  readonly logDir: string;
  readonly signal: AbortSignal;
  readonly onFile: (result: FileRecord) => void;
  readonly limitMs?: number;
  readonly lanes?: number;
  /** The worker's program; another one only for tests. */
  readonly worker?: string;
  /** See ExecOptions. */
  readonly nice?: number;
}

export async function runTests(options: RunOptions): Promise<FileRecord[]> {
  const queue = longestFirst(options.files, knownTimes(options.root, options.kind ?? 'unit'));
  const results: FileRecord[] = [];
  const record = (result: FileRecord): void => {
    const named = { ...result, file: relative(options.root, result.file) };
    results.push(named);
    options.onFile(named);
  };
  makeDir(options.logDir);
  // two more than there are CPUs: a file waits for the processes it starts, and some for time to pass
  const lanes = Math.max(1, Math.min(options.lanes ?? availableParallelism() + 2, queue.length));
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      while (queue.length > 0 && !options.signal.aborted) await runWorker(options, queue, lane, record);
    }),
  );
  return judged(results.sort((a, b) => (a.file < b.file ? -1 : 1)));
}

/** Lives until the queue is empty or the worker is lost; in the latter case the file it was at is recorded. */
async function runWorker(
  options: RunOptions,
  queue: string[],
  lane: number,
  record: (result: FileRecord) => void,
): Promise<void> {
  const log = openSync(join(options.logDir, `${options.kind ?? 'unit'}.${lane}.tap`), 'a');
  // a process group of its own: a test file may leave children behind, and they go with the worker
  const child: ChildProcess = fork(options.worker ?? WORKER, {
    cwd: options.root,
    execArgv: [...V8_FLAGS, '--import', 'tsx', '--no-warnings'],
    env: { ...toolEnvironment([process.execPath]), TAP_TIMEOUT: '3600', TAP: '1' },
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  });
  closeSync(log);
  if (child.pid !== undefined) makeNice(child.pid, options.nice);
  const limitMs = options.limitMs ?? (options.kind === 'host' ? HOST_FILE_LIMIT_MS : FILE_LIMIT_MS);
  let current: string | undefined;
  let started = performance.now();
  let taken = 0;
  let lost = 'the worker ended in the middle of the file';
  let cancel = (): void => undefined;
  const clock = givenTime(() => (child.pid === undefined ? [] : [child.pid]));
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // gone already
    }
  };
  const onAbort = (): void => {
    lost = 'interrupted';
    kill();
  };
  options.signal.addEventListener('abort', onAbort, { once: true });
  process.once('exit', kill);
  const next = (): void => {
    cancel();
    current = queue.shift();
    taken += 1;
    if (current === undefined) {
      child.disconnect();
      return;
    }
    started = performance.now();
    cancel = afterGiven(clock, limitMs, () => {
      lost = `took longer than ${limitMs / 1000} s`;
      kill();
    });
    child.send(join(options.root, current));
  };
  child.on('message', (message) => {
    // tap sends messages of its own
    const { data } = fileSchema.safeParse(message);
    if (data !== undefined) record(data);
    else if (message !== 'ready') return;
    current = undefined;
    next();
  });
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  cancel();
  kill();
  process.removeListener('exit', kill);
  options.signal.removeEventListener('abort', onAbort);
  // a worker that does not even start would be replaced for ever
  if (taken === 0) {
    current = queue.shift();
    lost = 'the worker did not start';
  }
  if (current !== undefined) {
    const ms = Math.round(performance.now() - started);
    const test = failedTest(lost, [{ message: current, detail: lost }], ms);
    record({ file: join(options.root, current), ms, tests: [test] });
  }
}
