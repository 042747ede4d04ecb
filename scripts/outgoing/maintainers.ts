import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv, must } from '../lib/exec.ts';
import type { ApplyRecord } from '../records/apply.ts';
import { withReader } from '../series/reader.ts';
import { leaveOut, parseRecipients, type Recipient } from './recipients.ts';

const SCRIPT = 'scripts/get_maintainer.pl';
/** From MAINTAINERS alone: authors of the history would depend on how much of it the tree has. */
const OPTIONS = ['--no-git', '--no-git-fallback', '--no-rolestats', '--roles'] as const;

const SHOW = ['format-patch', '--stdout'] as const;

/** For a dry run: both programs, in the worktree; the commit below the series is `$commit`. */
export const MAINTAINERS_COMMAND = [
  `${formatArgv(['git', ...SHOW])} "$commit"..`,
  formatArgv(['perl', SCRIPT, ...OPTIONS]),
].join(' | ');

/** @param without addresses that a person leaves out */
export async function findRecipients(
  { worktree, base, head }: Pick<ApplyRecord, 'worktree' | 'base' | 'head'>,
  without: readonly string[],
  signal: AbortSignal,
): Promise<readonly Recipient[]> {
  if (!existsSync(join(worktree, SCRIPT)))
    throw new WorkbenchError('E_TREE', `the tree has no ${SCRIPT}, which knows the recipients`, {
      position: { file: join(worktree, SCRIPT) },
      next: `${formatArgv(['git', '-C', worktree, 'status'])}  # is it a whole kernel tree?`,
    });
  const input = await withReader(worktree, async ({ git }) => git(...SHOW, `${base.commit}..${head}`));
  const { stdout } = await must(['perl', SCRIPT, ...OPTIONS], { cwd: worktree, input, signal });
  const { left, unknown } = leaveOut(parseRecipients(stdout), without);
  if (unknown.length > 0)
    throw new WorkbenchError('E_USAGE', `not among the recipients: ${unknown.join(', ')}`, {
      next: 'npm run export  # prints them',
    });
  if (left.length === 0)
    throw new WorkbenchError('E_USAGE', 'there is no recipient left', { next: 'npm run export  # prints them all' });
  return left;
}
