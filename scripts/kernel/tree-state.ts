/** What a kernel checkout contains right now: the key that decides whether earlier results still hold. */
import { execError } from '../lib/exec.ts';
import { changedFiles, gitExec, gitText } from '../lib/git.ts';

interface TreeState {
  readonly head: string;
  readonly tree: string;
  /** Tracked files that differ from HEAD; with any, `tree` does not say what would be built. */
  readonly dirty: readonly string[];
}

export async function readHead(worktree: string): Promise<Pick<TreeState, 'head' | 'tree'>> {
  const [head = '', tree = ''] = (await gitText(worktree, ['rev-parse', 'HEAD', 'HEAD^{tree}'])).trim().split('\n');
  return { head, tree };
}

export async function readTreeState(worktree: string): Promise<TreeState> {
  const [ids, dirty] = await Promise.all([readHead(worktree), changedFiles(worktree)]);
  return { ...ids, dirty };
}

/** Paths that differ between two commits; undefined when `from` is unknown here. @throws when git cannot tell */
export async function changedPaths(worktree: string, from: string, to: string): Promise<string[] | undefined> {
  // quiet, it ends with 1 for an object that is not there
  const known = await gitExec(worktree, ['rev-parse', '--verify', '--quiet', `${from}^{tree}`]);
  if (known.exitCode === 1) return undefined;
  if (known.failed) throw execError(known);
  return (await gitText(worktree, ['diff', '--name-only', '--no-renames', from, to])).split('\n').filter(Boolean);
}

/** Ids of files and directories at `commit`; a path that does not exist there is missing from the map. */
export async function idsAt(worktree: string, commit: string, paths: readonly string[]): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map();
  const text = await gitText(worktree, ['ls-tree', commit, '--', ...paths]);
  const entries = text
    .split('\n')
    .filter(Boolean)
    .map((line): [string, string] => {
      const [meta = '', path = ''] = line.split('\t');
      return [path, meta.split(' ')[2] ?? ''];
    });
  return new Map(entries);
}
