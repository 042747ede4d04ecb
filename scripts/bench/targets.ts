/** The figures that the series set itself, against the rows of this run. */
import { cell, type Table } from './table.ts';
import { say } from './texts.ts';
import type { Row } from './types.ts';
import { distinct, find, nameOf, select, sizesOf, type Wanted } from './variants.ts';

export interface Target {
  readonly what: string;
  readonly limit: string;
  readonly measured: string;
  readonly reached: boolean;
}

const RESERVE_COMMIT_LIMIT = 125;
const CROSS_TYPE_LIMIT = 20;
const READER_LIMIT = 40;
const OURS = 'dtrace_reserve';
/** Wakes only a reader that has caught up: neither for each record nor by a watermark, and a figure of its own. */
const ADAPTIVE = 'ringbuf_adaptive';
/** No alternatives to the whole: parts of another variant. */
const NOT_RIVALS = new Set([OURS, 'dtrace_pair_only', 'lookup_percpu', ADAPTIVE]);

export function targets(rows: readonly Row[]): Target[] {
  return [
    ...reserveCommit(rows),
    ...everySize(rows, 'watermark'),
    ...everySize(rows, 'record'),
    ...adaptive(rows),
    ...notified(rows),
    ...crossType(rows),
    ...endToEnd(rows),
  ];
}

/** As rows of a table under `limit`, `measured` and the outcome. */
export function targetRows(rows: readonly Row[]): Table['rows'] {
  return targets(rows).map(({ what, limit, measured, reached }) => ({
    label: what,
    cells: [limit, measured, reached ? 'reached' : 'missed'],
  }));
}

/** Limits are whole instructions, and a part of one is a tick that fell into a batch. */
const exceeds = (value: number, limit: number): boolean => Math.round(value) > Math.round(limit);
const atMost = (what: string, value: number, limit: number): Target => ({
  what,
  limit: `<= ${cell(limit)}`,
  measured: cell(value),
  reached: !exceeds(value, limit),
});
const below = (what: string, value: number, limit: number): Target => ({
  what,
  limit: `< ${cell(limit)}`,
  measured: cell(value),
  reached: value < limit,
});
const above = (what: string, value: number, limit: number): Target => ({
  what,
  limit: `> ${cell(limit)}`,
  measured: cell(value),
  reached: value > limit,
});
/** At every size, or where not. */
const everywhere = (what: string, sizes: readonly number[], missed: string | undefined): Target => ({
  what,
  limit: 'all',
  measured: missed ?? `all ${sizes.length} sizes`,
  reached: missed === undefined,
});

function reserveCommit(rows: readonly Row[]): Target[] {
  const at48 = (variant: string): Row | undefined =>
    find(rows, { section: 'emit', size: 48, fill: false, wake: 'watermark', variant });
  const [ours, pair, ringbuf, perf] = [OURS, 'dtrace_pair_only', 'ringbuf_reserve', 'perf_percpu'].map(at48);
  if (ours === undefined) return [];
  return [
    ...(pair === undefined ? [] : [atMost(say('figure: pair'), pair.value, RESERVE_COMMIT_LIMIT)]),
    atMost(say('figure: tested'), ours.value, RESERVE_COMMIT_LIMIT),
    ...(ringbuf === undefined ? [] : [below(say('figure: ringbuf'), ours.value, ringbuf.value)]),
    ...(perf === undefined ? [] : [atMost(say('figure: perf'), ours.value, perf.value / 4)]),
  ];
}

function everySize(rows: readonly Row[], wake: 'watermark' | 'record'): Target[] {
  const emit = select(rows, { section: 'emit', boot: 'series', wake });
  const ours = select(emit, { variant: OURS });
  if (ours.length === 0) return [];
  const rivals = emit.filter((row) => !NOT_RIVALS.has(row.variant));
  const lost = ours.flatMap(({ size, fill, value }) =>
    select(rivals, { size, fill }).filter((row) => row.value <= value),
  );
  const sizes = sizesOf(ours);
  const where = distinct(lost, (row) => row.variant).map(
    (variant) => `${nameOf(variant)} at ${describeSizes(sizesOf(select(lost, { variant })), sizes)}`,
  );
  return [everywhere(say(`figure: ${wake}`), sizes, lost.length === 0 ? undefined : `not below ${where.join('; ')}`)];
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

/** The reader does not poll within a batch: the ring buffer's never catches up and is woken once, as ours is. */
function adaptive(rows: readonly Row[]): Target[] {
  const woken: Wanted = { section: 'emit', boot: 'series', wake: 'record' };
  const pairs = select(rows, { ...woken, variant: OURS }).flatMap((ours) =>
    select(rows, { ...woken, variant: ADAPTIVE, size: ours.size, fill: ours.fill }).map((theirs) => ({ ours, theirs })),
  );
  if (pairs.length === 0) return [];
  const what = say('figure: adaptive');
  const sizes = sizesOf(pairs.map(({ ours }) => ours));
  const lost = pairs.filter(({ ours, theirs }) => exceeds(ours.value, theirs.value));
  if (lost.length === 0) return [everywhere(what, sizes, undefined)];
  const lostSizes = sizesOf(lost.map(({ ours }) => ours));
  const more = lost.map(({ ours, theirs }) => Math.round(ours.value) - Math.round(theirs.value));
  const range = (values: readonly number[]): string => `${cell(Math.min(...values))} to ${cell(Math.max(...values))}`;
  return [
    everywhere(
      what,
      sizes,
      say('figure: adaptive missed', {
        where:
          lostSizes.length === sizes.length ? 'above at every size' : `above at ${describeSizes(lostSizes, sizes)}`,
        least: Math.min(...more),
        most: Math.max(...more),
        ours: range(lost.map(({ ours }) => ours.value)),
        theirs: range(lost.map(({ theirs }) => theirs.value)),
      }),
    ),
  ];
}

/** The strictest form of a wake-up per record: a reader that needs it each time. */
function notified(rows: readonly Row[]): Target[] {
  const rivals = { ringbuf_reserve: 'ringbuf with forced wake-ups', perf_percpu: 'perf from a per-CPU array' };
  return Object.entries(rivals).flatMap(([variant, rival]) => {
    const [ours, theirs] = [OURS, variant].map((each) =>
      find(rows, { section: 'emit', variant: each, size: 48, fill: false, wake: 'polled' }),
    );
    return ours === undefined || theirs === undefined
      ? []
      : [below(say('figure: polled', { rival }), ours.value, theirs.value)];
  });
}

function crossType(rows: readonly Row[]): Target[] {
  return ['kprobe', 'raw_tp', 'tracepoint'].flatMap((source) =>
    ['const', 'var'].flatMap((index) => {
      const [cross, same] = ['cross', 'same'].map((kind) =>
        find(rows, { section: 'reach', variant: `${kind}_${index}`, source }),
      );
      if (cross === undefined || same === undefined) return [];
      return [atMost(say('figure: cross-type', { source, index }), cross.value - same.value, CROSS_TYPE_LIMIT)];
    }),
  );
}

/** A record's way to a reader with each number of CPUs, against both others; the reader has a limit of its own. */
function endToEnd(rows: readonly Row[]): Target[] {
  return [1, 2].flatMap((cpus) => {
    const way = (source: string, variant: string): Row | undefined =>
      find(rows, { boot: `stream-${cpus}cpu`, section: 'stream', source, variant });
    const [ours, ringbuf] = ['dtrace', 'ringbuf'].map((source) => way(source, 'steady'));
    const [more, ...others] = ['dtrace', 'ringbuf', 'perf'].map((each) => way(each, 'overload')?.extra['delivered']);
    const reader = ours?.extra['reader'];
    const most = Math.max(...others.map((each = NaN) => each));
    return [
      ...(ours === undefined || ringbuf === undefined
        ? []
        : [below(say('figure: end to end', { cpus }), ours.value, ringbuf.value)]),
      ...(reader === undefined ? [] : [atMost(say('figure: reader', { cpus }), reader, READER_LIMIT)]),
      ...(more === undefined || Number.isNaN(most) ? [] : [above(say('figure: overload', { cpus }), more, most)]),
    ];
  });
}
