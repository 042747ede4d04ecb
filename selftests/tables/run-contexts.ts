/**
 * What programs are run with, and what runs them, in bytes of stack on x86-64: on the kernel without the series, in the
 * default configuration. Sizes are those that `pahole -C NAME vmlinux` says, frames those of `scripts/checkstack.pl
 * x86_64 0`. Pure.
 */
import type { ByBase } from './by-base.ts';

/**
 * In the order of progs/run-contexts.bpf.c. perf_buffer and perf_event are not on a stack; a ring is of the first kind.
 */
export const STRUCTURES = [
  'bpf_trace_run_ctx',
  'bpf_session_run_ctx',
  'bpf_kprobe_multi_run_ctx',
  'bpf_uprobe_multi_run_ctx',
  'bpf_perf_event_data_kern',
  'perf_buffer',
  'perf_event',
] as const;

export interface RunCosts {
  readonly sizes: Readonly<Record<(typeof STRUCTURES)[number], number>>;
  readonly frames: Readonly<Record<string, number>>;
}

/** bpf_trace_run1 to bpf_trace_run12: the arguments are on the stack. */
const BPF_TRACE_RUN = Object.fromEntries(
  Array.from({ length: 12 }, (_, index) => [`bpf_trace_run${index + 1}`, 64 + 16 * index]),
);

export const ON_THE_BASE: ByBase<RunCosts> = {
  'v7.3': {
    sizes: {
      bpf_trace_run_ctx: 16,
      bpf_session_run_ctx: 16,
      bpf_kprobe_multi_run_ctx: 32,
      bpf_uprobe_multi_run_ctx: 32,
      bpf_perf_event_data_kern: 24,
      perf_buffer: 272,
      perf_event: 1304,
    },
    frames: {
      __perf_event_overflow: 80,
      trace_call_bpf: 64,
      trace_call_bpf_faultable: 80,
      __uprobe_perf_func: 144,
      kprobe_multi_link_handler: 48,
      kprobe_multi_link_exit_handler: 48,
      uprobe_prog_run: 48,
      ...BPF_TRACE_RUN,
    },
  },
  'v6.12': {
    sizes: {
      bpf_trace_run_ctx: 16,
      bpf_session_run_ctx: 16,
      bpf_kprobe_multi_run_ctx: 32,
      bpf_uprobe_multi_run_ctx: 16,
      bpf_perf_event_data_kern: 24,
      perf_buffer: 280,
      perf_event: 1296,
    },
    frames: {
      __perf_event_overflow: 80,
      trace_call_bpf: 64,
      __uprobe_perf_func: 144,
      kprobe_multi_link_prog_run: 48,
      uprobe_prog_run: 32,
      ...BPF_TRACE_RUN,
    },
  },
};

/** What checkstack.pl prints: `0xADDRESS FUNCTION [FILE]: BYTES`, largest first. */
export function frameOf(name: string, checkstack: string): number | undefined {
  const line = checkstack.split('\n').find((one) => one.split(/\s+/)[1] === name);
  return line === undefined ? undefined : Number(/(\d+)$/.exec(line.trim())?.[1]);
}

/** Where the functions begin that System.map has, by its lines `ADDRESS TYPE NAME`. */
export function startsOf(names: readonly string[], map: string): { readonly name: string; readonly start: bigint }[] {
  return map.split('\n').flatMap((line) => {
    const [address, , name] = line.split(' ');
    return name !== undefined && names.includes(name) ? [{ name, start: BigInt(`0x${address}`) }] : [];
  });
}
