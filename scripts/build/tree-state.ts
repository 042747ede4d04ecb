/** What a kernel checkout contains right now: the key that decides whether earlier results still hold. */
import { gitText } from '../lib/git.ts';

export interface TreeState {
  readonly head: string;
  readonly tree: string;
  /** Tracked files that differ from HEAD; with any, `tree` does not say what would be built. */
  readonly dirty: readonly string[];
}

export async function readTreeState(worktree: string): Promise<TreeState> {
  const [ids, status] = await Promise.all([
    gitText(worktree, ['rev-parse', 'HEAD', 'HEAD^{tree}']),
    gitText(worktree, ['status', '--porcelain', '--untracked-files=no']),
  ]);
  const [head = '', tree = ''] = ids.trim().split('\n');
  return { head, tree, dirty: status.split('\n').filter(Boolean).map((line) => line.slice(3)) };
}

/** Paths that differ between two commits or trees; undefined when one of them is unknown here. */
export async function changedPaths(worktree: string, from: string, to: string): Promise<string[] | undefined> {
  try {
    const text = await gitText(worktree, ['diff', '--name-only', '--no-renames', from, to]);
    return text.split('\n').filter(Boolean);
  } catch {
    return undefined;
  }
}

/** Blob ids of paths at HEAD; a path that does not exist there is missing from the map. */
export async function blobsAt(worktree: string, commit: string, paths: readonly string[]): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map();
  const text = await gitText(worktree, ['ls-tree', '-r', commit, '--', ...paths]);
  const entries = text.split('\n').filter(Boolean).map((line): [string, string] => {
    const [meta = '', path = ''] = line.split('\t');
    return [path, meta.split(' ')[2] ?? ''];
  });
  return new Map(entries);
}
