/** What a run says beside the committed results: is it reproduced, what replaces them, and has it failed. Pure. */
import { compare, describeComparison, type Comparison } from './compare.ts';
import { merge } from './merge.ts';
import type { Results } from './types.ts';

export interface Conclusion {
  /** null when there was nothing to compare with. */
  readonly comparison: Comparison | null;
  /** For people, and for RESULTS.md. */
  readonly sentence: string;
  /** What the committed results become; null when they are of other source or tools and not all of them was measured. */
  readonly merged: Results | null;
  /** Same source and tools, and other numbers. */
  readonly failed: boolean;
}

export function conclude(before: Results | undefined, now: Results): Conclusion {
  const merged = merge(before, now);
  if (before === undefined) return { comparison: null, sentence: 'first run, nothing to compare with', merged, failed: false };
  const comparison = compare(before, now);
  const { comparable, differences, missing } = comparison;
  return { comparison, sentence: describeComparison(comparison), merged, failed: comparable && (differences.length > 0 || missing.length > 0) };
}
