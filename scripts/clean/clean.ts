import { existsSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { statePath, worktreeLock } from '../apply/state.ts';
import { scratchPath } from '../kernel/scratch.ts';
import { fromSystemError, WorkbenchError } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';
import { gitExec } from '../lib/git.ts';
import { withLock } from '../lib/lock.ts';
import type { Log } from '../lib/log.ts';
import type { CachePaths } from '../lib/paths.ts';
import { editedIn, repositoryOf } from './inventory.ts';
import type { Item } from './plan.ts';

/** Kibibytes on disk, as du counts them. */
export async function sizeOf(path: string, signal: AbortSignal): Promise<number> {
  const result = await exec(['du', '-sk', path], { signal });
  return Number(/^\d+/.exec(result.stdout)?.[0] ?? 0);
}

export interface CleanContext {
  readonly cache: CachePaths;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Delete what has been made in the meantime, too. */
  readonly force: boolean;
}

/**
 * Waits for the process that works in the worktree that the thing belongs to. Resolves to whether it is gone: with the
 * lock a worktree is looked at again, for it may have been edited since. @throws E_INTERRUPTED, E_LOCKED
 */
export async function removeItem(item: Item, ctx: CleanContext): Promise<boolean> {
  const { cache, log, signal } = ctx;
  const owner = ownerOf(item, cache);
  try {
    if (owner !== undefined)
      return await withLock(worktreeLock(owner), { purpose: `removing ${basename(item.path)}`, log, signal }, () =>
        removeOwned(item, ctx),
      );
    rmSync(item.path, { recursive: true, force: true });
    return true;
  } catch (error: unknown) {
    throw fromSystemError(error, item.path);
  }
}

/** The worktree whose lock guards the thing; undefined when none does. */
function ownerOf(item: Item, cache: CachePaths): string | undefined {
  if (item.kind === 'scratch') return item.path.slice(0, -scratchPath('').length);
  if (item.kind === 'worktree') return item.path;
  const worktree = dirname(item.path);
  return item.kind === 'build' && dirname(worktree) === cache.worktrees ? worktree : undefined;
}

/** Unregisters a worktree where it is registered, which may be a person's own checkout; the branch there stays. */
async function removeOwned({ kind, path }: Item, { signal, force }: CleanContext): Promise<boolean> {
  if (kind === 'worktree' && !force && existsSync(path) && (await editedIn(path)) !== false) return false;
  const repository = kind === 'build' ? undefined : repositoryOf(path);
  if (repository !== undefined && existsSync(repository))
    await gitExec(repository, ['worktree', 'remove', '--force', '--force', path], { signal });
  if (signal.aborted) throw new WorkbenchError('E_INTERRUPTED', `interrupted while removing ${path}`);
  rmSync(path, { recursive: true, force: true });
  if (kind === 'worktree') rmSync(statePath(path), { force: true });
  return true;
}
