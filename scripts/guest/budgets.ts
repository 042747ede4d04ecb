/**
 * How long things may take, by the clock of lib/given-time.ts; pure. On a busy machine they take as much longer as the
 * guest waits.
 */

import type { Accel } from '../host/accelerator.ts';

export interface Budgets {
  /** From the start of QEMU to the agent's first answer. */
  readonly bootMs: number;
  /** Without a byte on the console while booting. */
  readonly silenceMs: number;
  /** From the order to power off to the end of QEMU. */
  readonly shutdownMs: number;
  /** Multiplies the seconds of a test. */
  readonly slowness: number;
}

/** TCG interprets; debug (KASAN, lockdep) instruments every access and lock on top. */
const TCG_FACTOR = 4;
const DEBUG_FACTOR = 3;

export function budgets(accel: Accel, isDebug: boolean): Budgets {
  const slowness = (accel === 'tcg' ? TCG_FACTOR : 1) * (isDebug ? DEBUG_FACTOR : 1);
  return { bootMs: 45_000 * slowness, silenceMs: 20_000 * slowness, shutdownMs: 5_000 * slowness, slowness };
}

export function testBudgetMs(seconds: number, slowness: number): number {
  return seconds * 1000 * slowness;
}
