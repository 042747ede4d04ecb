/** What a refresh hands on, whichever base it is of. */
import type { Applied } from '../apply/state.ts';
import type { Commit } from '../series/export.ts';

/** Commits to make files of. */
export interface Given {
  readonly repo: string;
  /** On top of the base, oldest first. */
  readonly commits: readonly Commit[];
  /** Files that a conflict kept from being applied. */
  readonly pending: readonly string[];
  readonly options: RefreshOptions;
  /** What to run when there are no commits. */
  readonly none: string;
}

export interface RefreshOptions {
  readonly adopt: boolean;
  readonly dryRun: boolean;
}

/** A patch whose changes on two bases are further apart than before. */
export interface Drift {
  readonly base: string;
  readonly id: string;
  /** Added and removed lines that only one of the two has. */
  readonly before: number;
  readonly now: number;
}

export interface Exported {
  readonly patches: readonly { readonly id: string; readonly file: string; readonly subject: string }[];
  /** Names under patches/ that were written and deleted; empty when nothing changed. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly drifts: readonly Drift[];
}

export interface RefreshRecord extends Exported {
  readonly stage: 'refresh';
  readonly worktree: string;
  readonly range: string;
  readonly base: string;
}

/** With the commits that the files are now, for the next apply. */
export interface ExportedCommits extends Exported {
  readonly applied: readonly Applied[];
}

export function apart(drifts: readonly Drift[]): Drift[] {
  return drifts.filter(({ before, now }) => now > before);
}
