import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gitText } from '../lib/git.ts';
import { parseDiff } from './diff.ts';
import { stripSpace } from './mailinfo.ts';
import type { Patch } from './patchfile.ts';
import { withReader } from './reader.ts';

/** One commit of a worktree, as a patch without notes. */
export interface Commit extends Omit<Patch, 'notes'> {
  readonly commit: string;
  readonly parents: readonly string[];
  /** The whole message; bytes, one a character. */
  readonly message: string;
}

const LOG_ARGS = [
  'log',
  '-z',
  '--reverse',
  '--topo-order',
  '--no-show-signature',
  '--encoding=UTF-8',
  '--format=%H%x00%P%x00%an <%ae>%x00%B',
];

/** The commits of BASE..HEAD, oldest first. */
export async function readCommits(repo: string, base: string, head: string): Promise<Commit[]> {
  return withReader(repo, async (reader) => {
    const commits: Omit<Commit, 'diff' | 'files'>[] = [];
    const log = join(reader.dir, 'log');
    await gitText(repo, [...LOG_ARGS, `--output=${log}`, `${base}..${head}`]);
    const fields = readFileSync(log, 'latin1').split('\0');
    for (let at = 0; at + 4 <= fields.length; at += 4) {
      const [commit = '', parents = '', author = '', message = ''] = fields.slice(at, at + 4);
      const [subject = '', ...body] = text(message).split('\n');
      commits.push({
        commit,
        parents: parents.split(' ').filter(Boolean),
        author: text(author),
        message,
        subject,
        body: stripSpace(body.join('\n')),
      });
    }
    const diffs = commits.length === 0 ? [] : await reader.diffs(commits.map(({ commit }) => commit));
    return commits.map((commit, index) => ({
      ...commit,
      diff: diffs[index] ?? '',
      files: parseDiff((diffs[index] ?? '').split('\n'), 0).files,
    }));
  });
}

/** For reading: bytes that are not UTF-8 do not come back from it. */
function text(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
