/** What a reader calls the variants. The short name fits a cover letter's column. */
export interface VariantName {
  readonly short: string;
  readonly long: string;
}

const NAMES: Readonly<Record<string, VariantName>> = {
  dtrace_reserve: { short: 'reserve/commit', long: 'bpf_buffer_reserve + stores + bpf_buffer_commit (this series)' },
  dtrace_pair_only: { short: '  without range test', long: 'the pair alone, without the range test (part of the row above)' },
  dtrace_perf_percpu: { short: 'perf, DTRACE program', long: 'per-CPU array + bpf_perf_event_output, from a DTRACE program' },
  lookup_percpu: { short: '  lookup alone', long: 'bpf_map_lookup_elem of the per-CPU array alone (part of others)' },
  perf_percpu: { short: 'perf, per-CPU array', long: 'per-CPU array + bpf_perf_event_output, from a raw tracepoint' },
  kprobe_percpu: { short: 'perf, kprobe', long: 'per-CPU array + bpf_perf_event_output, from a kprobe' },
  perf_stack: { short: 'perf, stack', long: 'stack + bpf_perf_event_output' },
  perf_hash: { short: 'perf, hash map', long: 'hash map + bpf_perf_event_output' },
  ringbuf_reserve: { short: 'ringbuf reserve', long: 'bpf_ringbuf_reserve + stores + bpf_ringbuf_submit' },
  ringbuf_adaptive: { short: 'ringbuf adaptive', long: 'the same with its default notification: only a reader that has caught up is woken' },
  ringbuf_output: { short: 'ringbuf output', long: 'per-CPU array + bpf_ringbuf_output' },
  ringbuf_dynptr: { short: 'ringbuf dynptr', long: 'bpf_ringbuf_reserve_dynptr + stores through bpf_dynptr_data + submit' },
  ringbuf_iterate: { short: 'ringbuf dynptr_write', long: 'bpf_ringbuf_reserve_dynptr + a bpf_dynptr_write for each 8 bytes + submit' },
  read_only: { short: '  read alone', long: 'the string read into scratch memory, nothing sent (part of others)' },
  bpf2bpf: { short: 'bpf2bpf, static', long: 'bpf2bpf call of a static function' },
  global: { short: 'global function', long: 'bpf2bpf call of a global function' },
  freplace: { short: 'freplace', long: 'global function replaced by freplace' },
  same_const: { short: 'tail call, const', long: 'same-type tail call, constant index' },
  same_var: { short: 'tail call, variable', long: 'same-type tail call, variable index' },
  same_empty: { short: 'tail call, empty slot', long: 'same-type tail call, variable index, empty slot (falls through)' },
  cross_const: { short: 'cross-type, const', long: 'cross-type tail call into DTRACE, constant index (this series)' },
  cross_var: { short: 'cross-type, variable', long: 'cross-type tail call into DTRACE, variable index (this series)' },
  cross_empty: { short: 'cross-type, empty slot', long: 'cross-type tail call, variable index, empty slot (falls through)' },
  no_program: { short: 'page fault alone', long: 'the page fault that starts a chain, no program attached to its tracepoint at work' },
  chain: { short: 'nested chain, a level', long: 'a chain of nested DTRACE programs, page faults included' },
  attached: { short: 'firing', long: 'a whole firing of a program that does nothing' },
};

export function nameOf(variant: string): VariantName {
  return NAMES[variant] ?? { short: variant, long: variant };
}

/** In the order of the list above, unknown ones last. */
export function inOrder(variants: readonly string[]): string[] {
  const known = Object.keys(NAMES);
  const rank = (variant: string): number => (known.includes(variant) ? known.indexOf(variant) : known.length);
  return [...variants].sort((a, b) => rank(a) - rank(b));
}
