import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { gitExec } from '../lib/git.ts';
import type { Commit } from '../series/export.ts';
import type { Reader } from '../series/reader.ts';

/**
 * Whether `git apply` makes the commit's files out of its parent's: the changed paths alone, in an index of the reader's own.
 * Returns git's words when it does not.
 */
export async function unprovable(reader: Reader, { commit, diff }: Pick<Commit, 'commit' | 'diff'>): Promise<string | undefined> {
  const raw = await reader.git('diff-tree', '-r', '-z', '--no-commit-id', '--no-renames', '--no-abbrev', commit);
  const changes = [...raw.matchAll(/:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) [A-Z]\0([^\0]*)\0/g)];
  const entries = (mode: 1 | 2, id: 3 | 4): string[] => changes.filter((change) => change[mode] !== '000000').map((change) => `${change[mode]} ${change[id]} 0\t${change[5]}\0`).sort();
  rmSync(join(reader.dir, 'index'), { force: true });
  // an empty text would not be one for exec: the null id takes nothing out of an empty index
  const before = await gitExec(reader.dir, ['update-index', '-z', '--index-info'], { input: entries(1, 3).join('') || `0 ${'0'.repeat(40)}\tnothing\0` });
  const applied = await gitExec(reader.dir, ['apply', '--cached', '--whitespace=nowarn', '-'], { input: Buffer.from(diff, 'latin1') });
  const after = await gitExec(reader.dir, ['ls-files', '--stage', '-z']);
  if (before.failed || applied.failed || after.failed) return before.stderr + applied.stderr + after.stderr;
  return after.stdout === entries(2, 4).join('') ? undefined : 'git apply makes other files of it';
}
