/** Which functions a variant's instructions are in: the plugin's counts by address, against the kernel's System.map. */
import type { Table } from './table.ts';

export interface FunctionShare {
  readonly name: string;
  /** Instructions an operation. */
  readonly value: number;
}

const KERNEL_TEXT = 0xffffffff80000000n;
/** Modules and JITed BPF programs live above the kernel's own text on x86-64. */
const MODULES = 0xffffffffa0000000n;

export class BadCounts extends Error {
  override readonly name = 'BadCounts';
}

export function symbolAddress(systemMap: string, name: string): string | undefined {
  return systemMap.split('\n').map((line) => line.split(' ')).find((words) => words[2] === name)?.[0];
}

/** `counts` is the plugin's output; largest share first. Throws BadCounts when no batch was seen. */
export function attribute(counts: string, systemMap: string, operationsPerBatch: number): FunctionShare[] {
  const symbols = systemMap
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, type]) => type !== undefined && 'tTwW'.includes(type))
    .map(([address, , name]) => ({ address: BigInt(`0x${address}`), name: name ?? '' }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
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
    .map(([name, total]) => ({ name, value: total / batches / operationsPerBatch }))
    .sort((a, b) => b.value - a.value);
}

function nameAt(address: bigint, symbols: readonly { readonly address: bigint; readonly name: string }[]): string {
  if (address >= MODULES) return '(BPF program)';
  if (address < KERNEL_TEXT) return '(user space)';
  let low = 0;
  let high = symbols.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((symbols[middle]?.address ?? 0n) <= address) low = middle + 1;
    else high = middle;
  }
  return symbols[low - 1]?.name ?? '(unknown)';
}

/** Everything above half an instruction. */
export function profileTable(what: string, shares: readonly FunctionShare[]): Table {
  const total = shares.reduce((sum, share) => sum + share.value, 0);
  return {
    title: what,
    note: 'Instructions an operation by function, the loop included.',
    columns: ['instructions'],
    rows: [...shares.filter((share) => share.value >= 0.5), { name: 'all', value: total }].map(({ name, value }) => ({ label: name, cells: [value.toFixed(1)] })),
  };
}
