/**
 * What programs are made of besides instructions: helpers, maps, members of the context. Numbers are the kernel's.
 */

export interface Helpers {
  readonly tail_call: number;
  readonly get_current_comm: number;
  readonly perf_event_output: number;
  readonly probe_read_kernel: number;
  readonly loop: number;
  readonly finalize_context: number;
  readonly buffer_reserve: number;
  readonly buffer_commit: number;
  readonly buffer_discard: number;
}

/** On both bases of the series, whose helpers come last; see helpersIn(). */
export const HELPERS: Helpers = {
  tail_call: 12,
  get_current_comm: 16,
  perf_event_output: 25,
  probe_read_kernel: 113,
  loop: 181,
  finalize_context: 212,
  buffer_reserve: 213,
  buffer_commit: 214,
  buffer_discard: 215,
};

/** @param uapi text of include/uapi/linux/bpf.h */
export function helpersIn(uapi: string): Helpers {
  const found = Object.keys(HELPERS).map((name): [string, number] => {
    const number = new RegExp(String.raw`\bFN\(${name}, (\d+)`).exec(uapi)?.[1];
    if (number === undefined) throw new Error(`bpf.h has no helper ${name}`);
    return [name, Number(number)];
  });
  return { ...HELPERS, ...Object.fromEntries(found) };
}

/** The runner's table of maps. */
export const MAP = {
  /** Prog array of DTRACE programs. */
  jmp: 0,
  /** Perf event array with the ring that is looked at. */
  rings: 1,
  /** Perf event array without an event. */
  empty: 2,
  /** What bpf_finalize_context() reads. */
  ecbs: 3,
} as const;

export const ECB = { id: 0x1111, probe: 0x2222 } as const;

/** Slots of `jmp`. */
export const SLOT = { subject: 0, swapped: 1, returns: 2, records: 3, empty: 4, probe: 7 } as const;
export const SLOTS = 8;

/** Offsets in struct dtrace_bpf_context; context.test.ts compares them with the header of the patches. */
export const CTX = { ecb: 0, probe: 4, argv: 64, buf: 176, end: 184 } as const;
export const BUF_ID = CTX.buf;
export const ARGC = 12;

export const COMM = 'fuzz';
/** What a read at NULL is refused with: x86 looks at the address (ERANGE), arm64 at the fault (EFAULT). */
export const NULL_READ = { x86_64: 34n, arm64: 14n } as const;
export const RING_BYTES = 16384;
export const LARGEST_DATA = 65516;

export type ProgType = 'dtrace' | 'raw_tp';
