/**
 * Who may tail-call into which prog array: the design's table, as data. Every cell is run; none is derived from
 * another.
 *
 * A cell: a caller of some type with one tail call (constant index), an array with or without a declared program type,
 * and a DTRACE program put into the array before or after the caller is loaded.
 */

import { byBase } from './by-base.ts';

/** What the design says of a caller type. */
export interface Caller {
  readonly name: string;
  /** libbpf's name of the program type. */
  readonly type: string;
  /** libbpf's name of the expected attach type, where the type alone does not say. */
  readonly attachType?: string;
  /** What of the kernel's BTF programs of type tracing are checked against; of struct_ops, the structure. */
  readonly attach?: { readonly kind: 'func' | 'typedef' | 'struct'; readonly name: string };
  /** Without this symbol the kernel does not have the type, and says so of any program of it. */
  readonly config?: string;
  readonly sleepable?: true;
  /**
   * yes: has a converter to DTRACE. self: is DTRACE. no: the DTRACE type refuses it.
   * nothing: may not use a prog array of any kind, whatever it holds.
   */
  readonly mayCallDtrace: 'yes' | 'self' | 'no' | 'nothing';
  /** Why not. */
  readonly because?: string;
}

const FUNCTION = { kind: 'func', name: 'bpf_fentry_test1' } as const;
/** DTRACE programs rely on the rcu_read_lock() of what runs the caller. */
const ATOMIC = 'DTRACE programs are not written for sleepable context';
const IS_THE_VALUE = 'its return value is its purpose';
const NO_PROBE = 'it is no probe';
const DECIDES = 'it is no probe, and its return value decides something';
const UNKNOWN_KIND = 'nothing is known to run programs of this attach type';

function tracing(name: string, attachType: string, attach: NonNullable<Caller['attach']>): Caller {
  return { name, type: 'tracing', attachType, attach, mayCallDtrace: 'yes' };
}

/** Loaded for no function in particular: an id of one is refused, and the link names them all. */
function tracingMulti(kind: 'fentry' | 'fexit' | 'fsession'): Caller {
  return { name: `${kind}.multi`, type: 'tracing', attachType: `trace_${kind}_multi`, mayCallDtrace: 'yes' };
}

const refused = (caller: Omit<Caller, 'mayCallDtrace'>): Caller => ({ ...caller, mayCallDtrace: 'no' });

/** Named as in the section: with an s. */
const sleepable = ({ name, ...caller }: Caller): Caller => ({
  ...caller,
  name: `${name}.s`,
  sleepable: true,
  mayCallDtrace: 'no',
  because: ATOMIC,
});

/** On 6.12 no sleepable program makes tail calls. */
const sleepableUpTo612 = (caller: Caller): Caller => ({ ...sleepable(caller), mayCallDtrace: 'nothing' });

const KPROBE = { name: 'kprobe', type: 'kprobe', mayCallDtrace: 'yes' } as const;
const UPROBE_MULTI = { ...KPROBE, name: 'uprobe.multi', attachType: 'trace_uprobe_multi' } as const;
const UPROBE_SESSION = { ...KPROBE, name: 'uprobe.session', attachType: 'trace_uprobe_session' } as const;
const TRACEPOINT = { name: 'tp', type: 'tracepoint', mayCallDtrace: 'yes' } as const;
const RAW_TRACEPOINT = { name: 'raw_tp', type: 'raw_tracepoint', mayCallDtrace: 'yes' } as const;
const FENTRY = tracing('fentry', 'trace_fentry', FUNCTION);
const FEXIT = tracing('fexit', 'trace_fexit', FUNCTION);
const FSESSION = tracing('fsession', 'trace_fsession', FUNCTION);
const ITER = refused({
  ...tracing('iter', 'trace_iter', { kind: 'func', name: 'bpf_iter_task' }),
  because: NO_PROBE,
});
const FMOD_RET = refused({
  ...tracing('fmod_ret', 'modify_return', { kind: 'func', name: 'bpf_modify_return_test' }),
  because: IS_THE_VALUE,
});
/** The first member. Programs of bpf_dummy_ops, which is made for tests, have no helpers at all. */
const STRUCT_OPS = refused({
  name: 'struct_ops',
  type: 'struct_ops',
  attach: { kind: 'struct', name: 'tcp_congestion_ops' },
  because: DECIDES,
});
const SYSCALL: Caller = { name: 'syscall', type: 'syscall', mayCallDtrace: 'no', because: NO_PROBE };
const LSM_HOOK = { type: 'lsm', attach: { kind: 'func', name: 'bpf_lsm_file_open' } } as const;

/** Those of which the type alone says it, and an attach type where the load wants one. */
const OTHER_TYPES: readonly Caller[] = [
  ...['socket_filter', 'sched_cls', 'sched_act', 'cgroup_skb', 'cgroup_sock', 'cgroup_device', 'cgroup_sysctl'],
  ...['lwt_in', 'lwt_out', 'lwt_xmit', 'lwt_seg6local', 'sock_ops', 'sk_skb', 'sk_msg', 'sk_reuseport'],
  ...['flow_dissector', ['xdp', 'xdp'], ['sk_lookup', 'sk_lookup'], ['cgroup_sockopt', 'cgroup_getsockopt']],
  ['cgroup_sock_addr', 'cgroup_inet4_connect'],
].map((row) => {
  const [type, attachType] = [row].flat() as [string, string?];
  const name = type === 'socket_filter' ? 'socket' : type;
  return refused({ name, type, ...(attachType === undefined ? {} : { attachType }), because: DECIDES });
});

/** On the kernel of this release. Extensions have a topic of their own, tail-call-freplace: they need a target. */
export const callersOn = (release: string): readonly Caller[] => [
  KPROBE,
  { ...KPROBE, name: 'kretprobe' },
  { ...KPROBE, name: 'uprobe' },
  { ...KPROBE, name: 'uretprobe' },
  { ...TRACEPOINT, name: 'tracepoint' },
  // Loaded like any other: what it is attached to, and whether that may fault, is not known by then.
  { ...TRACEPOINT, name: 'tp/syscalls' },
  RAW_TRACEPOINT,
  { ...RAW_TRACEPOINT, name: 'raw_tp.w', type: 'raw_tracepoint_writable' },
  { name: 'perf_event', type: 'perf_event', mayCallDtrace: 'yes' },
  { ...KPROBE, name: 'kprobe.multi', attachType: 'trace_kprobe_multi' },
  { ...KPROBE, name: 'kprobe.session', attachType: 'trace_kprobe_session' },
  UPROBE_MULTI,
  // As libbpf loads it where the kernel has multi links, and where it does not.
  { ...UPROBE_MULTI, name: 'usdt' },
  { ...KPROBE, name: 'usdt, single' },
  FENTRY,
  FEXIT,
  tracing('tp_btf', 'trace_raw_tp', { kind: 'typedef', name: 'btf_trace_sched_switch' }),
  FMOD_RET,
  ITER,
  refused({ name: 'kprobe, other', type: 'kprobe', attachType: 'perf_event', because: UNKNOWN_KIND }),
  ...byBase<readonly Caller[]>(release, {
    'v6.12': [{ ...KPROBE, name: 'uprobe' }, UPROBE_MULTI, { ...UPROBE_MULTI, name: 'usdt' }, FENTRY, FEXIT, ITER]
      .concat([{ ...FMOD_RET, attach: FUNCTION }, STRUCT_OPS])
      .map(sleepableUpTo612)
      .concat({ ...SYSCALL, sleepable: true, mayCallDtrace: 'nothing' }),
    'v7.3': [
      UPROBE_SESSION,
      FSESSION,
      ...(['fentry', 'fexit', 'fsession'] as const).map(tracingMulti),
      ...(['fentry', 'fexit', 'fsession'] as const).map(tracingMulti).map(sleepable),
      ...[{ ...KPROBE, name: 'uprobe' }, UPROBE_MULTI, UPROBE_SESSION, { ...UPROBE_MULTI, name: 'usdt' }].map(
        sleepable,
      ),
      ...[TRACEPOINT, RAW_TRACEPOINT, FENTRY, FEXIT, FSESSION, ITER, STRUCT_OPS].map(sleepable),
      sleepable(tracing('tp_btf', 'trace_raw_tp', { kind: 'typedef', name: 'btf_trace_sys_enter' })),
      sleepable({ ...FMOD_RET, attach: FUNCTION }),
      { ...SYSCALL, sleepable: true },
    ],
  }),
  STRUCT_OPS,
  refused({ ...LSM_HOOK, name: 'lsm', attachType: 'lsm_mac', config: 'CONFIG_BPF_LSM', because: DECIDES }),
  refused({ ...LSM_HOOK, name: 'lsm_cgroup', attachType: 'lsm_cgroup', config: 'CONFIG_BPF_LSM', because: DECIDES }),
  ...OTHER_TYPES,
  refused({ name: 'lirc_mode2', type: 'lirc_mode2', config: 'CONFIG_BPF_LIRC_MODE2', because: DECIDES }),
  refused({
    ...{ name: 'netfilter', type: 'netfilter', attachType: 'netfilter' },
    config: 'CONFIG_NETFILTER_BPF_LINK',
    because: DECIDES,
  }),
  { name: 'dtrace', type: 'dtrace', mayCallDtrace: 'self' },
];

export const ARRAYS = ['untyped', 'typed dtrace', 'typed own'] as const;
export type ArrayKind = (typeof ARRAYS)[number];
export const ORDERS = ['caller first', 'callee first'] as const;
export type Order = (typeof ORDERS)[number];

export interface Cell {
  readonly caller: Caller;
  readonly array: ArrayKind;
  readonly order: Order;
  /**
   * Whether the caller loads; a refusal is EINVAL with this in the verifier log (no text: the log has no line of its
   * own).
   */
  readonly load: 'accepted' | { readonly log: RegExp | null };
  /** Whether a DTRACE program goes into the array; a refusal is EINVAL. */
  readonly insert: 'accepted' | 'refused';
}

/** Linux 6.12's own text: there sleepable programs and prog arrays never go together. */
export const SLEEPABLE_REFUSAL = /^Sleepable programs can only use array, hash, ringbuf and local storage maps$/m;

export function cells(callers: readonly Caller[]): Cell[] {
  return callers.flatMap((caller) =>
    ARRAYS.flatMap((array) =>
      ORDERS.map((order) => ({
        caller,
        array,
        order,
        load: expectedLoad(caller, array, order),
        insert: expectedInsert(caller, array, order),
      })),
    ),
  );
}

export function cellName(cell: Cell): string {
  return `${cell.caller.name} | ${cell.array} | ${cell.order}`;
}

function expectedLoad(caller: Caller, array: ArrayKind, order: Order): Cell['load'] {
  if (caller.mayCallDtrace === 'nothing') return { log: SLEEPABLE_REFUSAL };
  if (caller.mayCallDtrace === 'self' || array === 'typed own') return 'accepted';
  // The verifier cannot know what an untyped array will hold: its first user makes it his own type's, as ever.
  if (array === 'untyped') return order === 'caller first' ? 'accepted' : { log: null };
  return caller.mayCallDtrace === 'yes' ? 'accepted' : { log: crossTypeRefusal(caller) };
}

function expectedInsert(caller: Caller, array: ArrayKind, order: Order): Cell['insert'] {
  if (caller.mayCallDtrace === 'self' || array === 'typed dtrace') return 'accepted';
  if (array === 'typed own') return 'refused';
  if (order === 'callee first') return 'accepted';
  // A caller that was refused has made nothing its own.
  return caller.mayCallDtrace === 'nothing' ? 'accepted' : 'refused';
}

/** The refusal names both types and the map. */
export const ARRAY_NAME = 'matrix';

export function crossTypeRefusal(caller: Caller): RegExp {
  return new RegExp(
    `^tail call from BPF_PROG_TYPE_${caller.type.toUpperCase()} into prog array '${ARRAY_NAME}' ` +
      'of BPF_PROG_TYPE_DTRACE is not allowed$',
    'm',
  );
}
