/**
 * A second worktree, apart from the series' own, for looking at the base or at single patches without disturbing
 * anything.
 */
import { existsSync, rmSync } from 'node:fs';
import { gitExec, gitText } from '../lib/git.ts';
import type { StageContext } from '../lib/stage.ts';

export function scratchPath(worktree: string): string {
  return `${worktree}-scratch`;
}

/** Checks `commit` out, making the worktree first if need be; build directories in it survive. */
export async function checkoutScratch(ctx: StageContext, worktree: string, commit: string): Promise<string> {
  const path = scratchPath(worktree);
  const usable =
    existsSync(path) && !(await gitExec(path, ['rev-parse', '--verify', '-q', `${commit}^{commit}`])).failed;
  if (!usable) {
    ctx.log({ kind: 'note', text: `a second worktree is made: ${path}` });
    rmSync(path, { recursive: true, force: true });
    await gitText(worktree, ['worktree', 'prune']);
    // twice --force: a killed `worktree add` leaves it registered and locked
    await gitText(worktree, ['worktree', 'add', '--force', '--force', '--detach', path, commit], {
      signal: ctx.signal,
    });
    return path;
  }
  await gitText(path, ['checkout', '--quiet', '--force', '--detach', commit], { signal: ctx.signal });
  return path;
}
