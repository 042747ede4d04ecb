/** Which tables there are, and what goes into them. A table without a row is left out. */
import { NANOSECONDS } from './plan.ts';
import { cell, type Table } from './table.ts';
import { TO_TELL } from './turns.ts';
import { say } from './texts.ts';
import type { Row } from './types.ts';
import { distinct, find, inOrder, nameOf, select, sizesOf, type Wanted } from './variants.ts';

const EMIT_TABLES: readonly (Wanted & { readonly title: string })[] = [
  { fill: false, wake: 'watermark', title: 'Emit a record, mechanism alone, watermark' },
  { fill: false, wake: 'record', title: 'Emit a record, mechanism alone, wake-up per record' },
  { fill: false, wake: 'polled', title: 'Emit a record, mechanism alone, the reader polls after each' },
  { fill: true, wake: 'watermark', title: 'Emit a record, payload stored, watermark' },
  { fill: true, wake: 'record', title: 'Emit a record, payload stored, wake-up per record' },
];

const WAKES = [
  { wake: 'watermark', how: 'watermark' },
  { wake: 'record', how: 'wake-up per record' },
] as const;
const IN_PAGE = { section: 'emit', fill: false, wake: 'watermark' } as const;
/** Meaningless among variants that store a payload. */
const STORES_NOTHING = ['dtrace_pair_only', 'lookup_percpu'];

export function tablesOf(rows: readonly Row[]): Table[] {
  return [
    ...EMIT_TABLES.map(({ title, ...kind }) => grid(title, say(title), emitted(rows, { boot: 'series', ...kind }))),
    bytesTable(rows),
    ...WAKES.map(({ wake, how }) =>
      grid(
        `A record with a string, ${how}`,
        say('A record with a string'),
        select(rows, { section: 'strings', boot: 'series', wake }),
      ),
    ),
    inPageTable(rows),
    reachTable(rows, 'series', 'retpolines on'),
    reachTable(rows, 'series-no-retpoline', 'retpolines off'),
    unusedTable(rows),
    streamTable(rows),
    ...WAKES.map(({ wake, how }) =>
      grid(
        `Emit a record under KVM, ${how}`,
        say('Emit a record under KVM'),
        emitted(rows, { boot: NANOSECONDS, fill: true, wake }),
      ),
    ),
    reachTable(rows, NANOSECONDS, 'under KVM', { unit: 'Nanoseconds', what: ' instruction' }),
    ...distinct(select(rows, { section: 'growth' }), (row) => row.source).map((dimension) =>
      grid(
        `Growth with ${dimension}`,
        say('Growth', { dimension }),
        select(rows, { section: 'growth', source: dimension }),
      ),
    ),
  ].filter((table) => table.rows.length > 0);
}

/** Variants down, sizes across. */
function grid(
  title: string,
  note: string,
  rows: readonly Row[],
  value = (row: Row): number | null => row.value,
): Table {
  const sizes = sizesOf(rows);
  const table = inOrder(distinct(rows, (row) => row.variant)).map((variant) => ({
    label: nameOf(variant),
    cells: sizes.map((size) => select(rows, { variant, size })[0]).map((row) => cell(row && value(row))),
  }));
  return { title, note, columns: sizes.map(String), rows: table };
}

const emitted = (rows: readonly Row[], kind: Wanted): Row[] =>
  select(rows, { section: 'emit', ...kind }).filter(
    (row) => kind.fill !== true || !STORES_NOTHING.includes(row.variant),
  );

/** Rows that RFC v1's reservation is shown among, under another name than the series' own. */
export const renamed = (rows: readonly Row[], boot: string, variant: string, name: string): Row[] =>
  select(rows, { ...IN_PAGE, boot, variant }).map((row) => ({ ...row, variant: name }));

function bytesTable(rows: readonly Row[]): Table {
  const named = ['dtrace_reserve', 'perf_percpu', 'ringbuf_reserve'].flatMap((variant) =>
    renamed(rows, 'series', variant, variant),
  );
  const all = [...named, ...renamed(rows, 'v1-inpage', 'dtrace_reserve', 'RFC v1 (in page)')].filter(
    (row) => row.bytes !== null,
  );
  return grid('Bytes of ring a record', say('Bytes of ring a record'), all, (row) => row.bytes);
}

function inPageTable(rows: readonly Row[]): Table {
  const title = "This series with v1's page rule and zero fill put into it";
  const posted = renamed(rows, 'v1-inpage', 'dtrace_reserve', 'in page, filled (RFC v1)');
  const ours = renamed(rows, 'series', 'dtrace_reserve', 'this series');
  const perf = renamed(rows, 'series', 'perf_percpu', 'perf, per-CPU array');
  return grid(title, say(title), posted.length === 0 ? [] : [...posted, ...ours, ...perf]);
}

function reachTable(
  rows: readonly Row[],
  boot: string,
  label: string,
  unit = { unit: 'Instructions', what: '' },
): Table {
  const mine = select(rows, { section: 'reach', boot });
  const sources = distinct(mine, (row) => row.source);
  const values = (variant: string): (number | undefined)[] =>
    sources.map((source) => select(mine, { variant, source })[0]?.value);
  /** What a cross-type call takes more than a same-type one. */
  const conversion = (index: string, name: string): Table['rows'] => {
    const same = values(`same_${index}`);
    const more = values(`cross_${index}`).map((cross, at) => {
      const less = same[at];
      return cross === undefined || less === undefined ? undefined : cross - less;
    });
    return more.every((each) => each === undefined) ? [] : [{ label: `conversion, ${name}`, cells: more.map(cell) }];
  };
  return {
    title: `Reach the action, ${label}`,
    note: say('Reach the action', unit),
    columns: sources,
    rows: [
      ...inOrder(distinct(mine, (row) => row.variant)).map((variant) => ({
        label: nameOf(variant),
        cells: values(variant).map(cell),
      })),
      ...conversion('const', 'const'),
      ...conversion('var', 'variable'),
    ],
  };
}

function unusedTable(rows: readonly Row[]): Table {
  const title = 'Programs that do not use the feature';
  const sections = [{ section: 'idle' }, { section: 'reach' }, { section: 'emit', size: 48, fill: false }] as const;
  const base = select(rows, { boot: 'base' }).filter((row) =>
    sections.some((wanted) => select([row], wanted).length > 0),
  );
  return {
    title,
    note: say(title),
    columns: ['base', 'series', 'difference'],
    rows: base.flatMap((row) => {
      const { section, variant, source, size, fill, wake, value } = row;
      const now = find(rows, { section, variant, source, size, fill, wake });
      const where = [source, wake === 'record' ? 'wake-up' : wake].filter((each) => each !== null).join(' ');
      const label = `${nameOf(variant).trim()}, ${where}`;
      return now === undefined ? [] : [{ label, cells: [value, now.value, now.value - value].map(cell) }];
    }),
  };
}

/** In a million instructions, by the share that was not lost. */
function recordsPerMillion({ value, extra: { delivered, fired } }: Row): number | undefined {
  return delivered === undefined || fired === undefined ? undefined : ((1e6 / value) * delivered) / fired;
}

function streamTable(rows: readonly Row[]): Table {
  return {
    title: 'End to end',
    note: say('End to end'),
    columns: ['firing', 'per 1M', 'delivered', 'lost', 'reader', 'bytes'],
    rows: select(rows, { section: 'stream' })
      .filter(({ variant }) => !TO_TELL.includes(variant))
      .map((row) => ({
        label: `${row.boot.replace('stream-', '')} ${row.source ?? ''} ${row.variant}`,
        cells: [
          row.value,
          recordsPerMillion(row),
          row.extra['delivered'],
          row.extra['lost'],
          row.extra['reader'],
          row.bytes,
        ].map(cell),
      })),
  };
}
