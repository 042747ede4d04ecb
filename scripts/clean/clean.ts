import { existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { worktreeLock } from '../apply/state.ts';
import { fromSystemError } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';
import { gitExec } from '../lib/git.ts';
import { withLock } from '../lib/lock.ts';
import type { Log } from '../lib/log.ts';
import type { CachePaths } from '../lib/paths.ts';
import { repositoryOf } from './inventory.ts';
import type { Item } from './plan.ts';

/** Kibibytes on disk, as du counts them. */
export async function sizeOf(path: string): Promise<number> {
  const result = await exec(['du', '-sk', path]);
  return Number(/^\d+/.exec(result.stdout)?.[0] ?? 0);
}

export async function removeItem(item: Item, cache: CachePaths, log: Log): Promise<void> {
  try {
    if (item.kind === 'worktree') await removeWorktree(item, cache, log);
    else rmSync(item.path, { recursive: true, force: true });
  } catch (error: unknown) {
    throw fromSystemError(error, item.path);
  }
}

/** Unregisters the worktree where it is registered, which may be a person's own checkout; the branch there stays. */
async function removeWorktree(item: Item, cache: CachePaths, log: Log): Promise<void> {
  const key = basename(item.path);
  await withLock(worktreeLock(cache, key), { purpose: 'removing the worktree', log }, async () => {
    const repository = repositoryOf(item.path);
    if (repository !== undefined && existsSync(repository)) await gitExec(repository, ['worktree', 'remove', '--force', '--force', item.path]);
    rmSync(item.path, { recursive: true, force: true });
    rmSync(join(cache.worktrees, `${key}.json`), { force: true });
  });
}
