/** From readings to rows: an operation's instructions, net of what the measurement itself costs. */
import { WorkbenchError } from '../lib/errors.ts';
import { NANOSECONDS } from './plan.ts';
import type { Reading, Row, Section, Subject } from './types.ts';
import { select } from './variants.ts';

interface Baseline {
  readonly variant: string;
  /** How closely it must resemble the row that it is subtracted from. */
  readonly same: readonly ('size' | 'fill' | 'wake' | 'source')[];
  readonly optional?: true;
}

/** The variant that is subtracted. */
const BASELINES: Partial<Record<Section, Baseline>> = {
  emit: { variant: 'loop_only', same: ['size', 'fill', 'wake'] },
  strings: { variant: 'loop_only', same: ['size', 'wake'] },
  reach: { variant: 'direct', same: ['source'] },
  idle: { variant: 'detached', same: ['source'] },
  growth: { variant: 'baseline', same: ['source', 'size'], optional: true },
};

const PAGE_BYTES = 4096;
const RESERVES = ['dtrace_reserve', 'dtrace_pair_only'];
const SEND_NOTHING = ['loop_only', 'lookup_percpu', 'read_only'];
const SHOWN_PROBLEMS = 20;

export class MissingBaseline extends Error {
  override readonly name = 'MissingBaseline';
}

/** Throws on an empty list: a median of nothing is a bug of the caller. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('median of no values');
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** Largest less smallest. */
export const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);

/** Two boots of two CPUs race on purpose, and time is not instructions; everything else must come out the same. */
export const deterministic = ({ boot, section, source }: Subject): boolean =>
  boot !== NANOSECONDS && section !== 'stream' && source !== 'CPUs at once';

/**
 * A batch's instructions are its operations', and what else happened in it: a tick, or the page allocator that gives a
 * list of pages back. That can only add, and falls into so many batches that it moves a median. So the batch counts
 * that took least, but not where batches differ by nature: RFC v1's records by where in a page a batch begins.
 */
export const typical = (reading: Reading): number =>
  deterministic(reading) && reading.boot !== 'v1-inpage' ? Math.min(...reading.elapsed) : median(reading.elapsed);

/** Two decimals: below the clock's own rounding over a batch. Never a negative zero. */
export const round2 = (value: number): number => Math.round(value * 100) / 100 + 0;

export function rowKey({ boot, section, variant, source, size, fill, wake }: Subject): string {
  const stored = fill === null ? null : fill ? 'filled' : 'bare';
  return [boot, section, variant, source, size, stored, wake].filter((part) => part !== null).join('/');
}

/** Rows in the order of the readings, baselines left out. Throws MissingBaseline. */
export function toRows(readings: readonly Reading[]): Row[] {
  return readings
    .filter((reading) => reading.variant !== BASELINES[reading.section]?.variant && !tooLargeForV1(reading))
    .map((reading) => toRow(reading, readings));
}

/** RFC v1 refused records larger than a page; the cost of a refusal is not that of a record. */
function tooLargeForV1({ boot, section, variant, size }: Reading): boolean {
  return boot === 'v1-inpage' && section === 'emit' && RESERVES.includes(variant) && (size ?? 0) > PAGE_BYTES;
}

function toRow(reading: Reading, readings: readonly Reading[]): Row {
  const { boot, section, variant, source, size, fill, wake, batch, elapsed } = reading;
  const { bytes = 0, records: _, ...extra } = reading.extra;
  return {
    key: rowKey(reading),
    boot,
    section,
    variant,
    source,
    size,
    fill,
    wake,
    value: round2(typical(reading) / batch - baseline(reading, readings)),
    spread: round2(spread(elapsed) / batch),
    repetitions: elapsed.length,
    bytes: bytes === 0 ? null : round2(bytes / batch),
    extra,
  };
}

function baseline(reading: Reading, readings: readonly Reading[]): number {
  const { boot, section } = reading;
  const rule = BASELINES[section];
  if (rule === undefined) return 0;
  const same = Object.fromEntries(rule.same.map((field) => [field, reading[field]]));
  const [found] = select(readings, { ...same, boot, section, variant: rule.variant });
  if (found !== undefined) return typical(found) / found.batch;
  if (rule.optional === true) return 0;
  throw new MissingBaseline(`${rowKey(reading)} has no ${rule.variant} of its boot to subtract`);
}

/** Why a reading must not be used: something failed, or records are missing. */
function problem(reading: Reading): string | undefined {
  const {
    boot,
    section,
    variant,
    batch,
    failed,
    extra: { records, bytes },
  } = reading;
  const sends = (section === 'emit' || section === 'strings') && !SEND_NOTHING.includes(variant);
  // RFC v1's records have no header, so a reader cannot count them, but they take room
  const countable = boot !== 'v1-inpage' || !RESERVES.includes(variant);
  if (!countable && bytes === 0 && !tooLargeForV1(reading)) return 'nothing was written';
  if (failed > 0) return `${failed} operations failed`;
  return sends && countable && records !== batch ? `${records ?? 0} records arrived, ${batch} were sent` : undefined;
}

/** One sentence for each reading that must not be used. */
export function problems(readings: readonly Reading[]): string[] {
  return readings.flatMap((reading) => {
    const found = problem(reading);
    return found === undefined ? [] : [`${rowKey(reading)}: ${found}`];
  });
}

/** @throws E_TEST when an operation failed or a record was lost: no row is better than a wrong one */
export function rowsOf(readings: readonly Reading[]): Row[] {
  const wrong = problems(readings);
  if (wrong.length === 0) return toRows(readings);
  throw new WorkbenchError('E_TEST', `${wrong.length} measurements cannot be used`, {
    detail: wrong.slice(0, SHOWN_PROBLEMS).join('\n'),
  });
}
