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
  /** What of the kernel's BTF programs of type tracing are checked against. */
  readonly attach?: { readonly kind: 'func' | 'typedef'; readonly name: string };
  readonly sleepable?: true;
  /**
   * yes: has a converter to DTRACE. self: is DTRACE. no: the DTRACE type refuses it.
   * nothing: may not use a prog array of any kind, whatever it holds.
   */
  readonly mayCallDtrace: 'yes' | 'self' | 'no' | 'nothing';
  /** Why not, where the program type alone would be accepted. */
  readonly because?: string;
}

const FUNCTION = { kind: 'func', name: 'bpf_fentry_test1' } as const;
/** DTRACE programs rely on the rcu_read_lock() of what runs the caller. */
const ATOMIC = 'DTRACE programs are not written for sleepable context';
const SLEEPERS = { kprobe: 'uprobe', tracepoint: 'tp', raw_tracepoint: 'raw_tp' } as const;

function tracing(name: string, attachType: string, attach: NonNullable<Caller['attach']>): Caller {
  return { name, type: 'tracing', attachType, attach, mayCallDtrace: 'yes' };
}

/** Loaded for no function in particular: an id of one is refused, and the link names them all. */
function tracingMulti(kind: 'fentry' | 'fexit' | 'fsession'): Caller {
  return { name: `${kind}.multi`, type: 'tracing', attachType: `trace_${kind}_multi`, mayCallDtrace: 'yes' };
}

/** On the kernel of this release. */
export const callersOn = (release: string): readonly Caller[] => [
  { name: 'kprobe', type: 'kprobe', mayCallDtrace: 'yes' },
  { name: 'kretprobe', type: 'kprobe', mayCallDtrace: 'yes' },
  { name: 'uprobe', type: 'kprobe', mayCallDtrace: 'yes' },
  { name: 'tracepoint', type: 'tracepoint', mayCallDtrace: 'yes' },
  { name: 'raw_tp', type: 'raw_tracepoint', mayCallDtrace: 'yes' },
  { name: 'raw_tp.w', type: 'raw_tracepoint_writable', mayCallDtrace: 'yes' },
  { name: 'perf_event', type: 'perf_event', mayCallDtrace: 'yes' },
  { name: 'kprobe.multi', type: 'kprobe', attachType: 'trace_kprobe_multi', mayCallDtrace: 'yes' },
  { name: 'kprobe.session', type: 'kprobe', attachType: 'trace_kprobe_session', mayCallDtrace: 'yes' },
  // This is what usdt is, too.
  { name: 'uprobe.multi', type: 'kprobe', attachType: 'trace_uprobe_multi', mayCallDtrace: 'yes' },
  tracing('fentry', 'trace_fentry', FUNCTION),
  tracing('fexit', 'trace_fexit', FUNCTION),
  tracing('tp_btf', 'trace_raw_tp', { kind: 'typedef', name: 'btf_trace_sched_switch' }),
  {
    ...tracing('fmod_ret', 'modify_return', { kind: 'func', name: 'bpf_modify_return_test' }),
    mayCallDtrace: 'no',
    because: 'its return value is its purpose',
  },
  ...byBase<readonly Caller[]>(release, {
    'v6.12': [{ name: 'uprobe.s', type: 'kprobe', sleepable: true, mayCallDtrace: 'nothing' }],
    'v7.3': [
      { name: 'uprobe.session', type: 'kprobe', attachType: 'trace_uprobe_session', mayCallDtrace: 'yes' },
      tracing('fsession', 'trace_fsession', FUNCTION),
      tracingMulti('fentry'),
      tracingMulti('fexit'),
      tracingMulti('fsession'),
      { ...tracingMulti('fentry'), name: 'fentry.multi.s', sleepable: true, mayCallDtrace: 'no', because: ATOMIC },
      ...(['kprobe', 'tracepoint', 'raw_tracepoint'] as const).map(
        (type): Caller => ({
          name: `${SLEEPERS[type]}.s`,
          type,
          sleepable: true,
          mayCallDtrace: 'no',
          because: ATOMIC,
        }),
      ),
    ],
  }),
  { name: 'socket', type: 'socket_filter', mayCallDtrace: 'no' },
  { name: 'xdp', type: 'xdp', attachType: 'xdp', mayCallDtrace: 'no' },
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
