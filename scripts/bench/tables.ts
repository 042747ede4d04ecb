/** Which tables there are, and what goes into them. A table without a row is left out. */
import { ascending, distinct, lookupIn } from './lookup.ts';
import { inOrder, nameOf } from './names.ts';
import { NANOSECONDS } from './plan.ts';
import { cell, type Table } from './table.ts';
import type { Row } from './types.ts';

const KINDS = [
  { fill: false, wake: 'watermark', title: 'Emit a record, mechanism alone, watermark', note: 'net of loop and payload stores; ringbuf: no wake-up' },
  { fill: false, wake: 'record', title: 'Emit a record, mechanism alone, wake-up per record', note: 'net of loop and payload stores; ringbuf: forced wake-up' },
  { fill: false, wake: 'polled', title: 'Emit a record, mechanism alone, the reader polls after each', note: 'net of loop; every record has to wake the reader; ringbuf: forced wake-up' },
  { fill: true, wake: 'watermark', title: 'Emit a record, payload stored, watermark', note: 'net of loop; every variant stores the same words' },
  { fill: true, wake: 'record', title: 'Emit a record, payload stored, wake-up per record', note: 'net of loop; every variant stores the same words' },
] as const;

/** Meaningless beside variants that store a payload. */
const STORES_NOTHING = new Set(['dtrace_pair_only', 'lookup_percpu']);

export function tablesOf(rows: readonly Row[]): Table[] {
  return [
    ...KINDS.map((kind) => emitTable(rows, kind)),
    bytesTable(rows),
    stringsTable(rows, 'watermark'),
    stringsTable(rows, 'record'),
    inPageTable(rows),
    reachTable(rows, 'series', 'retpolines on'),
    reachTable(rows, 'series-no-retpoline', 'retpolines off'),
    unusedTable(rows),
    streamTable(rows),
    timeTable(rows, 'watermark'),
    timeTable(rows, 'record'),
    { ...reachTable(rows, NANOSECONDS, 'under KVM'), note: "Nanoseconds from the caller's last to the callee's first instruction, by kind of probe, net of the clock." },
    ...growthTables(rows),
  ].filter((table) => table.rows.length > 0);
}

/** Variants down, a number across. */
function grid(rows: readonly Row[], across: (row: Row) => number | null, value: (row: Row) => number | null): Pick<Table, 'columns' | 'rows'> {
  const heads = ascending(distinct(rows, across));
  return {
    columns: heads.map(String),
    rows: inOrder(distinct(rows, (row) => row.variant)).map((variant) => ({
      label: nameOf(variant).short,
      cells: heads.map((head) => {
        const found = rows.find((row) => row.variant === variant && across(row) === head);
        return cell((found === undefined ? null : value(found)) ?? undefined);
      }),
    })),
  };
}

function emitTable(rows: readonly Row[], kind: (typeof KINDS)[number]): Table {
  const mine = rows.filter((row) => row.section === 'emit' && row.boot === 'series' && row.fill === kind.fill && row.wake === kind.wake && !(kind.fill && STORES_NOTHING.has(row.variant)));
  return { title: kind.title, note: `Instructions a record by payload bytes, ${kind.note}.`, ...grid(mine, (row) => row.size, (row) => row.value) };
}

function bytesTable(rows: readonly Row[]): Table {
  const mine = rows.filter((row) => row.section === 'emit' && row.fill === false && row.wake === 'watermark' && row.bytes !== null);
  const named = mine.filter((row) => row.boot === 'series' && ['dtrace_reserve', 'perf_percpu', 'ringbuf_reserve'].includes(row.variant));
  const posted = mine.filter((row) => row.boot === 'v1-inpage' && row.variant === 'dtrace_reserve').map((row) => ({ ...row, variant: 'RFC v1 (in page)' }));
  return { title: 'Bytes of ring a record', note: 'By payload bytes, headers and padding included.', ...grid([...named, ...posted], (row) => row.size, (row) => row.bytes) };
}

function stringsTable(rows: readonly Row[], wake: 'watermark' | 'record'): Table {
  const mine = rows.filter((row) => row.section === 'strings' && row.boot === 'series' && row.wake === wake);
  const how = wake === 'record' ? 'wake-up per record' : 'watermark';
  return {
    title: `A record with a string, ${how}`,
    note: 'Instructions a record by the length of the string; up to 256 bytes are reserved where the length must be known before.',
    ...grid(mine, (row) => row.size, (row) => row.value),
  };
}

function inPageTable(rows: readonly Row[]): Table {
  const pick = (boot: string, variant: string, label: string): Row[] =>
    rows
      .filter((row) => row.section === 'emit' && row.boot === boot && row.variant === variant && row.fill === false && row.wake === 'watermark')
      .map((row) => ({ ...row, variant: label }));
  const posted = pick('v1-inpage', 'dtrace_reserve', 'in page, filled (RFC v1)');
  const others = posted.length === 0 ? [] : [...pick('series', 'dtrace_reserve', 'this series'), ...pick('series', 'perf_percpu', 'perf, per-CPU array')];
  return { title: "This series with v1's page rule and zero fill put into it", note: 'Instructions a record, mechanism alone, watermark. Everything but the rule and the fill is this series\' code. The fill clears what is left of a page each time, half a page on average for small records, eight bytes a store: dearer in memory traffic than it looks here.', ...grid([...posted, ...others], (row) => row.size, (row) => row.value) };
}

function reachTable(rows: readonly Row[], boot: string, label: string): Table {
  const mine = rows.filter((row) => row.section === 'reach' && row.boot === boot);
  const sources = distinct(mine, (row) => row.source);
  return {
    title: `Reach the action, ${label}`,
    note: "Instructions from the caller's last to the callee's first, by kind of probe, net of the clock.",
    columns: sources,
    rows: [
      ...inOrder(distinct(mine, (row) => row.variant)).map((variant) => ({ label: nameOf(variant).short, cells: sources.map((source) => cell(valueOf(mine, variant, source))) })),
      ...['const', 'var'].flatMap((index) => conversion(mine, sources, index)),
    ],
  };
}

function valueOf(rows: readonly Row[], variant: string, source: string): number | undefined {
  return rows.find((row) => row.variant === variant && row.source === source)?.value;
}

/** The conversion's own part: what a cross-type call takes more than a same-type one. */
function conversion(rows: readonly Row[], sources: readonly string[], index: string): Table['rows'] {
  const cells = sources.map((source) => {
    const [cross, same] = [valueOf(rows, `cross_${index}`, source), valueOf(rows, `same_${index}`, source)];
    return cross === undefined || same === undefined ? undefined : cross - same;
  });
  return cells.every((each) => each === undefined) ? [] : [{ label: `conversion, ${nameOf(`cross_${index}`).short.split(', ')[1] ?? index}`, cells: cells.map(cell) }];
}

function unusedTable(rows: readonly Row[]): Table {
  const find = lookupIn(rows);
  const base = rows.filter((row) => row.boot === 'base' && (row.section === 'idle' || row.section === 'reach' || (row.section === 'emit' && row.size === 48 && row.fill === false)));
  return {
    title: 'Programs that do not use the feature',
    note: 'Instructions on the base kernel, with the series, and the difference.',
    columns: ['base', 'series', 'difference'],
    rows: base.flatMap((row) => {
      const { section, variant, source, size, fill, wake } = row;
      const now = find({ section, variant, ...(source === null ? {} : { source }), ...(size === null ? {} : { size }), ...(fill === null ? {} : { fill }), ...(wake === null ? {} : { wake }) });
      if (now === undefined) return [];
      const where = [source, wake === 'record' ? 'wake-up' : wake].filter((each) => each !== null).join(' ');
      return [{ label: `${nameOf(variant).short.trim()}, ${where}`, cells: [cell(row.value), cell(now.value), cell(now.value - row.value)] }];
    }),
  };
}

/** In a million instructions, by the share that was not lost. */
function recordsPerMillion(row: Row): number | undefined {
  const { delivered, fired } = row.extra;
  return delivered === undefined || fired === undefined ? undefined : ((1e6 / row.value) * delivered) / fired;
}

function streamTable(rows: readonly Row[]): Table {
  const mine = rows.filter((row) => row.section === 'stream');
  return {
    title: 'End to end',
    note: 'A kprobe firing for each record, 48 bytes of payload, libbpf reading, wake-ups as libbpf asks for them; `dtrace tool`: 120 bytes, tools/dtrace printing a line for each. Instructions a firing from system call to reader; records that arrive in a million instructions; records delivered and lost; bytes of ring and instructions of the reader a record. Two CPUs share one instruction counter.',
    columns: ['firing', 'per 1M', 'delivered', 'lost', 'reader', 'bytes'],
    rows: mine.map((row) => ({
      label: `${row.boot.replace('stream-', '')} ${row.source ?? ''} ${row.variant}`,
      cells: [row.value, recordsPerMillion(row), row.extra['delivered'], row.extra['lost'], row.extra['reader'], row.bytes ?? undefined].map(cell),
    })),
  };
}

/** Only where KVM works. */
function timeTable(rows: readonly Row[], wake: 'watermark' | 'record'): Table {
  const mine = rows.filter((row) => row.section === 'emit' && row.boot === NANOSECONDS && row.fill === true && row.wake === wake && !STORES_NOTHING.has(row.variant));
  const how = wake === 'record' ? 'wake-up per record' : 'watermark';
  return { title: `Emit a record under KVM, ${how}`, note: 'Nanoseconds a record by payload bytes, payload stored, net of loop.', ...grid(mine, (row) => row.size, (row) => row.value) };
}

function growthTables(rows: readonly Row[]): Table[] {
  const mine = rows.filter((row) => row.section === 'growth');
  return distinct(mine, (row) => row.source).map((dimension) => ({
    title: `Growth with ${dimension}`,
    note: `Instructions an operation, by ${dimension}.`,
    ...grid(mine.filter((row) => row.source === dimension), (row) => row.size, (row) => row.value),
  }));
}
