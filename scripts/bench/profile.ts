/** Which functions a variant's instructions are in: the plugin's counts by address, against the kernel's System.map. */
import type { Table } from './table.ts';
import { say } from './texts.ts';
import type { FunctionShare, Profile } from './types.ts';

/** What to profile. */
export interface Profiled {
  readonly label: string;
  readonly object: string;
  readonly program: string;
  readonly wake: 'watermark' | 'record';
  /** Records a batch. */
  readonly operations: number;
}

const BATCH = 64;
export const OURS_PLAIN = 'reserve/commit';
export const RINGBUF_PLAIN = 'ringbuf reserve';
export const OURS_WOKEN = 'reserve/commit, woken';
export const RINGBUF_WOKEN = 'ringbuf, woken';
export const PERF_WOKEN = 'perf output, woken';
export const OURS_QUIET = 'reserve/commit, not polled';
export const RINGBUF_QUIET = 'ringbuf adaptive, not polled';

/**
 * Part of every run of emit. `woken`: a record a firing, and the reader has polled since the one before; `not polled`:
 * a wake-up of each record is asked for, and nobody polls within a batch.
 */
export const PROFILED: readonly Profiled[] = [
  { label: OURS_PLAIN, object: 'emit-dtrace-48-0', program: 'dtrace_reserve', wake: 'watermark', operations: BATCH },
  { label: RINGBUF_PLAIN, object: 'emit-48-0', program: 'ringbuf_reserve', wake: 'watermark', operations: BATCH },
  { label: OURS_WOKEN, object: 'emit-dtrace-48-0-one', program: 'dtrace_reserve', wake: 'record', operations: 1 },
  { label: RINGBUF_WOKEN, object: 'emit-48-0-one', program: 'ringbuf_reserve', wake: 'record', operations: 1 },
  { label: PERF_WOKEN, object: 'emit-48-0-one', program: 'perf_percpu', wake: 'record', operations: 1 },
  { label: OURS_QUIET, object: 'emit-dtrace-48-0', program: 'dtrace_reserve', wake: 'record', operations: BATCH },
  { label: RINGBUF_QUIET, object: 'emit-48-0', program: 'ringbuf_adaptive', wake: 'record', operations: BATCH },
];

/** From OBJECT/PROGRAM or OBJECT/PROGRAM/record; undefined when it is neither. */
export function parseProfiled(text: string): Profiled | undefined {
  const match = /^(?<object>[\w-]+)\/(?<program>\w+)(?:\/(?<wake>watermark|record))?$/.exec(text);
  const { object, program, wake } = match?.groups ?? {};
  if (object === undefined || program === undefined) return undefined;
  const size = Number(/\d+/.exec(object)?.[0] ?? 0);
  const operations = object.endsWith('-one') ? 1 : size > 8192 ? 16 : BATCH;
  return { label: text, object, program, wake: wake === 'record' ? 'record' : 'watermark', operations };
}

const KERNEL_TEXT = 0xffffffff80000000n;
/** Modules and JITed BPF programs live above the kernel's own text on x86-64. */
const MODULES = 0xffffffffa0000000n;

export class BadCounts extends Error {
  override readonly name = 'BadCounts';
}

export interface CodeSymbol {
  readonly address: bigint;
  readonly name: string;
}

/** The functions of a System.map, lowest address first. */
export function symbolsOf(systemMap: string): CodeSymbol[] {
  return systemMap
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, type]) => type !== undefined && 'tTwW'.includes(type))
    .map(([address, , name = '']) => ({ address: BigInt(`0x${address}`), name }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** Address, instructions and runs of each block of code that ran in a batch. */
const blocksOf = (counts: string): string[][] =>
  counts
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '));

/** All of a batch. */
export const instructions = (counts: string): number =>
  blocksOf(counts).reduce((sum, [, instructions]) => sum + Number(instructions), 0);

/** Batches, the one that took least first. */
export const byInstructions = (counts: readonly string[]): string[] =>
  counts.toSorted((a, b) => instructions(a) - instructions(b));

/** What one of these is in no table and no sentence for; together they are the rest. */
const LEAST_SHARE = 0.5;
export const REST = '(the rest)';

/** @param counts the plugin's, of a batch; largest share first. @throws BadCounts when nothing ran in it */
export function attribute(
  counts: string | undefined,
  symbols: readonly CodeSymbol[],
  operations: number,
): FunctionShare[] {
  const blocks = blocksOf(counts ?? '');
  if (blocks.length === 0) throw new BadCounts('the mark was never reached twice: no batch ran');
  const totals = new Map<string, { value: number; calls: number }>();
  for (const [where = '', instructions, runs] of blocks) {
    const address = BigInt(`0x${where}`);
    const symbol = symbolAt(address, symbols);
    const sum = totals.get(symbol.name) ?? { value: 0, calls: 0 };
    sum.value += Number(instructions);
    if (symbol.address === address) sum.calls += Number(runs);
    totals.set(symbol.name, sum);
  }
  const all = [...totals]
    .map(([name, { value, calls }]) => ({ name, value: value / operations, calls: calls / operations }))
    .sort((a, b) => b.value - a.value);
  const shown = all.filter(({ value }) => value >= LEAST_SHARE);
  const rest = all.slice(shown.length).reduce((sum, { value }) => sum + value, 0);
  return rest === 0 ? shown : [...shown, { name: REST, value: rest, calls: 0 }];
}

/** @param symbols lowest address first; of several at one address the last is named */
function symbolAt(address: bigint, symbols: readonly CodeSymbol[]): Partial<CodeSymbol> & Pick<CodeSymbol, 'name'> {
  if (address >= MODULES) return { name: '(BPF program)' };
  if (address < KERNEL_TEXT) return { name: '(user space)' };
  let low = 0;
  let high = symbols.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((symbols[middle]?.address ?? 0n) <= address) low = middle + 1;
    else high = middle;
  }
  return symbols[low - 1] ?? { name: '(unknown)' };
}

export function shareOf(profile: Profile, name: string): number {
  return profile.shares.find((share) => share.name === name)?.value ?? 0;
}

export const total = ({ shares }: Pick<Profile, 'shares'>): number =>
  shares.reduce((sum, share) => sum + share.value, 0);

/** How often a function is called, an operation. */
export function callsOf(profile: Profile, name: string): number {
  return profile.shares.find((share) => share.name === name)?.calls ?? 0;
}

/** The functions that take so much in one of them, more or less, in the order of the profiles. */
export function namesOf(profiles: readonly Profile[], least = LEAST_SHARE): string[] {
  const shares = profiles.flatMap((each) => each.shares).filter(({ value }) => Math.abs(value) >= least);
  return [...new Set(shares.map(({ name }) => name))].filter((name) => name !== REST);
}

/** Functions down, a column a profile; those without a name are the rest. */
export function profileTable(
  title: string,
  profiles: readonly (Profile & { readonly column: string })[],
  names = namesOf(profiles),
): Table {
  const line = (label: string, of: (profile: Profile) => number): Table['rows'][number] => ({
    label,
    cells: profiles.map((each) => of(each).toFixed(1)).map((value) => (Number(value) === 0 ? '-' : value)),
  });
  const rest = (profile: Profile): number =>
    total(profile) - names.reduce((sum, name) => sum + shareOf(profile, name), 0);
  const rows = [
    ...names.map((name) => line(name, (each) => shareOf(each, name))),
    line(REST, rest),
    line('all', total),
  ];
  const columns = profiles.map((each) => each.column);
  return { title, note: say(title), columns, rows: profiles.length === 0 ? [] : rows };
}
