/**
 * Decodes what progs/dtrace-context.bpf.c has written down: the context as the DTRACE program saw it, and the caller's
 * own view. Pure.
 */
import { readI32, readU32, readU64 } from '../../scripts/guest/bytes.ts';
import { readRegisters, REGISTER_FILE, type Registers } from './registers.ts';

const MAX_ARGS = 12;
const REGS_AT = 8;
const ARGS_AT = REGS_AT + 8 * REGISTER_FILE.names.length;
const AFTER_ARGS = ARGS_AT + 8 * MAX_ARGS;
/** enum dtrace_probe_kind of uapi/linux/dtrace.h */
export const PROBE_KIND = {
  none: 0,
  kprobe: 1,
  uprobe: 2,
  tracepoint: 3,
  rawTracepoint: 4,
  perfEvent: 5,
  fentry: 6,
  fexit: 7,
} as const;

const WORDS = [
  'kind',
  'ecb_id',
  'probe_id',
  'prio',
  'cpu',
  'tid',
  'pid',
  'ppid',
  'uid',
  'gid',
  'euid',
  'egid',
] as const;

export type Seen = Record<(typeof WORDS)[number], number> & {
  readonly fired: bigint;
  readonly regs: Registers;
  readonly argv: readonly bigint[];
  readonly task: bigint;
  readonly state: bigint;
  readonly task_pid: number;
  readonly task_tgid: number;
  readonly retval: bigint;
};
export interface Expected {
  readonly fired: bigint;
  readonly regs: Registers;
  readonly args: readonly bigint[];
  readonly current: bigint;
  readonly pid: number;
  readonly tid: number;
  /** current_cred(), as bpf_get_current_uid_gid() reports it in the caller's namespace. */
  readonly uid: number;
  readonly gid: number;
  readonly cpu: number;
  /** Address of the caller's context. */
  readonly ctx: bigint;
}

function words(bytes: Uint8Array): bigint[] {
  return Array.from({ length: MAX_ARGS }, (_, index) => readU64(bytes, ARGS_AT + 8 * index));
}

export function decodeSeen(bytes: Uint8Array): Seen {
  const named = Object.fromEntries(
    WORDS.map((name, index) => [name, readU32(bytes, AFTER_ARGS + 16 + 4 * index)]),
  ) as Record<(typeof WORDS)[number], number>;
  const tail = AFTER_ARGS + 16 + 4 * WORDS.length;
  return {
    ...named,
    fired: readU64(bytes),
    regs: readRegisters(bytes, REGS_AT),
    argv: words(bytes),
    task: readU64(bytes, AFTER_ARGS),
    state: readU64(bytes, AFTER_ARGS + 8),
    task_pid: readI32(bytes, tail),
    task_tgid: readI32(bytes, tail + 4),
    retval: readU64(bytes, tail + 8),
  };
}

export function decodeExpected(bytes: Uint8Array): Expected {
  return {
    fired: readU64(bytes),
    regs: readRegisters(bytes, REGS_AT),
    args: words(bytes),
    current: readU64(bytes, AFTER_ARGS),
    tid: readU32(bytes, AFTER_ARGS + 8),
    pid: readU32(bytes, AFTER_ARGS + 12),
    uid: readU32(bytes, AFTER_ARGS + 16),
    gid: readU32(bytes, AFTER_ARGS + 20),
    cpu: Number(readU64(bytes, AFTER_ARGS + 24)),
    ctx: readU64(bytes, AFTER_ARGS + 32),
  };
}

/** The first six arguments of the function whose registers these are. */
export function abiArguments(regs: Registers): bigint[] {
  return REGISTER_FILE.args.map((name) => regs[name] ?? 0n);
}
