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
/** Wakes only a reader that has caught up: neither told to wake for each record nor to leave it to a watermark, and a figure of its own. */
const ADAPTIVE = 'ringbuf_adaptive';
/** No alternatives to the whole: parts of another variant. */
const PARTS = ['dtrace_pair_only', 'lookup_percpu'];
const NOT_RIVALS = new Set([OURS, ...PARTS, ADAPTIVE]);

export function targets(rows: readonly Row[]): Target[] {
  return [...reserveCommit(rows), ...everySize(rows), ...adaptive(rows), ...notified(rows), ...crossType(rows)];
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
    const what = wake === 'record' ? 'below every alternative that is forced to wake for each record, at every size' : `below every alternative at every size, ${wake}`;
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

/** Nobody polls within a batch: the ring buffer's reader never catches up and is woken once, as ours is. */
function adaptive(rows: readonly Row[]): Target[] {
  const of = (variant: string): Row[] => rows.filter((row) => row.section === 'emit' && row.boot === 'series' && row.wake === 'record' && row.variant === variant);
  const theirs = of(ADAPTIVE);
  const pairs = of(OURS).flatMap((ours) => theirs.filter((each) => each.size === ours.size && each.fill === ours.fill).map((each) => ({ ours, theirs: each })));
  if (pairs.length === 0) return [];
  const sizes = ascending(distinct(pairs.map(({ ours }) => ours), (row) => row.size));
  const lost = pairs.filter(({ ours, theirs: other }) => ours.value >= other.value);
  const lostSizes = ascending(distinct(lost.map(({ ours }) => ours), (row) => row.size));
  const more = lost.map(({ ours, theirs: other }) => Math.round(ours.value) - Math.round(other.value));
  const range = (side: 'ours' | 'theirs'): string => {
    const values = lost.map((pair) => pair[side].value);
    return `${cell(Math.min(...values))} to ${cell(Math.max(...values))}`;
  };
  const measured = lost.length === 0
    ? `all ${sizes.length} sizes`
    : `${lostSizes.length === sizes.length ? 'below at no size' : `not below at ${describeSizes(lostSizes, sizes)}`}: ${Math.min(...more)} to ${Math.max(...more)} instructions more (${range('ours')} against ${range('theirs')})`;
  return [{ what: "below the ring buffer's default notification, which wakes only a reader that has caught up, at every size", limit: 'all', measured, reached: lost.length === 0 }];
}

/** The strictest form of a wake-up per record: a reader that needs it each time. */
function notified(rows: readonly Row[]): Target[] {
  const find = lookupIn(rows);
  return (['ringbuf_reserve', 'perf_percpu'] as const).flatMap((rival) => {
    const [ours, theirs] = [OURS, rival].map((variant) => find({ section: 'emit', variant, size: 48, fill: false, wake: 'polled' }));
    if (ours === undefined || theirs === undefined) return [];
    const what = `48 bytes, a reader that polls after each record, below ${rival === 'perf_percpu' ? 'perf from a per-CPU array' : 'ringbuf with forced wake-ups'}`;
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
