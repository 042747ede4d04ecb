/** The figures that the series set itself, against the rows of this run. */
import { ascending, distinct, lookupIn } from './lookup.ts';
import { nameOf } from './names.ts';
import { cell } from './table.ts';
import type { Row } from './types.ts';

export interface Target {
  readonly what: string;
  readonly limit: string;
  readonly measured: string;
  readonly reached: boolean;
}

const RESERVE_COMMIT_LIMIT = 125;
const CROSS_TYPE_LIMIT = 20;
const OURS = 'dtrace_reserve';
/** Not rivals: a part of another variant, or another mechanism measured for comparison only. */
const NOT_RIVALS = new Set([OURS, 'dtrace_pair_only', 'lookup_percpu']);

export function targets(rows: readonly Row[]): Target[] {
  return [...reserveCommit(rows), ...everySize(rows), ...crossType(rows)];
}

function reserveCommit(rows: readonly Row[]): Target[] {
  const find = lookupIn(rows);
  const kind = { section: 'emit', size: 48, fill: false, wake: 'watermark' } as const;
  const ours = find({ ...kind, variant: OURS });
  if (ours === undefined) return [];
  const measured = cell(ours.value);
  const ringbuf = find({ ...kind, variant: 'ringbuf_reserve' });
  const perf = find({ ...kind, variant: 'perf_percpu' });
  return [
    { what: 'reserve + commit, 48 bytes, watermark', limit: `<= ${RESERVE_COMMIT_LIMIT}`, measured, reached: ours.value <= RESERVE_COMMIT_LIMIT },
    ...(ringbuf === undefined ? [] : [{ what: 'the same, below ringbuf reserve + submit', limit: `< ${cell(ringbuf.value)}`, measured, reached: ours.value < ringbuf.value }]),
    ...(perf === undefined ? [] : [{ what: 'the same, a quarter of perf from a per-CPU array', limit: `<= ${cell(perf.value / 4)}`, measured, reached: ours.value <= perf.value / 4 }]),
  ];
}

function everySize(rows: readonly Row[]): Target[] {
  const emit = rows.filter((row) => row.section === 'emit' && row.boot === 'series');
  const ours = emit.filter((row) => row.variant === OURS);
  const lost = ours.flatMap((row) =>
    emit
      .filter((each) => !NOT_RIVALS.has(each.variant) && each.size === row.size && each.fill === row.fill && each.wake === row.wake && each.value <= row.value)
      .map((each) => `${nameOf(each.variant).short} at ${each.size}`),
  );
  if (ours.length === 0) return [];
  const sizes = ascending(distinct(ours, (row) => row.size));
  const measured = lost.length === 0 ? `all ${sizes.length} sizes, both wake-ups` : `not below ${[...new Set(lost)].slice(0, 4).join(', ')}`;
  return [{ what: 'below every alternative at every size', limit: 'all', measured, reached: lost.length === 0 }];
}

function crossType(rows: readonly Row[]): Target[] {
  const find = lookupIn(rows);
  return ['kprobe', 'raw_tp', 'tracepoint'].flatMap((source) =>
    ['const', 'var'].flatMap((index) => {
      const cross = find({ section: 'reach', variant: `cross_${index}`, source });
      const same = find({ section: 'reach', variant: `same_${index}`, source });
      if (cross === undefined || same === undefined) return [];
      const more = cross.value - same.value;
      return [{ what: `cross-type over same-type, ${source}, ${index} index`, limit: `<= ${CROSS_TYPE_LIMIT}`, measured: cell(more), reached: more <= CROSS_TYPE_LIMIT }];
    }),
  );
}
