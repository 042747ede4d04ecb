/** Is it reproducible? A run against an earlier one, row by row. */
import { NANOSECONDS } from './plan.ts';
import { relative } from './statistics.ts';
import type { Results, Row } from './types.ts';

export const TOLERANCE = 0.01;
/** Below this many instructions, one more or less is not a percentage but the clock's rounding. */
const ROUNDING = 1;
/** A copy takes a few instructions more or less by the low bits of its addresses, which are another boot's to choose. */
const COPY = 3;
const COPIES = /^(?:dtrace_perf|perf|kprobe)_|^ringbuf_(?:output|iterate)$/;

export interface Difference {
  readonly key: string;
  readonly before: number;
  readonly now: number;
  readonly relative: number;
}

export interface Comparison {
  /** Same source, same tools: only then is a difference a failure of the method. */
  readonly comparable: boolean;
  readonly compared: number;
  /** Beyond the tolerance, worst first. */
  readonly differences: readonly Difference[];
  /** Largest relative difference of all. */
  readonly worst: number;
  /** Rows of the earlier run, of the sections run now, that are missing now. */
  readonly missing: readonly string[];
}

/** Two boots of two CPUs race on purpose, and time is not instructions; everything else must come out the same. */
function deterministic(row: Row): boolean {
  return row.boot !== NANOSECONDS && row.section !== 'stream' && row.source !== 'CPUs at once';
}

export function compare(before: Results, now: Results): Comparison {
  const old = new Map(before.rows.map((row) => [row.key, row]));
  const current = new Set(now.rows.map((row) => row.key));
  const ran = new Set(now.rows.map((row) => `${row.boot}/${row.section}`));
  const pairs = now.rows.filter(deterministic).flatMap((row) => {
    const earlier = old.get(row.key);
    if (earlier === undefined) return [];
    const close = Math.abs(row.value - earlier.value) < (COPIES.test(row.variant) ? COPY : ROUNDING);
    return [{ key: row.key, before: earlier.value, now: row.value, relative: close ? 0 : relative(row.value, earlier.value) }];
  });
  const { tree, compiler, qemu, cpu } = before.provenance;
  const same = now.provenance;
  return {
    comparable: tree === same.tree && compiler === same.compiler && qemu === same.qemu && cpu === same.cpu,
    compared: pairs.length,
    differences: pairs.filter((pair) => pair.relative > TOLERANCE).sort((a, b) => b.relative - a.relative),
    worst: Math.max(0, ...pairs.map((pair) => pair.relative)),
    missing: before.rows.filter((row) => ran.has(`${row.boot}/${row.section}`) && !current.has(row.key)).map((row) => row.key),
  };
}

/** One sentence for people. */
export function describeComparison(comparison: Comparison): string {
  const { compared, differences, worst, comparable, missing } = comparison;
  if (compared === 0) return 'nothing to compare with: no earlier run has these rows';
  const gone = missing.length === 0 ? '' : `; ${missing.length} rows of the earlier run are missing`;
  const percent = `${(worst * 100).toFixed(2)} %`;
  if (differences.length === 0) return `reproduced: ${compared} rows within ${TOLERANCE * 100} % of the earlier run, or ${COPY} instructions where memory is copied (largest difference ${percent})${gone}`;
  const why = comparable ? 'same source and tools' : 'other source or tools';
  return `${differences.length} of ${compared} rows differ by more than ${TOLERANCE * 100} % from the earlier run (${why}; largest ${percent})${gone}`;
}
