import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError, type Problem } from '../lib/errors.ts';
import { gitExec } from '../lib/git.ts';
import type { Commit } from '../series/export.ts';
import { withReader, type Reader } from '../series/reader.ts';

/**
 * Whether `git apply` makes the commit's files out of its parent's, and git can lay them out: the changed paths alone,
 * in the reader's index.
 * Returns git's words when it does not.
 */
export async function unprovable(
  reader: Reader,
  { commit, diff }: Pick<Commit, 'commit' | 'diff'>,
): Promise<string | undefined> {
  const raw = await reader.git('diff-tree', '-r', '-z', '--no-commit-id', '--no-renames', '--no-abbrev', commit);
  const changes = [...raw.matchAll(/:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) [A-Z]\0([^\0]*)\0/g)];
  const files = (mode: 1 | 2, id: 3 | 4): string[] =>
    changes.filter((at) => at[mode] !== '000000').map((at) => `${at[mode]} ${at[id]} 0\t${at[5]}`);
  rmSync(join(reader.dir, 'index'), { force: true });
  const before = await gitExec(reader.dir, ['update-index', '-z', '--index-info'], {
    input: files(1, 3)
      .map((line) => `${line}\0`)
      .join(''),
  });
  const applied = await gitExec(reader.dir, ['apply', '--cached', '--whitespace=nowarn', '-'], {
    input: Buffer.from(diff, 'latin1'),
  });
  const after = await gitExec(reader.dir, ['ls-files', '--stage', '-z']);
  if (before.failed || applied.failed || after.failed) return before.stderr + applied.stderr + after.stderr;
  // a name may be too long for a file system, a link may be empty
  const tree = join(reader.dir, 'files');
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree);
  const laid = await gitExec(reader.dir, [`--work-tree=${tree}`, 'checkout-index', '--all', '--force']);
  if (laid.failed) return laid.stderr;
  const made = after.stdout.split('\0').filter(Boolean);
  return made.sort().join('\0') === files(2, 4).sort().join('\0') ? undefined : 'git apply makes other files of it';
}

/** The patches that are about to be written make the trees of their commits; asked before anything is. */
export async function prove(repo: string, commits: readonly Commit[], refresh = 'npm run refresh'): Promise<void> {
  if (commits.length === 0) return;
  const problems = await withReader(repo, async (reader) => {
    const found: Problem[] = [];
    for (const commit of commits) {
      const words = await unprovable(reader, commit);
      if (words === undefined) continue;
      const which = `${commit.commit.slice(0, 12)}: the patch of "${commit.subject}"`;
      found.push({ code: 'REFRESH_TREE', message: `${which} makes another tree: ${words.trim()}` });
    }
    return found;
  });
  if (problems.length > 0) throw refused(problems, refresh);
}

export function refused(problems: readonly Problem[], refresh = 'npm run refresh'): WorkbenchError {
  return new WorkbenchError(
    'E_REFRESH',
    `${problems.length} of the commits cannot be made patches; nothing was written`,
    { problems, next: ['correct the commits, then', refresh].join(' ') },
  );
}
