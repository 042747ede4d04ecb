import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { gitExec } from '../lib/git.ts';
import type { Commit } from '../series/export.ts';
import type { Reader } from '../series/reader.ts';

/**
 * Whether `git apply` makes the commit's files out of its parent's: the changed paths alone, in the reader's index.
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
  const made = after.stdout.split('\0').filter(Boolean);
  return made.sort().join('\0') === files(2, 4).sort().join('\0') ? undefined : 'git apply makes other files of it';
}
