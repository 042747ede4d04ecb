import { basename } from 'node:path';

/** One thing below the cache or out/ that could be deleted. */
export interface Item {
  readonly kind: 'leftover' | 'run' | 'source' | 'download' | 'worktree' | 'scratch' | 'build' | 'proof' | 'ccache';
  readonly path: string;
  /** For sources, worktrees and what was checked out next to them: still the one that apply would use. */
  readonly current: boolean;
  /**
   * For worktrees: holds commits or changes that are not in patches/; `interrupted` when some may be of an apply that
   * was killed.
   */
  readonly edited: false | 'edited' | 'interrupted';
}

export interface CleanOptions {
  readonly all: boolean;
  readonly builds: boolean;
  readonly sources: boolean;
  readonly runs: boolean;
  readonly force: boolean;
}

/** How many of the newest runs a plain `clean` leaves. */
export const KEPT_RUNS = 10;

export interface CleanPlan {
  readonly remove: readonly Item[];
  /** Left alone although asked for, because a person's work is in it. */
  readonly kept: readonly Item[];
}

/** Without options only what nothing will use again; a worktree with a person's work needs --force. */
export function planClean(items: readonly Item[], options: CleanOptions): CleanPlan {
  const runs = items
    .filter(({ kind }) => kind === 'run')
    .map(({ path }) => path)
    .sort();
  const oldRuns = new Set(runs.slice(0, Math.max(0, runs.length - KEPT_RUNS)));
  const isWanted = ({ kind, path, current }: Item): boolean => {
    switch (kind) {
      case 'leftover':
        return true;
      case 'run':
        return options.all || options.runs || oldRuns.has(path);
      case 'source':
      case 'worktree':
        return options.all || options.sources || !current;
      // no place for a person's work: check and bisect check out in it by force
      case 'scratch':
        return options.all || options.sources || options.builds || !current;
      case 'download':
        return options.all || options.sources;
      case 'build':
      case 'proof':
      case 'ccache':
        return options.all || options.builds;
    }
  };
  const wanted = items.filter(isWanted);
  const kept = wanted.filter(({ edited }) => edited !== false && !options.force);
  // the commits of a worktree are in its source
  const needed = new Set(kept.map(({ path }) => basename(path)));
  const remove = wanted.filter(
    (item) => !kept.includes(item) && !(item.kind === 'source' && needed.has(basename(item.path))),
  );
  const within = ({ path }: Item): boolean => remove.some((other) => path.startsWith(`${other.path}/`));
  // a worktree is looked at once more before it goes, and is read through its source
  const last = ({ kind }: Item): number => Number(kind === 'source');
  return { remove: remove.filter((item) => !within(item)).sort((a, b) => last(a) - last(b)), kept };
}
