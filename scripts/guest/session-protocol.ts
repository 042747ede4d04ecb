/**
 * What a topic's process and the owner of the guest say to each other, over a unix socket in the same frames as the
 * guest's.
 */
import type { OpName } from '../../selftests/agent/protocol.ts';
import type { GuestFacts } from './client.ts';
import type { Death } from './death.ts';

export const SESSION_VARIABLE = 'DTRACE_SESSION';
/** Which topic a process is; it waits for its turn with the guest. */
export const TOPIC_VARIABLE = 'DTRACE_TOPIC';
/** `short` or `soak`; read by selftests/lib/native.ts. */
export const LENGTH_VARIABLE = 'DTRACE_SELFTESTS_LENGTH';
/** What the guest's kernel is built for; read by presets.ts. */
export const ARCH_VARIABLE = 'DTRACE_ARCH';

/** Asks for the guest; answered when it is this topic's turn. */
export interface AwaitTurn {
  readonly kind: 'turn';
  readonly id: number;
  readonly topic: string;
}
export interface BeginTest {
  readonly kind: 'begin';
  readonly id: number;
  readonly name: string;
  readonly seconds: number;
  readonly expectSplat: readonly { readonly source: string; readonly flags: string; readonly reason: string }[];
}
export interface CallGuest {
  readonly kind: 'call';
  readonly id: number;
  readonly op: OpName;
  readonly request: unknown;
}
export interface EndTest {
  readonly kind: 'end';
  readonly id: number;
}
export type TopicRequest = AwaitTurn | BeginTest | CallGuest | EndTest;

/** Something that fails a test whatever its assertions said. */
export interface Problem {
  readonly kind: 'splat' | 'missing-splat' | 'release' | 'death';
  readonly message: string;
  readonly excerpt: readonly string[];
}
export interface TestVerdict {
  readonly problems: readonly Problem[];
}
export type TopicReply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: string; readonly errno: number } }
  | { readonly id: number; readonly death: Death };

export type BeginReply = GuestFacts;
