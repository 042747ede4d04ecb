import type { ErrorCode } from '../lib/errors.ts';
import type { ApplyState } from './state.ts';

/** What is there before apply does anything. */
export interface Facts {
  readonly state: ApplyState | undefined;
  readonly base: string;
  /** What the series' files ask for, in order. */
  readonly digests: readonly string[];
  /** Commit of our branch; undefined when there is none. */
  readonly branch: string | undefined;
  /** See inspectWorktree(). */
  readonly worktree: WorktreeFacts | 'absent' | 'stray';
  /** Of a creation that was interrupted: everything there is the base's. */
  readonly onlyOurs: boolean;
  /** The repository is a person's own, and so may be a branch of our name in it. */
  readonly personal: boolean;
  readonly force: boolean;
}

export interface WorktreeFacts {
  /** undefined on a branch without a commit, as `git checkout --orphan` leaves it. */
  readonly head: string | undefined;
  /** HEAD is our branch. */
  readonly attached: boolean;
  readonly amInProgress: boolean;
  /** Tracked files that differ from HEAD. */
  readonly dirty: readonly string[];
  /** Untracked files where the series has some. */
  readonly inTheWay: readonly string[];
  /** Only asked for in the conflict phase. */
  readonly fingerprint: string | undefined;
}

export type Plan =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'refuse';
      readonly code: ErrorCode;
      readonly message: string;
      readonly next: 'refresh' | 'finish' | 'force';
    }
  | {
      readonly kind: 'work';
      /** Make the directory: there is none, what a killed run made of it is deleted, or it gets another name. */
      readonly create: 'no' | 'absent' | 'replace' | 'aside';
      /** Keep commits and changes under a backup ref first. */
      readonly backup: boolean;
      /**
       * Changes in the worktree may go: they are the last run's own, or kept. Otherwise git refuses to overwrite any.
       */
      readonly discard: boolean;
      /** How many of the patches are in already. */
      readonly keep: number;
      readonly resetTo: string;
    };

/**
 * Decides what apply has to do. Nothing that a person made is ever dropped. Without --force it is refused; with it, and
 * after a run that was killed, when its traces cannot be told from a person's, everything is kept aside.
 */
export function planApply(facts: Facts): Plan {
  const { state, worktree, force } = facts;
  const killed = state?.phase === 'creating' || state?.phase === 'applying';
  const work = (create: 'no' | 'absent' | 'replace' | 'aside', backup: boolean, discard = backup): Plan => ({
    kind: 'work',
    create,
    backup,
    discard,
    ...prefix(facts),
  });
  const edited = (message: string, next: 'refresh' | 'force'): Plan => ({
    kind: 'refuse',
    code: 'E_WORKTREE_EDITED',
    message,
    next,
  });
  if (state?.phase === 'creating' && worktree !== 'absent') return work(facts.onlyOurs ? 'replace' : 'aside', true);
  if (worktree === 'stray')
    return force ? work('aside', true) : edited('the directory is there, but is not a worktree of this base', 'force');
  if (worktree === 'absent') {
    if (facts.branch === undefined || facts.branch === facts.base || facts.branch === state?.head)
      return work('absent', false);
    // in the cache it is of a worktree that was deleted together with what was known about it
    if (force || killed || !facts.personal) return work('absent', true);
    return edited('the branch is already there, with commits that are not in patches/', 'force');
  }
  if (killed) return work('no', true);
  const untouched =
    state?.phase === 'conflict' && state.fingerprint !== undefined && state.fingerprint === worktree.fingerprint;
  if (worktree.amInProgress && untouched) return work('no', false, true);
  const refusal = reasonToRefuse(facts, worktree);
  if (refusal !== undefined) return force ? work('no', true) : refusal;
  const { keep, resetTo } = prefix(facts);
  const complete =
    keep === facts.digests.length && resetTo === worktree.head && worktree.attached && state?.phase === 'done';
  return complete ? { kind: 'nothing' } : work('no', false);
}

function reasonToRefuse({ state, base }: Facts, worktree: WorktreeFacts): Plan | undefined {
  const edited = (message: string, next: 'refresh' | 'force'): Plan => ({
    kind: 'refuse',
    code: 'E_WORKTREE_EDITED',
    message,
    next,
  });
  const some = (files: readonly string[]): string =>
    `${files.slice(0, 3).join(', ')}${files.length > 3 ? ', ...' : ''}`;
  if (worktree.amInProgress)
    return {
      kind: 'refuse',
      code: 'E_AM_IN_PROGRESS',
      message: 'a git am or rebase is in progress in the worktree',
      next: 'finish',
    };
  if (worktree.head === undefined) return edited('the worktree is on a branch without a commit', 'force');
  if (worktree.dirty.length > 0)
    return edited(`the worktree has uncommitted changes: ${some(worktree.dirty)}`, 'refresh');
  if (worktree.head !== (state?.head ?? base))
    return edited('the worktree has commits that are not in patches/', 'refresh');
  if (worktree.inTheWay.length > 0)
    return edited(`files that git does not know are where the series has some: ${some(worktree.inTheWay)}`, 'force');
  return undefined;
}

/** The patches that need not be applied again: those before the first one that changed. */
function prefix({ state, base, digests }: Facts): { keep: number; resetTo: string } {
  if (state === undefined || state.base !== base) return { keep: 0, resetTo: base };
  let keep = 0;
  while (keep < digests.length && state.applied[keep]?.digest === digests[keep]) keep++;
  return { keep, resetTo: state.applied[keep - 1]?.commit ?? base };
}
