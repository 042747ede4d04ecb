/** The variants that are measured: what a reader calls them, and how to find their rows. */
import type { Row, Subject } from './types.ts';

/** Names that fit a cover letter's column, in the order of tables and legends. Indented: a part of others. */
const NAMES: Readonly<Record<string, string>> = {
  dtrace_reserve: 'reserve/commit', // bpf_buffer_reserve + stores + bpf_buffer_commit (this series)
  dtrace_pair_only: '  without range test', // the pair alone
  dtrace_perf_percpu: 'perf, DTRACE program', // per-CPU array + bpf_perf_event_output, from a DTRACE program
  lookup_percpu: '  lookup alone', // bpf_map_lookup_elem of the per-CPU array
  perf_percpu: 'perf, per-CPU array', // per-CPU array + bpf_perf_event_output, from a raw tracepoint
  kprobe_percpu: 'perf, kprobe', // the same from a kprobe
  perf_stack: 'perf, stack',
  perf_hash: 'perf, hash map',
  ringbuf_reserve: 'ringbuf reserve', // bpf_ringbuf_reserve + stores + bpf_ringbuf_submit
  ringbuf_adaptive: 'ringbuf adaptive', // the same, and only a reader that has caught up is woken
  ringbuf_output: 'ringbuf output', // per-CPU array + bpf_ringbuf_output
  ringbuf_dynptr: 'ringbuf dynptr', // bpf_ringbuf_reserve_dynptr + stores through bpf_dynptr_data + submit
  ringbuf_iterate: 'ringbuf dynptr_write', // bpf_ringbuf_reserve_dynptr + a bpf_dynptr_write for each 8 bytes + submit
  read_only: '  read alone', // the string read into scratch memory, nothing sent
  bpf2bpf: 'bpf2bpf, static',
  global: 'global function',
  freplace: 'freplace', // global function replaced by freplace
  same_const: 'tail call, const',
  same_var: 'tail call, variable',
  same_empty: 'tail call, empty slot', // variable index, falls through
  cross_const: 'cross-type, const', // into a DTRACE program (this series)
  cross_var: 'cross-type, variable',
  cross_empty: 'cross-type, empty slot',
  no_program: 'page fault alone', // the fault that starts a chain, without a program at its tracepoint
  chain: 'nested chain, a level', // nested DTRACE programs, page faults included
  attached: 'firing', // a whole firing of a program that does nothing
};

export const nameOf = (variant: string): string => NAMES[variant] ?? variant;

/** In the order of the list above, unknown ones last. */
export function inOrder(variants: readonly string[]): string[] {
  const known = Object.keys(NAMES);
  const rank = (variant: string): number => (known.includes(variant) ? known.indexOf(variant) : known.length);
  return [...variants].sort((a, b) => rank(a) - rank(b));
}

export type Wanted = Partial<Subject>;

/** Fields not asked for do not matter. */
export function select<T extends Subject>(rows: readonly T[], wanted: Wanted): T[] {
  const fields = Object.entries(wanted) as [keyof Subject, unknown][];
  return rows.filter((row) => fields.every(([field, value]) => row[field] === value));
}

/** The first in the order of the run; of the series' boot unless another one is asked for. */
export const find = (rows: readonly Row[], wanted: Wanted): Row | undefined =>
  select(rows, { boot: 'series', ...wanted })[0];

/** The values of a field that occur, in order of first occurrence. */
export function distinct<T>(rows: readonly Row[], pick: (row: Row) => T | null): T[] {
  return [...new Set(rows.map(pick).filter((value) => value !== null))];
}

/** The sizes that occur, smallest first. */
export const sizesOf = (rows: readonly Row[]): number[] => distinct(rows, (row) => row.size).sort((a, b) => a - b);
