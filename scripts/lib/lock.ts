/**
 * Locks are flock(2)'s, taken by flock(1) on a descriptor that this process keeps: the kernel ends them with their
 * holder, however that ends, so no lock is ever stale. A lock file stays behind, since to remove it would let two
 * processes lock two files of one name.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromSystemError, WorkbenchError } from './errors.ts';
import { formatArgv, toolEnvironment } from './exec.ts';
import { silentLog, type Log } from './log.ts';
import { makeDir } from './make-dir.ts';

export interface LockOptions {
  readonly purpose: string;
  readonly log?: Log;
  readonly signal?: AbortSignal;
  /** 0 = fail at once when another process holds it. */
  readonly waitMs?: number;
}

const DEFAULT_WAIT_MS = 30 * 60_000;
/** flock(1): with -n or -w, when the lock is held for longer. */
const HELD = 1;

/** Runs `work` while holding the lock file; a second process waits and says for whom. */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = await acquire(path, options);
  try {
    return await work();
  } finally {
    release();
  }
}

/** @throws WorkbenchError E_LOCKED when the time is over, E_INTERRUPTED when the signal comes first */
export async function acquire(path: string, options: LockOptions): Promise<() => void> {
  const { purpose, signal, log = silentLog, waitMs = DEFAULT_WAIT_MS } = options;
  const fd = openLock(path);
  try {
    if (!(await flock(fd, 0))) {
      if (waitMs > 0) log({ kind: 'note', text: `waiting for ${holderOf(path)}` });
      if (waitMs === 0 || !(await flock(fd, waitMs, signal))) {
        throw new WorkbenchError('E_LOCKED', `${path} is held by ${holderOf(path)}`, {
          next: formatArgv(['flock', path, 'true']),
        });
      }
    }
    ftruncateSync(fd);
    writeSync(fd, `"${purpose}" (process ${process.pid}, since ${new Date().toISOString()})`, 0);
    return () => {
      ftruncateSync(fd);
      closeSync(fd);
    };
  } catch (error: unknown) {
    closeSync(fd);
    throw error;
  }
}

/** Who holds a lock, in words: what its last holder wrote. */
export function holderOf(path: string): string {
  return readFileSync(path, 'utf8') || 'a process that has just begun';
}

function openLock(path: string): number {
  try {
    makeDir(dirname(path));
    return openSync(path, 'a+');
  } catch (error: unknown) {
    throw fromSystemError(error, path);
  }
}

/** A lock belongs to the open file, which the child shares: it outlives the child. */
async function flock(fd: number, waitMs: number, signal?: AbortSignal): Promise<boolean> {
  const child = spawn('flock', waitMs === 0 ? ['-n', '3'] : ['-w', String(waitMs / 1000), '3'], {
    env: toolEnvironment(['flock']),
    stdio: ['ignore', 'ignore', 'ignore', fd],
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const [code] = await once(child, 'exit');
    if (code === 0 || code === HELD) return code === 0;
    throw new WorkbenchError('E_HOST_TOOL', `flock ended with ${code}`, { next: 'npm run doctor' });
  } catch (error: unknown) {
    if (signal?.aborted === true) throw new WorkbenchError('E_INTERRUPTED', 'interrupted while waiting for a lock');
    throw fromSystemError(error, 'flock');
  }
}
