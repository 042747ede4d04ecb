import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv, must } from '../lib/exec.ts';
import { leaveOut, parseRecipients, type Recipient } from './recipients.ts';

const SCRIPT = 'scripts/get_maintainer.pl';
/** From MAINTAINERS alone: authors of the history would depend on how much of it the tree has. */
const OPTIONS = ['--no-git', '--no-git-fallback', '--no-rolestats', '--roles'] as const;

export function maintainersArgv(files: readonly string[]): string[] {
  return ['perl', SCRIPT, ...OPTIONS, ...files];
}

/** @param files patches, absolute @param without addresses that a person leaves out */
export async function findRecipients(
  tree: string,
  files: readonly string[],
  without: readonly string[],
  signal: AbortSignal,
): Promise<readonly Recipient[]> {
  if (!existsSync(join(tree, SCRIPT)))
    throw new WorkbenchError('E_TREE', `the tree has no ${SCRIPT}, which knows the recipients`, {
      position: { file: join(tree, SCRIPT) },
      next: `${formatArgv(['git', '-C', tree, 'status'])}  # is it a whole kernel tree?`,
    });
  const { stdout } = await must(maintainersArgv(files), { cwd: tree, signal });
  const { left, unknown } = leaveOut(parseRecipients(stdout), without);
  if (unknown.length > 0)
    throw new WorkbenchError('E_USAGE', `not among the recipients: ${unknown.join(', ')}`, {
      next: 'npm run export  # prints them',
    });
  if (left.length === 0)
    throw new WorkbenchError('E_USAGE', 'there is no recipient left', { next: 'npm run export  # prints them all' });
  return left;
}
