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
  /** undefined when the directory is missing or is no worktree of this repository. */
  readonly worktree: WorktreeFacts | undefined;
  /** The directory is there although it is no worktree of this repository. */
  readonly stray: boolean;
  /** The repository is somebody's own, and so may be a branch of our name in it. */
  readonly personal: boolean;
  readonly force: boolean;
}

export interface WorktreeFacts {
  readonly head: string;
  /** HEAD is our branch. */
  readonly attached: boolean;
  readonly amInProgress: boolean;
  /** Tracked files that differ from HEAD. */
  readonly dirty: readonly string[];
  /** Only asked for in the conflict phase. */
  readonly fingerprint: string | undefined;
}

export type Plan =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refuse'; readonly code: ErrorCode; readonly message: string; readonly next: 'refresh' | 'finish' | 'force' }
  | {
      readonly kind: 'work';
      /** Make the directory (anew); otherwise it is used as it is. */
      readonly create: boolean;
      /** Keep commits and changes that are not ours under a backup ref first. */
      readonly backup: boolean;
      /** How many of the patches are in already. */
      readonly keep: number;
      readonly resetTo: string;
    };

/** Decides what apply has to do. Nothing that a person made is ever dropped without --force, and then it is kept aside. */
export function planApply(facts: Facts): Plan {
  const { state, worktree, force } = facts;
  const killed = state?.phase === 'creating' || state?.phase === 'applying';
  const work = (create: boolean, backup = false): Plan => ({ kind: 'work', create, backup, ...prefix(facts) });
  if (worktree === undefined) {
    if (facts.stray && !killed && !force && state === undefined) {
      return { kind: 'refuse', code: 'E_WORKTREE_EDITED', message: 'the directory is there, but is not a worktree of this base', next: 'force' };
    }
    const ours = facts.branch === undefined || facts.branch === facts.base || killed || facts.branch === state?.head;
    if (ours) return work(true);
    // in the cache it is of a worktree that was deleted together with what was known about it
    if (force || !facts.personal) return work(true, true);
    return { kind: 'refuse', code: 'E_WORKTREE_EDITED', message: 'the branch is already there, with commits that are not in patches/', next: 'force' };
  }
  if (killed) return work(state.phase === 'creating');
  if (worktree.amInProgress) {
    const untouched = state?.phase === 'conflict' && state.fingerprint !== undefined && state.fingerprint === worktree.fingerprint;
    if (untouched) return work(false);
    if (force) return work(false, true);
    return { kind: 'refuse', code: 'E_AM_IN_PROGRESS', message: 'a git am is in progress in the worktree', next: 'finish' };
  }
  if (worktree.dirty.length > 0) {
    if (force) return work(false, true);
    const files = `${worktree.dirty.slice(0, 3).join(', ')}${worktree.dirty.length > 3 ? ', ...' : ''}`;
    return { kind: 'refuse', code: 'E_WORKTREE_EDITED', message: `the worktree has uncommitted changes: ${files}`, next: 'refresh' };
  }
  if (worktree.head !== (state?.head ?? facts.base)) {
    if (force) return work(false, true);
    return { kind: 'refuse', code: 'E_WORKTREE_EDITED', message: 'the worktree has commits that are not in patches/', next: 'refresh' };
  }
  const { keep, resetTo } = prefix(facts);
  const complete = keep === facts.digests.length && resetTo === worktree.head && worktree.attached && state?.phase === 'done';
  return complete ? { kind: 'nothing' } : { kind: 'work', create: false, backup: false, keep, resetTo };
}

/** The patches that need not be applied again: those before the first one that changed. */
function prefix({ state, base, digests }: Facts): { keep: number; resetTo: string } {
  if (state === undefined || state.base !== base) return { keep: 0, resetTo: base };
  let keep = 0;
  while (keep < digests.length && state.applied[keep]?.digest === digests[keep]) keep++;
  return { keep, resetTo: state.applied[keep - 1]?.commit ?? base };
}
