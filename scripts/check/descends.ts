/** Whether kbuild gets to a directory: a patch may bring files that only a later one hooks into the build. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const RULES = ['Kbuild', 'Makefile'] as const;

function rulesOf(directory: string): string {
  return RULES.map((name) => join(directory, name))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
}

/** Directories of the top level, and architectures, are taken for granted. @param directory relative to `worktree` */
export function kbuildDescends(worktree: string, directory: string): boolean {
  if (rulesOf(join(worktree, directory)) === '') return false;
  const parent = dirname(directory);
  if (parent === '.' || parent === 'arch') return true;
  const named = new RegExp(`(?:^|[\\s=/])${basename(directory)}/`, 'm');
  return named.test(rulesOf(join(worktree, parent))) && kbuildDescends(worktree, parent);
}
