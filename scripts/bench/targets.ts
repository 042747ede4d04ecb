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
/** Not rivals: a part of another variant; and what neither wakes for each record nor leaves it to a watermark. */
const NOT_RIVALS = new Set([OURS, 'dtrace_pair_only', 'lookup_percpu', 'ringbuf_adaptive']);

export function targets(rows: readonly Row[]): Target[] {
  return [...reserveCommit(rows), ...everySize(rows), ...notified(rows), ...crossType(rows)];
}

function reserveCommit(rows: readonly Row[]): Target[] {
  const find = lookupIn(rows);
  const kind = { section: 'emit', size: 48, fill: false, wake: 'watermark' } as const;
  const ours = find({ ...kind, variant: OURS });
  if (ours === undefined) return [];
  const measured = cell(ours.value);
  const ringbuf = find({ ...kind, variant: 'ringbuf_reserve' });
  const perf = find({ ...kind, variant: 'perf_percpu' });
  const pair = find({ ...kind, variant: 'dtrace_pair_only' });
  const limit = `<= ${RESERVE_COMMIT_LIMIT}`;
  return [
    ...(pair === undefined ? [] : [{ what: 'reserve + commit, 48 bytes, watermark', limit, measured: cell(pair.value), reached: pair.value <= RESERVE_COMMIT_LIMIT }]),
    { what: 'the same with the range test between them', limit, measured, reached: ours.value <= RESERVE_COMMIT_LIMIT },
    ...(ringbuf === undefined ? [] : [{ what: 'with the range test, below ringbuf reserve + submit', limit: `< ${cell(ringbuf.value)}`, measured, reached: ours.value < ringbuf.value }]),
    ...(perf === undefined ? [] : [{ what: 'with the range test, a quarter of perf from a per-CPU array', limit: `<= ${cell(perf.value / 4)}`, measured, reached: ours.value <= perf.value / 4 }]),
  ];
}

function everySize(rows: readonly Row[]): Target[] {
  return (['watermark', 'record'] as const).flatMap((wake) => {
    const emit = rows.filter((row) => row.section === 'emit' && row.boot === 'series' && row.wake === wake);
    const ours = emit.filter((row) => row.variant === OURS);
    if (ours.length === 0) return [];
    const lost = ours.flatMap((row) =>
      emit.filter((each) => !NOT_RIVALS.has(each.variant) && each.size === row.size && each.fill === row.fill && each.value <= row.value),
    );
    const sizes = ascending(distinct(ours, (row) => row.size));
    const better = distinct(lost, (row) => row.variant).map((variant) => `${nameOf(variant).short} at ${describeSizes(ascending(distinct(lost.filter((row) => row.variant === variant), (row) => row.size)), sizes)}`);
    const measured = lost.length === 0 ? `all ${sizes.length} sizes` : `not below ${better.join('; ')}`;
    const what = `below every alternative at every size, ${wake === 'record' ? 'wake-up per record' : wake}`;
    return [{ what, limit: 'all', measured, reached: lost.length === 0 }];
  });
}

/** `some` of `all`, both ascending; neighbours as a range: "all sizes", "8 to 64 and 4096". */
export function describeSizes(some: readonly number[], all: readonly number[]): string {
  if (some.length === all.length && all.length > 1) return 'all sizes';
  const runs: number[][] = [];
  for (const size of some) {
    const run = runs.at(-1);
    if (run !== undefined && all.indexOf(run.at(-1) ?? NaN) + 1 === all.indexOf(size)) run.push(size);
    else runs.push([size]);
  }
  const words = runs.flatMap((run) => (run.length > 2 ? [`${run[0] ?? ''} to ${run.at(-1) ?? ''}`] : run.map(String)));
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

/** The stricter forms of a wake-up per record: against a ring buffer that wakes only when needed, and a reader that needs it each time. */
function notified(rows: readonly Row[]): Target[] {
  const find = lookupIn(rows);
  const at = (variant: string, wake: 'record' | 'polled'): Row | undefined => find({ section: 'emit', variant, size: 48, fill: false, wake });
  const kinds = [
    { what: "48 bytes, below the ring buffer's default notification (wakes a reader that has caught up)", wake: 'record', rival: 'ringbuf_adaptive' },
    { what: '48 bytes, a reader that polls after each record, below ringbuf with forced wake-ups', wake: 'polled', rival: 'ringbuf_reserve' },
    { what: '48 bytes, a reader that polls after each record, below perf from a per-CPU array', wake: 'polled', rival: 'perf_percpu' },
  ] as const;
  return kinds.flatMap(({ what, wake, rival }) => {
    const [ours, theirs] = [at(OURS, wake), at(rival, wake)];
    if (ours === undefined || theirs === undefined) return [];
    return [{ what, limit: `< ${cell(theirs.value)}`, measured: cell(ours.value), reached: ours.value < theirs.value }];
  });
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
