import t from 'tap';
import type { Guest } from './client.ts';
import { ARCH } from './presets.ts';
import { awaitTurn, topicSession } from './topic-session.ts';

await awaitTurn();

/** The assertions of one test: a tap subtest. */
export type Test = typeof t;

export interface GuestTestOptions {
  /** Seconds the test may take on a fast guest; scaled for TCG and debug kernels. Default 20. */
  readonly seconds?: number;
  /** Splats that this test causes on purpose. Each must appear, or the test fails. */
  readonly expectSplat?: readonly ExpectedSplat[];
  /** Run only where this holds; the reason is printed with the skip. */
  readonly needs?: (guest: Guest) => string | null;
}
export interface ExpectedSplat {
  readonly pattern: RegExp;
  readonly reason: string;
}

/**
 * One test in the guest. What it opens is released when it ends; the kernel log is marked with its name; a splat, a
 * dead guest, a spent budget and a resource that cannot be released all fail it.
 */
export function guestTest(name: string, body: (t: Test, guest: Guest) => Promise<void>): void;
export function guestTest(
  name: string,
  options: GuestTestOptions,
  body: (t: Test, guest: Guest) => Promise<void>,
): void;
export function guestTest(
  name: string,
  second: GuestTestOptions | ((t: Test, guest: Guest) => Promise<void>),
  third?: (t: Test, guest: Guest) => Promise<void>,
): void {
  const options = typeof second === 'function' ? {} : second;
  const body = typeof second === 'function' ? second : third;
  if (body === undefined) throw new TypeError(`${name}: no test body`);
  void t.test(name, async (sub) => topicSession().run(name, options, sub as Test, body));
}

/** For `needs`: a test of what only that architecture has. @param why it says nothing on the others */
export function onlyOn(arch: typeof ARCH, why: string): () => string | null {
  return () => (ARCH === arch ? null : why);
}

/** The same test twice: with the JIT, and with the interpreter. */
export function guestTestBothModes(
  name: string,
  options: GuestTestOptions,
  body: (t: Test, guest: Guest, mode: 'jit' | 'interpreter') => Promise<void>,
): void {
  for (const mode of ['jit', 'interpreter'] as const) {
    guestTest(`${name} [${mode}]`, options, async (sub, guest) => {
      await guest.sysctl('net.core.bpf_jit_enable', mode === 'jit' ? 1 : 0);
      await body(sub, guest, mode);
    });
  }
}
