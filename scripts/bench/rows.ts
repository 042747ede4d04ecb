/** From readings to rows: an operation's instructions, net of what the measurement itself costs. */
import { median, round2, spread } from './statistics.ts';
import type { Reading, Row, Section } from './types.ts';

/** The variant that is subtracted, and how closely it must resemble the row it is subtracted from. */
const BASELINES: Partial<Record<Section, { readonly variant: string; readonly same: readonly ('size' | 'fill' | 'wake' | 'source')[]; readonly optional?: true }>> = {
  emit: { variant: 'loop_only', same: ['size', 'fill', 'wake'] },
  strings: { variant: 'loop_only', same: ['size', 'wake'] },
  reach: { variant: 'direct', same: ['source'] },
  idle: { variant: 'detached', same: ['source'] },
  growth: { variant: 'baseline', same: ['source', 'size'], optional: true },
};

const PAGE_BYTES = 4096;
const RESERVES = ['dtrace_reserve', 'dtrace_pair_only'];

export class MissingBaseline extends Error {
  override readonly name = 'MissingBaseline';
}

export function rowKey(reading: Pick<Reading, 'boot' | 'section' | 'variant' | 'source' | 'size' | 'fill' | 'wake'>): string {
  const parts = [
    reading.boot,
    reading.section,
    reading.variant,
    reading.source,
    reading.size,
    reading.fill === null ? null : reading.fill ? 'filled' : 'bare',
    reading.wake,
  ];
  return parts.filter((part) => part !== null).join('/');
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
  const { boot, section, variant, source, size, fill, wake, extra, batch, elapsed } = reading;
  const { bytes, records: _, ...rest } = extra;
  return {
    key: rowKey(reading),
    boot,
    section,
    variant,
    source,
    size,
    fill,
    wake,
    value: round2(median(elapsed) / batch - baseline(reading, readings)),
    spread: round2(spread(elapsed) / batch),
    repetitions: elapsed.length,
    bytes: bytes === undefined || bytes === 0 ? null : round2(bytes / batch),
    extra: rest,
  };
}

function baseline(reading: Reading, readings: readonly Reading[]): number {
  const rule = BASELINES[reading.section];
  if (rule === undefined) return 0;
  const found = readings.find(
    (each) =>
      each.boot === reading.boot &&
      each.section === reading.section &&
      each.variant === rule.variant &&
      rule.same.every((name) => each[name] === reading[name]),
  );
  if (found === undefined && rule.optional === true) return 0;
  if (found === undefined) throw new MissingBaseline(`${rowKey(reading)} has no ${rule.variant} of its boot to subtract`);
  return median(found.elapsed) / found.batch;
}

/** Readings that must not be used: something failed, or records are missing. One sentence each. */
export function problems(readings: readonly Reading[]): string[] {
  return readings.flatMap((reading) => {
    const emitted = reading.section === 'emit' || reading.section === 'strings';
    const records = reading.extra['records'];
    const sends = emitted && !['loop_only', 'lookup_percpu', 'read_only'].includes(reading.variant);
    // RFC v1's records have no header, so a reader cannot count them, but they take room
    const countable = reading.boot !== 'v1-inpage' || !RESERVES.includes(reading.variant);
    if (!countable && reading.extra['bytes'] === 0 && !tooLargeForV1(reading)) return [`${rowKey(reading)}: nothing was written`];
    if (reading.failed > 0) return [`${rowKey(reading)}: ${reading.failed} operations failed`];
    if (sends && countable && records !== reading.batch) {
      return [`${rowKey(reading)}: ${records ?? 0} records arrived, ${reading.batch} were sent`];
    }
    return [];
  });
}
