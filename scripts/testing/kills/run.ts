/** Commands of a project in processes of their own: to their end, or to a kill. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Outcome } from '../cli.ts';

/** Nothing here takes so long; a run that does is a failure, and not the end of everything. */
const LIMIT_MS = 20 * 60_000;

export interface Ended extends Outcome {
  readonly ms: number;
  readonly signal: NodeJS.Signals | null;
}

export interface Watch {
  /** Called with standard error as far as it is known, and the process. */
  readonly onText?: (text: string, child: ChildProcess) => void;
  readonly onStart?: (child: ChildProcess) => void;
}

/** A project, and where its cache is. */
export interface Place {
  readonly root: string;
  readonly cacheHome: string;
  /** What its processes name, or are in; nothing else may use that cache. */
  readonly marks: readonly string[];
  /** Ends what runs there. */
  readonly signal?: AbortSignal;
}

/** `npm run ARGV`, without npm. */
export async function runIn(
  { root, cacheHome, signal }: Place,
  argv: readonly string[],
  { onText, onStart }: Watch = {},
): Promise<Ended> {
  const started = performance.now();
  const env = { ...process.env, XDG_CACHE_HOME: cacheHome };
  const child = spawn(process.execPath, [join(root, 'scripts/bootstrap.mjs'), ...argv], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => (stdout += String(data)));
  child.stderr.on('data', (data) => {
    stderr += String(data);
    onText?.(stderr, child);
  });
  onStart?.(child);
  await once(child, 'close');
  clearTimeout(timer);
  return { code: child.exitCode, signal: child.signalCode, stdout, stderr, ms: performance.now() - started };
}

/** How long the time lasts in which a stage is killed (`spanMs`), by a run that is not. */
export async function measure(
  place: Place,
  argv: readonly string[],
  from?: RegExp,
  until?: RegExp,
): Promise<Ended & { readonly spanMs: number }> {
  let [begin, end] = [from === undefined ? performance.now() : NaN, NaN];
  const ended = await runIn(place, argv, {
    onText: (text) => {
      if (Number.isNaN(begin) && from?.test(text) === true) begin = performance.now();
      if (Number.isNaN(end) && until?.test(text) === true) end = performance.now();
    },
  });
  return { ...ended, spanMs: (Number.isNaN(end) ? performance.now() : end) - begin };
}

/** Runs it and kills it `afterMs` behind the words that begin the time, or behind its start. */
export async function killIn(place: Place, argv: readonly string[], afterMs: number, from?: RegExp): Promise<Ended> {
  let armed = false;
  const arm = (child: ChildProcess): void => {
    if (armed) return;
    armed = true;
    const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
    child.once('exit', () => clearTimeout(timer));
  };
  return runIn(place, argv, {
    onStart: (child) => (from === undefined ? arm(child) : undefined),
    onText: (text, child) => (from?.test(text) === true ? arm(child) : undefined),
  });
}
