/** A worktree that git cannot look at, and a repository that has lost objects: how to get on, with all of it kept. */
import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { again } from '../base/again.ts';
import { damagedName } from '../base/resolve.ts';
import { WorkbenchError, withNext } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { areStored, gitText, isLostObjects } from '../lib/git.ts';
import type { BaseTree } from '../records/apply.ts';
import { asideName, keepCommits, type Backup } from './backup.ts';
import { statePath } from './state.ts';
import type { Place } from './worktree.ts';

export type Remedy = 'aside' | 'force' | 'none';

/**
 * What can be done when looking at a worktree ended in `error`. What stands in its commits or in its index is mended by
 * another worktree: at once when a killed apply may have left it, otherwise with --force.
 */
export async function remedyOf(error: unknown, { base }: Place, force: boolean, killed: boolean): Promise<Remedy> {
  const lost = isLostObjects(error);
  if (!lost && !(error instanceof WorkbenchError && error.code === 'E_EXEC')) return 'none';
  if (lost && !(await areStored(base.repo, error.detail ?? ''))) return 'none';
  return force || (killed && lost) ? 'aside' : 'force';
}

/**
 * Gives the worktree another name, under which it stays one, with its index, HEAD and logs, and keeps the branch under
 * a backup ref: then there is neither, and nothing is known of them.
 */
export async function setAside(place: Place, now: Date): Promise<Backup> {
  const { base, path, branch } = place;
  const { refs, head } = await keepCommits(place, true, now);
  const aside = asideName(path, now);
  renameSync(path, aside);
  await gitText(base.repo, ['worktree', 'repair', aside]);
  // a branch is checked out in one worktree
  if (head !== undefined) await gitText(aside, ['update-ref', '--no-deref', 'HEAD', head]);
  await gitText(base.repo, ['update-ref', '-d', `refs/heads/${branch}`]);
  rmSync(statePath(path), { force: true });
  return { refs, paths: [aside] };
}

/** With the command that sets the worktree aside. */
export function withForce(error: unknown, { base, path }: Place): unknown {
  if (!(error instanceof WorkbenchError)) return error;
  return withNext(error, `${again(base, 'apply', '--force')}  # sets it aside`, { file: path });
}

/** For another command than apply, which is what mends it. */
export function mendedByApply(error: unknown, base: Pick<BaseTree, 'options'>, path: string): unknown {
  return isLostObjects(error) ? withNext(error, again(base, 'apply'), { file: path }) : error;
}

/** With the command that gets lost objects back: a source of the cache can be had again, a person's cannot. */
export function withRemedy(error: unknown, { base, path }: Place): unknown {
  if (!isLostObjects(error) || base.personal) return error;
  const directory = dirname(base.repo);
  const argv = ['mv', '-T', directory, damagedName(directory, new Date())];
  const next = `${formatArgv(argv)} && ${again(base, 'apply', '--force')}  # imports it again, and keeps what is there`;
  return withNext(error, next, { file: path });
}
