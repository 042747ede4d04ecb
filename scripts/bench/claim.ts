/** What a claim of the 2019 thread is, and what becomes of it. */
import type { Lookup } from './lookup.ts';
import type { Row } from './types.ts';

export type Verdict = 'upheld' | 'refuted' | 'it depends' | 'not measured';

export interface ClaimResult {
  readonly id: string;
  /** The claim in our words. */
  readonly claim: string;
  readonly verdict: Verdict;
  /** One sentence with the numbers. */
  readonly sentence: string;
  /** Keys of the rows that show it. */
  readonly shownBy: readonly string[];
}

export interface Finding {
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly rows: readonly Row[];
}

export interface Claim {
  readonly id: string;
  readonly claim: string;
  readonly judge: (find: Lookup, rows: readonly Row[]) => Finding | null;
}

/** A difference below this share is no difference: another compiler moves more. */
export const NOTICEABLE = 0.02;
