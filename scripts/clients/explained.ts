/** Differences between base and series that are as they should be, each with its reason. Pure. */
import type { ClientDifference } from '../records/clients.ts';
import type { Difference } from '../records/regress.ts';
import { matchesGlob } from '../regress/glob.ts';

export interface Explained {
  readonly suite: string;
  /** Of results; `*` as in names of tests. */
  readonly name: string;
  /** What the difference has to be called. */
  readonly kind: string;
  readonly reason: string;
}

export const EXPLAINED: readonly Explained[] = [];

/** What others say of themselves: it may fail on the base. Our own checks of a client are to pass there. */
const THEIRS = ['dtrace', 'kernel'];

/** All is red until a row explains it: also what is new, and a check that says nothing as it fails on both. */
export function explain(
  differences: readonly Difference[],
  rows: readonly Explained[] = EXPLAINED,
): ClientDifference[] {
  return differences.map((one) => {
    const row = rows.find(
      ({ suite, name, kind }) => suite === one.suite && kind === one.kind && matchesGlob(one.name, name),
    );
    return {
      ...one,
      red: row === undefined && !(one.kind === 'fails on both' && THEIRS.includes(one.suite)),
      reason: row?.reason ?? '',
    };
  });
}

/** Rows that explain nothing of what was run. @param suites that were run in full */
export function unusedOf(
  differences: readonly ClientDifference[],
  suites: readonly string[],
  rows: readonly Explained[] = EXPLAINED,
): string[] {
  return rows
    .filter(({ suite, reason }) => suites.includes(suite) && !differences.some((one) => one.reason === reason))
    .map(({ suite, name }) => `nothing is explained by the row ${suite}: ${name}`);
}
