import { WorkbenchError } from '../lib/errors.ts';
import { gitText } from '../lib/git.ts';
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

const FIELDS = ['%H', '%P', '%an <%ae>', '%s', '%b'].join('%x00');

/** The commits of a range, oldest first. */
export async function readCommits(repo: string, range: string): Promise<Commit[]> {
  const ids = (await gitText(repo, ['rev-list', '--reverse', '--topo-order', range])).split('\n').filter(Boolean);
  const commits: Commit[] = [];
  for (const id of ids) commits.push(await readCommit(repo, id));
  return commits;
}

async function readCommit(repo: string, id: string): Promise<Commit> {
  const head = await gitText(repo, ['-c', 'i18n.logOutputEncoding=utf-8', 'show', '--no-patch', `--format=${FIELDS}`, id]);
  const [commit, parents, author, subject, body] = head.split('\0');
  if (commit === undefined || parents === undefined || author === undefined || subject === undefined || body === undefined) {
    throw new WorkbenchError('E_REFRESH', `cannot read commit ${id}`);
  }
  const settings = DIFF_SETTINGS.flatMap((setting) => ['-c', setting]);
  const diff = await gitText(repo, [...settings, 'diff-tree', '--no-commit-id', ...DIFF_ARGS, id]);
  return {
    commit,
    parents: parents.split(' ').filter(Boolean),
    author,
    subject,
    body: body.trimEnd(),
    diff,
    files: parseDiff(diff.split('\n'), 0).files,
  };
}
