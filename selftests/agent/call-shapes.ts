/** Programs that are run in the guest, system calls of the agent, and functions of its libraries. */

import type { Handle } from './shapes.ts';

export interface ExecSpec {
  readonly argv: readonly string[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Killed with SIGKILL after this. Default 30,000. */
  readonly timeoutMs?: number;
}
export interface ExecResult {
  readonly pid: number;
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}
export interface SyscallTrigger {
  /** x86-64 number, or one of the names in SYSCALLS. */
  readonly nr: number;
  readonly args?: readonly bigint[];
  readonly times?: number;
  /** The calling thread is pinned to this cpu for the calls. */
  readonly cpu?: number;
}
export interface SyscallResult {
  /** Of the last call. */
  readonly value: bigint;
  readonly errno: number;
  readonly tid: number;
  readonly elapsedNs: bigint;
}

export type NativeArg =
  | { readonly int: number }
  | { readonly u64: bigint }
  | { readonly str: string }
  /** A buffer of these bytes; `out: true` returns its content after the call. */
  | { readonly bytes: Uint8Array; readonly out?: boolean }
  /** The fd behind a handle. */
  | { readonly fd: Handle }
  /** The mapping, object or library pointer behind a handle. */
  | { readonly ptr: Handle };
export interface NativeCall {
  /** 'native': selftests/agent/native; 'bpf': the patched libbpf; 'c': libc; else a path. */
  readonly lib: 'native' | 'bpf' | 'c' | string;
  readonly symbol: string;
  readonly returns?: 'int' | 'i64' | 'u64' | 'void' | 'str';
  readonly args?: readonly NativeArg[];
}
export interface NativeResult {
  readonly value: bigint | string | null;
  readonly errno: number;
  /** One for each argument with `out: true`. */
  readonly outs: readonly Uint8Array[];
}
