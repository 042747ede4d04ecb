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

/** Part of every run of emit. `woken`: a record a firing, and the reader has polled since the one before. */
export const PROFILED: readonly Profiled[] = [
  { label: OURS_PLAIN, object: 'emit-dtrace-48-0', program: 'dtrace_reserve', wake: 'watermark', operations: BATCH },
  { label: RINGBUF_PLAIN, object: 'emit-48-0', program: 'ringbuf_reserve', wake: 'watermark', operations: BATCH },
  { label: OURS_WOKEN, object: 'emit-dtrace-48-0-one', program: 'dtrace_reserve', wake: 'record', operations: 1 },
  { label: RINGBUF_WOKEN, object: 'emit-48-0-one', program: 'ringbuf_reserve', wake: 'record', operations: 1 },
  { label: PERF_WOKEN, object: 'emit-48-0-one', program: 'perf_percpu', wake: 'record', operations: 1 },
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

/** Address, type and name. */
const symbolsOf = (systemMap: string): string[][] => systemMap.split('\n').map((line) => line.split(' '));

export function symbolAddress(systemMap: string, name: string): string | undefined {
  return symbolsOf(systemMap).find((words) => words[2] === name)?.[0];
}

/** `counts` is the plugin's output; largest share first. Throws BadCounts when no batch was seen. */
export function attribute(counts: string, systemMap: string, operationsPerBatch: number): FunctionShare[] {
  const symbols = symbolsOf(systemMap)
    .filter(([, type]) => type !== undefined && 'tTwW'.includes(type))
    .map(([address, , name = '']): [bigint, string] => [BigInt(`0x${address}`), name])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const [head = '', ...lines] = counts.split('\n');
  const batches = Number(/^marks (\d+)$/.exec(head)?.[1] ?? 0) / 2;
  if (batches < 1) throw new BadCounts('the mark was never reached twice: no batch ran');
  const totals = new Map<string, number>();
  for (const line of lines) {
    const [address, count] = line.split(' ');
    if (address === undefined || count === undefined) continue;
    const name = nameAt(BigInt(`0x${address}`), symbols);
    totals.set(name, (totals.get(name) ?? 0) + Number(count));
  }
  return [...totals]
    .map(([name, counted]) => ({ name, value: counted / batches / operationsPerBatch }))
    .sort((a, b) => b.value - a.value);
}

/** @param symbols lowest address first; of several at one address the last is named */
function nameAt(address: bigint, symbols: readonly (readonly [bigint, string])[]): string {
  if (address >= MODULES) return '(BPF program)';
  if (address < KERNEL_TEXT) return '(user space)';
  let low = 0;
  let high = symbols.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((symbols[middle]?.[0] ?? 0n) <= address) low = middle + 1;
    else high = middle;
  }
  return symbols[low - 1]?.[1] ?? '(unknown)';
}

export function shareOf(profile: Profile, name: string): number {
  return profile.shares.find((share) => share.name === name)?.value ?? 0;
}

export const total = ({ shares }: Profile): number => shares.reduce((sum, share) => sum + share.value, 0);

/** Functions down, everything above half an instruction; a column a profile. */
export function profileTable(profiles: readonly Profile[]): Table {
  const title = 'Where the instructions are';
  const shares = profiles.flatMap((each) => each.shares).filter((share) => share.value >= 0.5);
  const rows = [...new Set(shares.map((share) => share.name))].map((name) => {
    const values = profiles.map((each) => shareOf(each, name));
    return { label: name, cells: values.map((value) => (value === 0 ? '-' : value.toFixed(1))) };
  });
  const all = profiles.length === 0 ? [] : [{ label: 'all', cells: profiles.map((each) => total(each).toFixed(1)) }];
  return { title, note: say(title), columns: profiles.map((each) => each.label), rows: [...rows, ...all] };
}
