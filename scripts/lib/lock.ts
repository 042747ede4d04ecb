import { createHash } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, fromSystemError, WorkbenchError } from './errors.ts';
import { silentLog, type Log } from './log.ts';
import { makeDir } from './make-dir.ts';

/** Who holds a lock. The start time tells a process from a later one with the same id. */
export interface Holder {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTime: string;
  readonly purpose: string;
  readonly since: string;
}

export interface LockOptions {
  readonly purpose: string;
  readonly log?: Log;
  readonly signal?: AbortSignal;
  /** 0 = fail at once when somebody else holds it. */
  readonly waitMs?: number;
}

const DEFAULT_WAIT_MS = 30 * 60_000;
const POLL_MS = 100;

/** Runs `work` while holding the lock file; a second process waits and says for whom. */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = await acquire(path, options);
  try {
    return await work();
  } finally {
    release();
  }
}

export async function acquire(path: string, options: LockOptions): Promise<() => void> {
  const waitMs = options.waitMs ?? DEFAULT_WAIT_MS;
  const log = options.log ?? silentLog;
  const deadline = Date.now() + waitMs;
  let told = false;
  for (;;) {
    if (tryTake(path, options.purpose)) return () => rmSync(path, { force: true });
    const holder = readHolder(path);
    if (!isHeld(holder)) {
      if (breakStale(path)) {
        log({ kind: 'note', text: `removed a stale lock: ${holder === undefined ? 'unreadable' : describe(holder)}` });
      }
      continue;
    }
    if (Date.now() >= deadline) {
      throw new WorkbenchError('E_LOCKED', `${path} is held by ${describe(holder)}`, {
        next: `tail --pid=${holder.pid} -f /dev/null`,
      });
    }
    if (!told) log({ kind: 'note', text: `waiting for ${describe(holder)}` });
    told = true;
    if (options.signal?.aborted === true) throw new WorkbenchError('E_INTERRUPTED', 'interrupted while waiting for a lock');
    await sleep(POLL_MS);
  }
}

function describe(holder: Holder): string {
  return `"${holder.purpose}" (process ${holder.pid}, since ${holder.since})`;
}

/** link(2) is atomic and the file is complete before it has its name. */
function tryTake(path: string, purpose: string): boolean {
  const own = `${path}.${process.pid}.tmp`;
  const holder: Holder = { pid: process.pid, startTime: startTime(process.pid) ?? '', purpose, since: new Date().toISOString() };
  try {
    makeDir(dirname(path));
    writeFileSync(own, JSON.stringify(holder));
    linkSync(own, path);
    return true;
  } catch (error: unknown) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw fromSystemError(error, path);
  } finally {
    rmSync(own, { force: true });
  }
}

/** undefined when there is no lock, or it holds no holder. */
export function readHolder(path: string): Holder | undefined {
  return parseHolder(readText(path) ?? '');
}

function parseHolder(json: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || !('pid' in value) || typeof value.pid !== 'number') return undefined;
    const text = (key: string): string => String((value as Record<string, unknown>)[key] ?? '');
    return { pid: value.pid, startTime: text('startTime'), purpose: text('purpose'), since: text('since') };
  } catch {
    return undefined;
  }
}

/**
 * Removes a lock whose holder is gone. Two processes may see it at once, and the second must not remove the first one's
 * new lock. So the look and the removal happen under a guard that belongs to this very text of the lock: whoever takes
 * the guard late finds another text. A guard whose own holder died is a stale lock like any other.
 */
function breakStale(path: string): boolean {
  const text = readText(path);
  // it may be another one by now, of a process that works
  if (text === undefined || isHeld(parseHolder(text))) return false;
  const guard = `${path}.${createHash('sha256').update(text).digest('hex').slice(0, 12)}.break`;
  if (!tryTake(guard, 'removing a stale lock')) {
    breakStale(guard);
    return false;
  }
  try {
    if (readText(path) !== text) return false;
    rmSync(path, { force: true });
    return true;
  } finally {
    rmSync(guard, { force: true });
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A lock that nobody can read is held by nobody: it gets its name when it is complete. */
function isHeld(holder: Holder | undefined): holder is Holder {
  return holder !== undefined && startTime(holder.pid) === holder.startTime;
}

/** undefined when there is no such process, or only its exit status is left: in a container often nobody asks for that. */
export function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the name in parentheses may hold spaces and parentheses itself
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
