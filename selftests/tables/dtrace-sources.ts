/**
 * Sources, and what the documentation says reaches an action from each: kind, argv, retval, cookie, regs. Pure; what
 * progs/dtrace-sources.h writes down is decoded here.
 */
import { readU64 } from '../../scripts/guest/bytes.ts';
import type { Attachment } from '../agent/protocol.ts';
import { byBase, type ByBase } from './by-base.ts';
import { abiArguments, PROBE_KIND } from './dtrace-context.ts';
import { readRegisters, REGISTER_FILE, type Registers } from './registers.ts';

const MAX_ARGS = 12;
const WORDS = 4;
const FIRST_AT = 8 * (WORDS + MAX_ARGS);

/** What an action has seen of the last firing, and which kind the first one was. */
export interface Seen {
  readonly fired: bigint;
  readonly first: bigint;
  readonly kind: bigint;
  readonly retval: bigint;
  readonly cookie: bigint;
  readonly argv: readonly bigint[];
  readonly regs: Registers;
}

/** What its caller has. second: an argument that only the caller can read. */
export interface CallerSaw {
  readonly cookie: bigint;
  readonly second: bigint;
  readonly usdtCookie: bigint;
  readonly regs: Registers;
}

export function decodeView(bytes: Uint8Array): Seen {
  const word = (index: number): bigint => readU64(bytes, 8 * index);
  return {
    fired: word(0),
    kind: word(1),
    retval: BigInt.asIntN(64, word(2)),
    cookie: word(3),
    argv: Array.from({ length: MAX_ARGS }, (_, index) => word(WORDS + index)),
    first: readU64(bytes, FIRST_AT),
    regs: readRegisters(bytes, FIRST_AT + 8),
  };
}

export function decodeCaller(bytes: Uint8Array): CallerSaw {
  const word = (index: number): bigint => readU64(bytes, 8 * index);
  return { cookie: word(0), second: word(1), usdtCookie: word(2), regs: readRegisters(bytes, 24) };
}

/** argv: these, and 0 behind them. */
export const padded = (...args: readonly bigint[]): bigint[] => [
  ...args,
  ...Array<bigint>(MAX_ARGS - args.length).fill(0n),
];

/** Six arguments without a bit in common position, none of which would make mmap() do anything. */
export const MMAP_ARGS = [
  ...[0x1111_0000_0000_1000n, 0x2222_0000_0000_0002n, 0x3333_0000_0000_0003n],
  ...[0x4444n, 0x5555_5555n, 0n],
];
const MMAP_RETURNS = -9n; // EBADF
export const CALL_ARGS = [0xa1n, 0xa2n, 0xa3n, 0xa4n, 0xa5n, 0xa6n];
const CALL_RETURNS = CALL_ARGS.reduce((all, one) => all ^ one);
export const USDT_ARGS = [0x51n, 0x52n];
export const COOKIE = 0xc00c_1e00_c00c_1e00n;

/** What a test run of a tracing program calls, among others: bpf_fentry_test1(1). */
const TEST_FUNCTION = 'bpf_fentry_test1';
const TEST_COOKIE = 0x7e57_c00c_1e00_7e57n;

export interface Source {
  readonly program: string;
  /** What else the name of the test says. */
  readonly as?: string;
  /** @param lib the path of the native library */
  readonly to: (lib: string) => Attachment;
  readonly fire: 'mmap' | 'call' | 'usdt' | 'test run';
  /** null: also for what else happens meanwhile. */
  readonly fired: bigint | null;
  readonly kind: bigint;
  readonly first?: bigint;
  /** registers: what those of arguments hold. */
  readonly argv: readonly bigint[] | 'registers' | ((caller: CallerSaw, seen: Seen) => readonly bigint[]);
  /** register: what the one of return values holds. */
  readonly retval: bigint | 'register';
  readonly cookie: bigint;
  /** Those of the probe, as its caller has read them; or what the kernel tells of itself. */
  readonly regs: 'probe' | 'kernel';
  /** Where it is, and why nowhere else. */
  readonly onlyOn?: readonly [arch: 'x86_64', why: string];
}

const KPROBE = BigInt(PROBE_KIND.kprobe);
const UPROBE = BigInt(PROBE_KIND.uprobe);
const FENTRY = BigInt(PROBE_KIND.fentry);
const FEXIT = BigInt(PROBE_KIND.fexit);

const AT_MMAP = { fire: 'mmap', fired: 1n, cookie: COOKIE } as const;
const AT_CALL = { fire: 'call', fired: 1n, cookie: COOKIE, kind: UPROBE, regs: 'probe' } as const;
const OF_KPROBE = { ...AT_MMAP, kind: KPROBE, regs: 'probe' } as const;

/** What there is to be had at the entry, and at the return. */
const ENTERS_MMAP = { argv: padded(...MMAP_ARGS), retval: 'register' } as const;
const LEAVES_MMAP = { argv: 'registers', retval: MMAP_RETURNS } as const;
const ENTERS_CALL = { argv: padded(...CALL_ARGS), retval: 'register' } as const;
const LEAVES_CALL = { argv: 'registers', retval: CALL_RETURNS } as const;
/** A function has no return value before it has returned; the arguments stay. */
const FUNCTION = { ...AT_MMAP, regs: 'kernel', argv: padded(...MMAP_ARGS) } as const;
const ENTERS_FUNCTION = { ...FUNCTION, kind: FENTRY, retval: 0n } as const;
const LEAVES_FUNCTION = { ...FUNCTION, kind: FEXIT, retval: MMAP_RETURNS } as const;
/** The action returns 1, and the return is traced all the same. */
const BOTH_OF_FUNCTION = { ...LEAVES_FUNCTION, fired: 2n, first: FENTRY } as const;

const kprobe = (ret: boolean) => (): Attachment => ({ kind: 'kprobe', func: 'ksys_mmap_pgoff', ret, cookie: COOKIE });
const kprobeMulti =
  (more: Partial<Extract<Attachment, { kind: 'kprobe_multi' }>> = {}) =>
  (): Attachment => ({ kind: 'kprobe_multi', syms: ['ksys_mmap_pgoff'], cookies: [COOKIE], ...more });
const uprobe =
  (kind: 'uprobe' | 'uprobe_multi', ret: boolean) =>
  (path: string): Attachment => ({ kind, path, func: 'uprobe_six', ret, cookie: COOKIE });
const uprobeSession = (path: string): Attachment => ({
  kind: 'uprobe_session',
  path,
  func: 'uprobe_six',
  cookie: COOKIE,
});
const traced = (): Attachment => ({ kind: 'trace', cookie: COOKIE });
/** Two functions, of six arguments and of one. */
const tracedTwo = (): Attachment => ({
  kind: 'trace_multi',
  funcs: ['ksys_mmap_pgoff', TEST_FUNCTION],
  cookies: [COOKIE, TEST_COOKIE],
});

const SOURCES: readonly Source[] = [
  { ...OF_KPROBE, ...ENTERS_MMAP, program: 'from_kprobe', to: kprobe(false) },
  { ...OF_KPROBE, ...LEAVES_MMAP, program: 'from_kretprobe', to: kprobe(true) },
  { ...OF_KPROBE, ...ENTERS_MMAP, program: 'from_kprobe_multi', to: kprobeMulti() },
  { ...OF_KPROBE, ...LEAVES_MMAP, program: 'from_kretprobe_multi', to: kprobeMulti({ ret: true }) },
  // the action returns 1, which would keep a session's return probe from being run
  { ...OF_KPROBE, ...LEAVES_MMAP, program: 'from_kprobe_session', to: kprobeMulti({ session: true }), fired: 2n },
  { ...AT_CALL, ...ENTERS_CALL, program: 'from_uprobe', to: uprobe('uprobe', false) },
  { ...AT_CALL, ...LEAVES_CALL, program: 'from_uretprobe', to: uprobe('uprobe', true) },
  { ...AT_CALL, ...ENTERS_CALL, program: 'from_uprobe_multi', to: uprobe('uprobe_multi', false) },
  { ...AT_CALL, ...LEAVES_CALL, program: 'from_uretprobe_multi', to: uprobe('uprobe_multi', true) },
  { ...ENTERS_FUNCTION, program: 'from_fentry', to: traced },
  { ...LEAVES_FUNCTION, program: 'from_fexit', to: traced },
  {
    ...AT_MMAP,
    program: 'from_tracepoint',
    as: ' of system calls',
    to: () => ({ kind: 'tracepoint', category: 'syscalls', name: 'sys_exit_mmap', cookie: COOKIE }),
    kind: BigInt(PROBE_KIND.tracepoint),
    argv: ({ second: record }) => padded(record),
    retval: 0n,
    regs: 'probe',
  },
  {
    ...AT_MMAP,
    program: 'from_raw_tp_w',
    to: () => ({ kind: 'raw_tracepoint', name: 'sys_exit', cookie: COOKIE }),
    fired: null,
    kind: BigInt(PROBE_KIND.rawTracepoint),
    argv: ({ second }, { argv }) => padded(argv[0] ?? 0n, second),
    retval: 0n,
    regs: 'kernel',
  },
];

/** The kernel has one cookie, which is libbpf's: the number of where the arguments are. */
export const USDT: Source = {
  program: 'from_usdt',
  to: (path) => ({ kind: 'usdt', path, provider: 'selftests', name: 'two', cookie: COOKIE }),
  ...{ fire: 'usdt', fired: 1n, kind: UPROBE, argv: 'registers', retval: 'register', cookie: 0n, regs: 'probe' },
};

const MULTI = {
  to: tracedTwo,
  onlyOn: ['x86_64', 'arm64 has no HAVE_SINGLE_FTRACE_DIRECT_OPS, without which no such link is made'],
} as const;

/** What else a base has: its kernels take these programs, and older ones refuse them. */
const MORE: ByBase<readonly Source[]> = {
  'v6.12': [],
  'v7.3': [
    { ...AT_CALL, ...LEAVES_CALL, program: 'from_uprobe_session', to: uprobeSession, fired: 2n },
    { ...BOTH_OF_FUNCTION, program: 'from_fsession', to: traced },
    { ...ENTERS_FUNCTION, ...MULTI, program: 'from_fentry_multi' },
    { ...LEAVES_FUNCTION, ...MULTI, program: 'from_fexit_multi' },
    { ...BOTH_OF_FUNCTION, ...MULTI, program: 'from_fsession_multi' },
    {
      ...{ ...BOTH_OF_FUNCTION, ...MULTI, program: 'from_fsession_multi', as: ': the other function' },
      ...{ fire: 'test run', cookie: TEST_COOKIE, argv: padded(1n), retval: 2n },
    },
  ],
};

export const ALL_SOURCES: readonly Source[] = [...SOURCES, ...Object.values(MORE).flat()];
export const sourcesOn = (release: string): readonly Source[] => [...SOURCES, ...byBase(release, MORE)];

/** Whose action for the entry and whose for the return is in a slot of its own. */
export interface Session {
  readonly program: string;
  readonly to: Source['to'];
  readonly entry: Source;
  readonly exit: Source;
  readonly onlyOn?: Source['onlyOn'];
}

const session = (
  program: string,
  to: Source['to'],
  entry: Omit<Source, 'program' | 'to'>,
  exit: typeof entry,
): Session => ({
  ...{ program, to },
  entry: { ...entry, program, to },
  exit: { ...exit, program, to },
});
const KPROBE_SESSION = session(
  'kprobe_session',
  kprobeMulti({ session: true }),
  { ...OF_KPROBE, ...ENTERS_MMAP },
  { ...OF_KPROBE, ...LEAVES_MMAP },
);
const FUNCTION_SESSION = session('fsession', traced, ENTERS_FUNCTION, LEAVES_FUNCTION);
const SESSIONS: ByBase<readonly Session[]> = {
  'v6.12': [KPROBE_SESSION],
  'v7.3': [
    KPROBE_SESSION,
    session('uprobe_session', uprobeSession, { ...AT_CALL, ...ENTERS_CALL }, { ...AT_CALL, ...LEAVES_CALL }),
    FUNCTION_SESSION,
    { ...FUNCTION_SESSION, ...MULTI, program: 'fsession_multi' },
  ],
};
export const ALL_SESSIONS: readonly Session[] = SESSIONS['v7.3'] ?? [];
export const sessionsOn = (release: string): readonly Session[] => byBase(release, SESSIONS);

/** Those that the argument and result registers of the probe give, and others, as they have to be. */
export function expectedOf(source: Source, seen: Seen, caller: CallerSaw | null): Partial<Seen> {
  const { argv, retval } = source;
  const result = BigInt.asIntN(64, seen.regs[REGISTER_FILE.result] ?? 0n);
  const args = (): readonly bigint[] => {
    if (argv === 'registers') return padded(...abiArguments(seen.regs));
    if (typeof argv !== 'function') return argv;
    if (caller === null) throw new Error(`${source.program}: its caller writes nothing down`);
    return argv(caller, seen);
  };
  return {
    kind: source.kind,
    first: source.first ?? source.kind,
    cookie: source.cookie,
    argv: args(),
    retval: retval === 'register' ? result : retval,
    ...(source.fired === null ? {} : { fired: source.fired }),
    ...(source.regs === 'probe' && caller !== null ? { regs: caller.regs } : {}),
  };
}
