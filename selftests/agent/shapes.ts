/** What is asked and answered of objects, programs and maps; the operations themselves are in protocol.ts. */

/** Anything the agent holds for a test; released in reverse order when the test's scope ends. */
export type Handle = number;

/**
 * libbpf's names ("kprobe", "raw_tracepoint", "dtrace"), resolved by the patched libbpf in the guest; or the number
 * itself.
 */
export type ProgTypeName = string | number;
export type MapTypeName = string | number;
export type AttachTypeName = string | number;

export interface Refusal {
  readonly ok: false;
  /** Positive errno. */
  readonly errno: number;
  /** "EINVAL" */
  readonly code: string;
  readonly message: string;
  /** Verifier log where there is one, else what libbpf printed. */
  readonly log: string;
}
export type Outcome<T> = ({ readonly ok: true } & T) | Refusal;

export interface ProgramFacts {
  readonly name: string;
  readonly section: string;
  readonly type: string;
  readonly insnCount: number;
  readonly autoload: boolean;
}
export interface MapFacts {
  readonly name: string;
  readonly type: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly mapExtra: bigint;
}
export interface ProgramSettings {
  readonly autoload?: boolean;
  readonly type?: ProgTypeName;
  readonly expectedAttachType?: AttachTypeName;
  /** bpf_program__set_attach_target: a kernel function, or a function of a loaded program. */
  readonly attachTarget?: { readonly func: string; readonly prog?: Handle };
  /** 0 (default): log only on refusal; 1 instructions and states; 2 every path; 4 statistics. */
  readonly logLevel?: number;
  readonly flags?: number;
}
export interface MapSettings {
  readonly type?: MapTypeName;
  readonly maxEntries?: number;
  readonly mapExtra?: bigint;
  readonly flags?: number;
  readonly keySize?: number;
  readonly valueSize?: number;
  /** Use this map instead of creating one. */
  readonly reuse?: Handle;
  /** Template for a map-in-map. */
  readonly inner?: Handle;
  readonly autocreate?: boolean;
  /** First bytes of a global-data map (.data, .bss, .rodata). */
  readonly initial?: Uint8Array;
}
export interface ObjectSettings {
  /** Load only these programs; the others keep what their section says. */
  readonly only?: readonly string[];
  readonly programs?: Readonly<Record<string, ProgramSettings>>;
  readonly maps?: Readonly<Record<string, MapSettings>>;
  readonly logLevel?: number;
  /** Bytes of verifier log kept for each program. Default 4 MiB. */
  readonly logSize?: number;
}
export interface FdHandle {
  readonly handle: Handle;
  readonly fd: number;
}
export interface LoadedParts {
  readonly programs: Readonly<Record<string, FdHandle & { readonly log: string }>>;
  readonly maps: Readonly<Record<string, FdHandle & MapFacts>>;
  /** What libbpf printed. */
  readonly libbpfLog: string;
}
/** On refusal `log` is that of the refused program, `program` its name. */
export type LoadOutcome =
  | ({ readonly ok: true } & LoadedParts)
  | (Refusal & { readonly program: string; readonly libbpfLog: string });

export interface RawProgram {
  readonly type: ProgTypeName;
  readonly insns: Uint8Array;
  readonly name?: string;
  readonly license?: string;
  readonly expectedAttachType?: AttachTypeName;
  readonly flags?: number;
  readonly logLevel?: number;
  readonly logSize?: number;
  /** BTF id in vmlinux (see btf.find) or in `attachProg`. */
  readonly attachBtfId?: number;
  readonly attachProg?: Handle;
}
export interface ProgInfo {
  readonly type: number;
  readonly id: number;
  readonly name: string;
  readonly tag: string;
  /** 0 when the program is interpreted. */
  readonly jitedLen: number;
  readonly xlatedLen: number;
  /** 8 bytes an instruction; empty where the reader may not see them. */
  readonly xlated: Uint8Array;
  /** Machine code of main program and subprograms; empty when interpreted. */
  readonly jited: Uint8Array;
  readonly mapIds: readonly number[];
  readonly jitedFuncLens: readonly number[];
  readonly runCount: bigint;
  readonly runTimeNs: bigint;
  readonly recursionMisses: bigint;
  readonly verifiedInsns: number;
  readonly attachBtfId: number;
}
export interface TestRun {
  readonly ctxIn?: Uint8Array;
  readonly ctxSizeOut?: number;
  readonly dataIn?: Uint8Array;
  readonly dataSizeOut?: number;
  readonly repeat?: number;
  readonly flags?: number;
  readonly cpu?: number;
}
export interface TestRunResult {
  readonly retval: number;
  readonly durationNs: number;
  readonly ctxOut: Uint8Array;
  readonly dataOut: Uint8Array;
}

export interface MapSpec {
  readonly type: MapTypeName;
  readonly name?: string;
  readonly keySize?: number;
  readonly valueSize?: number;
  readonly maxEntries?: number;
  readonly flags?: number;
  readonly mapExtra?: bigint;
  readonly inner?: Handle;
}
export interface MapInfo {
  readonly type: number;
  readonly id: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly name: string;
  readonly mapExtra: bigint;
}
export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export type Attachment =
  | { readonly kind: 'auto' }
  | {
      readonly kind: 'kprobe';
      readonly func: string;
      readonly ret?: boolean;
      readonly offset?: number;
      readonly cookie?: bigint;
      readonly mode?: 'link' | 'perf' | 'legacy';
    }
  | {
      readonly kind: 'uprobe';
      readonly path: string;
      readonly func?: string;
      readonly offset?: number;
      readonly pid?: number;
      readonly ret?: boolean;
      readonly cookie?: bigint;
    }
  | { readonly kind: 'tracepoint'; readonly category: string; readonly name: string; readonly cookie?: bigint }
  | { readonly kind: 'raw_tracepoint'; readonly name: string; readonly cookie?: bigint }
  | { readonly kind: 'perf_event'; readonly event: Handle; readonly cookie?: bigint }
  | { readonly kind: 'trace'; readonly cookie?: bigint }
  /** Functions of the kernel, with a cookie for each. */
  | { readonly kind: 'trace_multi'; readonly funcs: readonly string[]; readonly cookies?: readonly bigint[] }
  | { readonly kind: 'freplace'; readonly target: Handle; readonly func: string }
  | {
      readonly kind: 'kprobe_multi';
      readonly syms?: readonly string[];
      readonly pattern?: string;
      readonly ret?: boolean;
      readonly session?: boolean;
      readonly cookies?: readonly bigint[];
    }
  | {
      readonly kind: 'usdt';
      readonly path: string;
      readonly provider: string;
      readonly name: string;
      /** bpf_usdt_cookie(), which is not that of the link. */
      readonly cookie?: bigint;
    }
  /** All functions of a pattern, or one of that name, which can have a cookie. */
  | {
      readonly kind: 'uprobe_multi';
      readonly path: string;
      readonly pattern?: string;
      readonly func?: string;
      readonly cookie?: bigint;
      readonly pid?: number;
      readonly ret?: boolean;
    }
  | {
      readonly kind: 'uprobe_session';
      readonly path: string;
      readonly func: string;
      readonly cookie?: bigint;
      readonly pid?: number;
    };

export interface GuestHello {
  readonly release: string;
  readonly cpus: number;
  readonly possibleCpus: number;
  readonly agentPid: number;
  readonly libbpf: string;
  readonly progTypes: Readonly<Record<string, number>>;
  readonly mapTypes: Readonly<Record<string, number>>;
  readonly attachTypes: Readonly<Record<string, number>>;
}
