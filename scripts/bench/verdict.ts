/** How a claim is judged: from rows that are there, to a verdict and one sentence. */
import type { Row, Verdict } from './types.ts';

export interface Finding {
  readonly verdict: Verdict;
  readonly sentence: string;
  /** What it is shown by. */
  readonly rows: readonly Row[];
}

/** Throws NotMeasured. */
export type Judge = (rows: readonly Row[]) => Finding;

/** A difference below this share is no difference: another compiler moves more. */
export const NOTICEABLE = 0.02;

export class NotMeasured extends Error {
  override readonly name = 'NotMeasured';
}

/** What a verdict cannot do without. Throws NotMeasured. */
export function need<T>(found: T | null | undefined): T {
  if (found === null || found === undefined) throw new NotMeasured();
  return found;
}

/** By how many of `all` the claim is right about. */
export const verdictOf = (right: number, all: number): Verdict =>
  right === all ? 'upheld' : right > 0 ? 'it depends' : 'refuted';

export const finding = (verdict: Verdict, sentence: string, rows: readonly Row[]): Finding => ({
  verdict,
  sentence,
  rows,
});
