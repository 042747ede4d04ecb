/** What a run says about the committed results: is it reproduced, what replaces them, and has it failed. Pure. */
import { deterministic } from './rows.ts';
import type { Provenance, Results, Subject } from './types.ts';

const TOLERANCE = 0.01;
/** Below this many instructions, one more or less is not a percentage but the clock's rounding. */
const ROUNDING = 1;
/** A copy takes a few instructions more or less by the low bits of its addresses, which differ from boot to boot. */
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

export interface Conclusion {
  /** null when there was nothing to compare with. */
  readonly comparison: Comparison | null;
  /** For people, and for RESULTS.md. */
  readonly sentence: string;
  /** What the committed results become; null when they are of other source or tools and only a part was measured. */
  readonly merged: Results | null;
  /** Same source and tools, and other numbers. */
  readonly failed: boolean;
}

const sameOrigin = (a: Provenance, b: Provenance): boolean =>
  (['tree', 'compiler', 'qemu', 'cpu'] as const).every((what) => a[what] === b[what]);

/** Whether it is of a boot and a section that this run has, too. */
function ranIn(now: Results): (one: Pick<Subject, 'boot' | 'section'>) => boolean {
  const ran = new Set(now.rows.map((row) => `${row.boot}/${row.section}`));
  return ({ boot, section }) => ran.has(`${boot}/${section}`);
}

/** Relative difference against the larger of the two; 0 for equal values, zero included. */
export function relative(a: number, b: number): number {
  const scale = Math.max(Math.abs(a), Math.abs(b));
  return scale === 0 ? 0 : Math.abs(a - b) / scale;
}

export function compare(before: Results, now: Results): Comparison {
  const old = new Map(before.rows.map((row) => [row.key, row.value]));
  const current = new Set(now.rows.map((row) => row.key));
  const pairs = now.rows.filter(deterministic).flatMap(({ key, variant, value }) => {
    const earlier = old.get(key);
    if (earlier === undefined) return [];
    const close = Math.abs(value - earlier) < (COPIES.test(variant) ? COPY : ROUNDING);
    return [{ key, before: earlier, now: value, relative: close ? 0 : relative(value, earlier) }];
  });
  return {
    comparable: sameOrigin(before.provenance, now.provenance),
    compared: pairs.length,
    differences: pairs.filter((pair) => pair.relative > TOLERANCE).sort((a, b) => b.relative - a.relative),
    worst: Math.max(0, ...pairs.map((pair) => pair.relative)),
    missing: before.rows
      .filter(ranIn(now))
      .map((row) => row.key)
      .filter((key) => !current.has(key)),
  };
}

/** One sentence for people. */
export function describeComparison({ compared, differences, worst, comparable, missing }: Comparison): string {
  if (compared === 0) return 'nothing to compare with: no earlier run has these rows';
  const gone = missing.length === 0 ? '' : `; ${missing.length} rows of the earlier run are missing`;
  const [limit, largest] = [`${TOLERANCE * 100} %`, `${(worst * 100).toFixed(2)} %`];
  if (differences.length === 0) {
    const within = `within ${limit} of the earlier run, or ${COPY} instructions where memory is copied`;
    return `reproduced: ${compared} rows ${within} (largest difference ${largest})${gone}`;
  }
  const why = comparable ? 'same source and tools' : 'other source or tools';
  const differ = `${differences.length} of ${compared} rows differ by more than ${limit} from the earlier run`;
  return `${differ} (${why}; largest ${largest})${gone}`;
}

/** A run of some sections replaces their rows and leaves the others, when both are of the same source and tools. */
export function merge(before: Results | undefined, now: Results): Results | null {
  if (before === undefined) return now;
  const ran = ranIn(now);
  const kept = before.rows.filter((row) => !ran(row));
  if (kept.length > 0 && !sameOrigin(before.provenance, now.provenance)) return null;
  // with no row of it left, nothing of that run is: its code may have been another
  const others = kept.length === 0 ? [] : (before.profiles ?? []).filter((profile) => !ran(profile));
  return {
    provenance: now.provenance,
    rows: [...kept, ...now.rows],
    profiles: [...others, ...(now.profiles ?? [])],
  };
}

export function conclude(before: Results | undefined, now: Results): Conclusion {
  const merged = merge(before, now);
  if (before === undefined)
    return { comparison: null, sentence: 'first run, nothing to compare with', merged, failed: false };
  const comparison = compare(before, now);
  const { comparable, differences, missing } = comparison;
  return {
    comparison,
    sentence: describeComparison(comparison),
    merged,
    failed: comparable && differences.length + missing.length > 0,
  };
}
