/** Finding rows by what they measure. */
import type { Row, Section, Wake } from './types.ts';

export interface Wanted {
  readonly section: Section;
  readonly variant: string;
  readonly boot?: string;
  readonly source?: string;
  readonly size?: number;
  readonly fill?: boolean;
  readonly wake?: Wake;
}

export type Lookup = (wanted: Wanted) => Row | undefined;

/** Fields not asked for do not matter; the first match in the order of the run wins. The boot defaults to `series`. */
export function lookupIn(rows: readonly Row[]): Lookup {
  return (wanted) =>
    rows.find(
      (row) =>
        row.section === wanted.section &&
        row.variant === wanted.variant &&
        row.boot === (wanted.boot ?? 'series') &&
        (wanted.source === undefined || row.source === wanted.source) &&
        (wanted.size === undefined || row.size === wanted.size) &&
        (wanted.fill === undefined || row.fill === wanted.fill) &&
        (wanted.wake === undefined || row.wake === wanted.wake),
    );
}

/** The values of a field that occur, in order of first occurrence. */
export function distinct<T>(rows: readonly Row[], pick: (row: Row) => T | null): T[] {
  const found = new Set<T>();
  for (const row of rows) {
    const value = pick(row);
    if (value !== null) found.add(value);
  }
  return [...found];
}

export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
