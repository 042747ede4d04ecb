import type { PerfAttr } from '../../selftests/agent/protocol.ts';
import { ARCH_VARIABLE } from './session-protocol.ts';

/** System calls that tests trigger, by architecture. */
export const SYSCALLS_OF = {
  x86_64: {
    read: 0,
    write: 1,
    close: 3,
    getpid: 39,
    kill: 62,
    getuid: 102,
    getppid: 110,
    prctl: 157,
    gettid: 186,
    tkill: 200,
    getpgid: 121,
    getpriority: 140,
    setpriority: 141,
    sched_yield: 24,
    process_vm_readv: 310,
    getrandom: 318,
    mmap: 9,
  },
  arm64: {
    read: 63,
    write: 64,
    close: 57,
    getpid: 172,
    kill: 129,
    getuid: 174,
    getppid: 173,
    prctl: 167,
    gettid: 178,
    tkill: 130,
    getpgid: 155,
    getpriority: 141,
    setpriority: 140,
    sched_yield: 124,
    process_vm_readv: 270,
    getrandom: 278,
    mmap: 222,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What the guest of this topic is. */
export const ARCH = process.env[ARCH_VARIABLE] === 'arm64' ? 'arm64' : 'x86_64';

export const SYSCALLS = SYSCALLS_OF[ARCH];

/** The kernel's function for a system call, for probes. */
export function syscallFunction(name: string): string {
  return `__${ARCH === 'arm64' ? 'arm64' : 'x64'}_sys_${name}`;
}

/** What a BPF output ring is opened with: software event, raw samples written in place, a wake-up per record. */
export const BPF_OUTPUT: PerfAttr = {
  type: 1,
  config: 10n,
  samplePeriod: 1n,
  sampleType: 1n << 10n,
  flags: ['write_in_place'],
  wakeupEvents: 1,
};

/** PERF_COUNT_SW_CPU_CLOCK: an interrupt-driven event, every `periodNs` of CPU time. */
export function cpuClock(periodNs: bigint): PerfAttr {
  return { type: 1, config: 0n, samplePeriod: periodNs };
}

/** PERF_COUNT_SW_PAGE_FAULTS: an event that has an address. */
export function pageFaults(period: bigint): PerfAttr {
  return { type: 1, config: 2n, samplePeriod: period };
}

/** PERF_TYPE_BREAKPOINT: an interrupt behind each access to these bytes, which no mask holds off. */
export function watchpoint(address: bigint, bytes: bigint): PerfAttr {
  return { type: 5, config: 0n, samplePeriod: 1n, bpType: 3, config1: address, config2: bytes };
}

export const PERF_SAMPLE = {
  IP: 1n << 0n,
  TID: 1n << 1n,
  TIME: 1n << 2n,
  ADDR: 1n << 3n,
  READ: 1n << 4n,
  CALLCHAIN: 1n << 5n,
  ID: 1n << 6n,
  CPU: 1n << 7n,
  PERIOD: 1n << 8n,
  STREAM_ID: 1n << 9n,
  RAW: 1n << 10n,
  IDENTIFIER: 1n << 16n,
} as const;
