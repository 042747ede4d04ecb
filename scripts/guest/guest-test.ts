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

/**
 * The JIT of arm64 asks for the CPU and the task by itself, and the kernel takes that for what only a JIT can do, also
 * where it is off (kernel/bpf/fixups.c: bpf_jit_inlines_helper_call()). So it is on the base, too. A test that has
 * asserted something by then fails.
 */
const NOT_INTERPRETED = 'arm64 does not interpret programs that ask for their CPU or task: the kernel wants the JIT';

function isNotInterpreted(error: unknown): boolean {
  const said = error instanceof Error ? error.message : '';
  return ARCH === 'arm64' && said.includes('program requires BPF JIT compiler but it is not available');
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
      try {
        await body(sub, guest, mode);
      } catch (error: unknown) {
        if (mode === 'jit' || !isNotInterpreted(error)) throw error;
        sub.plan(0, NOT_INTERPRETED);
      }
    });
  }
}
