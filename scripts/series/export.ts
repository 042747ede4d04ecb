import { commitsBetween, gitText } from '../lib/git.ts';
import { parseDiff } from './diff.ts';
import type { Patch } from './patchfile.ts';

/** Repository settings that would change the text of a diff. */
export const DIFF_SETTINGS = [
  'diff.noprefix=false',
  'diff.mnemonicPrefix=false',
  'diff.relative=false',
  'diff.wsErrorHighlight=none',
  'diff.suppressBlankEmpty=false',
  'core.abbrev=auto',
] as const;

/**
 * Every option that decides a diff's text, spelled out. Whole blob ids: an abbreviation grows with the repository,
 * and `am --3way` needs ids to find the file that the patch was made for.
 */
export const DIFF_ARGS = [
  '-p',
  '--full-index',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--diff-algorithm=myers',
  '--indent-heuristic',
  '--unified=3',
  '--inter-hunk-context=0',
  '--find-renames=50%',
  '-O/dev/null',
  '--submodule=short',
] as const;

/** One commit of a worktree, as a patch without notes. */
export interface Commit extends Omit<Patch, 'notes'> {
  readonly commit: string;
  readonly parents: readonly string[];
}

/** The commits of BASE..HEAD, oldest first. */
export async function readCommits(repo: string, base: string, head: string): Promise<Commit[]> {
  const settings = DIFF_SETTINGS.flatMap((setting) => ['-c', setting]);
  const commits: Commit[] = [];
  for (const { commit, parents, author, subject, body } of await commitsBetween(repo, base, head)) {
    const diff = await gitText(repo, [...settings, 'diff-tree', '--no-commit-id', ...DIFF_ARGS, commit]);
    commits.push({ commit, parents: parents.split(' ').filter(Boolean), author, subject, body: body.trimEnd(), diff, files: parseDiff(diff.split('\n'), 0).files });
  }
  return commits;
}
