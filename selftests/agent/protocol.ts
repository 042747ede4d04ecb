/**
 * What the host may ask of the guest agent, and what it answers.
 *
 * Frames are a 4-byte little-endian length and a v8-serialised value: guest and host run the same node, and v8's format
 * carries bytes and 64-bit numbers unharmed. Requests are answered in order, so a caller that does not wait between
 * requests pays one round trip for all of them.
 *
 * A refusal by the kernel is an answer (`ok: false` with errno and log), because refusals are what half the tests look
 * for.
 */

import type { ExecResult, ExecSpec, NativeCall, NativeResult, SyscallResult, SyscallTrigger } from './call-shapes.ts';
import type { BufferEvents, PerfAttr, PerfIoctl, RingControl, RingRead } from './perf-shapes.ts';
import type {
  Attachment,
  Entry,
  FdHandle,
  GuestHello,
  Handle,
  LoadOutcome,
  MapFacts,
  MapInfo,
  MapSpec,
  ObjectSettings,
  Outcome,
  ProgInfo,
  ProgTypeName,
  ProgramFacts,
  RawProgram,
  TestRun,
  TestRunResult,
} from './shapes.ts';

export type * from './call-shapes.ts';
export type * from './perf-shapes.ts';
export type * from './shapes.ts';

interface Op<Request, Response> {
  readonly request: Request;
  readonly response: Response;
}
export type Operations = {
  'agent.hello': Op<Record<string, never>, GuestHello>;
  'agent.ping': Op<Record<string, never>, { readonly now: bigint }>;
  /** Marks the start of a scope: what is created after it is released by the matching end. */
  'scope.begin': Op<{ readonly mark: string }, Record<string, never>>;
  'scope.end': Op<{ readonly mark: string }, { readonly released: number; readonly problems: readonly string[] }>;
  /** A line in the kernel log. */
  'kernel.mark': Op<{ readonly text: string }, Record<string, never>>;
  release: Op<{ readonly handle: Handle }, { readonly errno: number }>;

  /** Of the file as this guest reads it: in hexadecimal, or why it cannot be read. */
  'file.digest': Op<{ readonly path: string }, { readonly sha256: string; readonly error?: string }>;
  'obj.open': Op<
    { readonly path: string },
    Outcome<{ readonly obj: Handle; readonly programs: readonly ProgramFacts[]; readonly maps: readonly MapFacts[] }>
  >;
  'obj.load': Op<{ readonly obj: Handle; readonly settings: ObjectSettings }, LoadOutcome>;
  'prog.raw': Op<RawProgram, Outcome<FdHandle & { readonly log: string }>>;
  'prog.info': Op<{ readonly prog: Handle }, ProgInfo>;
  'prog.testRun': Op<{ readonly prog: Handle; readonly run: TestRun }, Outcome<TestRunResult>>;
  'fd.pin': Op<{ readonly handle: Handle; readonly path: string }, Outcome<object>>;
  'fd.openPinned': Op<{ readonly path: string; readonly kind: 'map' | 'prog' | 'link' }, Outcome<FdHandle>>;
  'btf.find': Op<
    { readonly kind: 'func' | 'struct' | 'typedef'; readonly name: string },
    Outcome<{ readonly id: number }>
  >;
  'probe.progType': Op<{ readonly type: ProgTypeName }, { readonly result: number }>;
  'probe.helper': Op<{ readonly type: ProgTypeName; readonly helper: number }, { readonly result: number }>;

  'map.create': Op<MapSpec, Outcome<FdHandle>>;
  'map.info': Op<{ readonly map: Handle }, MapInfo>;
  'map.lookup': Op<
    { readonly map: Handle; readonly key: Uint8Array; readonly valueBytes: number; readonly flags?: bigint },
    Outcome<{ readonly value: Uint8Array }>
  >;
  'map.update': Op<
    { readonly map: Handle; readonly entries: readonly Entry[]; readonly flags?: bigint },
    Outcome<{ readonly updated: number }>
  >;
  'map.delete': Op<
    { readonly map: Handle; readonly keys: readonly Uint8Array[] },
    Outcome<{ readonly deleted: number }>
  >;
  'map.entries': Op<
    { readonly map: Handle; readonly keyBytes: number; readonly valueBytes: number; readonly limit: number },
    { readonly entries: readonly Entry[] }
  >;
  'map.freeze': Op<{ readonly map: Handle }, Outcome<object>>;

  'link.attach': Op<{ readonly prog: Handle; readonly to: Attachment }, Outcome<FdHandle>>;

  'perf.open': Op<
    {
      readonly attr: PerfAttr;
      readonly pid: number;
      readonly cpu: number;
      readonly group?: Handle;
      readonly flags?: number;
    },
    Outcome<FdHandle>
  >;
  'perf.ioctl': Op<
    { readonly event: Handle; readonly request: PerfIoctl; readonly arg?: bigint; readonly other?: Handle },
    Outcome<{ readonly value: number }>
  >;
  'perf.mmap': Op<
    { readonly event: Handle; readonly pages: number; readonly readOnly?: boolean },
    Outcome<{ readonly ring: Handle }>
  >;
  'perf.control': Op<{ readonly ring: Handle }, RingControl>;
  'perf.read': Op<{ readonly ring: Handle; readonly maxBytes: number; readonly consume: boolean }, RingRead>;
  /** The reader's position, or the bytes of the ring themselves: for tests that misbehave on purpose. */
  'perf.setTail': Op<{ readonly ring: Handle; readonly tail: bigint }, Record<string, never>>;
  'perf.count': Op<{ readonly event: Handle }, Outcome<{ readonly values: readonly bigint[] }>>;
  'perf.poll': Op<
    { readonly events: readonly Handle[]; readonly timeoutMs: number },
    Outcome<{ readonly ready: readonly Handle[] }>
  >;
  /** A thread in the guest that counts wake-ups (edge-triggered epoll) until it is stopped. */
  'perf.watch': Op<{ readonly events: readonly Handle[] }, { readonly watcher: Handle }>;
  'perf.wakeups': Op<{ readonly watcher: Handle; readonly stop: boolean }, { readonly counts: readonly number[] }>;

  'perfbuf.open': Op<
    { readonly map: Handle; readonly pages: number; readonly attr?: PerfAttr; readonly cpus?: readonly number[] },
    Outcome<{ readonly buffer: Handle }>
  >;
  'ringbuf.open': Op<{ readonly map: Handle }, Outcome<{ readonly buffer: Handle }>>;
  'buffer.poll': Op<{ readonly buffer: Handle; readonly timeoutMs: number }, BufferEvents>;
  'buffer.consume': Op<{ readonly buffer: Handle }, BufferEvents>;

  exec: Op<ExecSpec, ExecResult>;
  spawn: Op<ExecSpec, { readonly process: Handle; readonly pid: number }>;
  'process.wait': Op<{ readonly process: Handle; readonly timeoutMs?: number }, ExecResult>;
  'process.signal': Op<{ readonly process: Handle; readonly signal: string }, Record<string, never>>;
  'process.waitOutput': Op<
    { readonly process: Handle; readonly text: string; readonly timeoutMs: number },
    { readonly found: boolean; readonly stdout: string; readonly stderr: string }
  >;
  'trigger.syscall': Op<SyscallTrigger, SyscallResult>;
  'native.call': Op<NativeCall, NativeResult>;
  /** The same on another thread of the agent, while further requests are served. */
  'native.start': Op<NativeCall, { readonly task: Handle }>;
  'native.join': Op<{ readonly task: Handle }, NativeResult>;
  /** Effective capabilities of the agent's main thread; null restores all it may have. */
  'caps.set': Op<{ readonly effective: readonly string[] | null }, Outcome<object>>;
  'affinity.set': Op<{ readonly cpu: number | null }, Outcome<object>>;

  'file.read': Op<{ readonly path: string; readonly maxBytes?: number }, Outcome<{ readonly data: Uint8Array }>>;
  /** `restore`: what is read before is written back at the end of the scope. */
  'file.write': Op<
    {
      readonly path: string;
      readonly data: string | Uint8Array;
      readonly append?: boolean;
      readonly restore?: boolean;
    },
    Outcome<object>
  >;
  'file.remove': Op<{ readonly path: string }, Outcome<object>>;
  'file.mkdir': Op<{ readonly path: string }, Outcome<object>>;
  'file.list': Op<{ readonly path: string }, Outcome<{ readonly names: readonly string[] }>>;
  /** `settle`: wait first until everything is old enough to be reported. */
  'kmemleak.scan': Op<{ readonly settle: boolean }, { readonly available: boolean; readonly report: string }>;
};

export type OpName = keyof Operations;
export type RequestOf<N extends OpName> = Operations[N]['request'];
export type ResponseOf<N extends OpName> = Operations[N]['response'];

export interface RequestFrame {
  readonly id: number;
  readonly op: OpName;
  readonly request: unknown;
}
/**
 * `error`: the agent could not do what it was asked (a bad handle, a missing file): a mistake of the test, not a
 * verdict.
 */
export type ResponseFrame =
  | { readonly id: number; readonly response: unknown }
  | {
      readonly id: number;
      readonly error: { readonly message: string; readonly code: string; readonly errno: number };
    };
