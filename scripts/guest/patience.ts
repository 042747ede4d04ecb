/**
 * How long something in the guest may take is counted there by the guest's own clock, which runs on while its
 * processors wait for the host's. So the host stretches such limits by what it sees: the wall's time against the
 * guest's, see lib/given-time.ts.
 */
import type { OpName, RequestOf } from '../../selftests/agent/protocol.ts';
import { wallClock, type Clock } from '../lib/given-time.ts';

/** Their limit ends what hangs; a poll's only says when to come back. */
const LIMITED: ReadonlySet<OpName> = new Set(['exec', 'process.wait', 'process.waitOutput']);
/** The agent's own. */
const DEFAULT_LIMIT_MS = 30_000;
const WINDOW_MS = 10_000;
/** It may get worse while something runs: what is seen of slowness counts three times. */
const CAUTION = 3;

export class Patience {
  readonly #clock: Clock;
  readonly #wall: Clock;
  #from: { readonly wallMs: number; readonly givenMs: number };
  #last = 1;

  constructor(clock: Clock, wall: Clock = wallClock) {
    this.#clock = clock;
    this.#wall = wall;
    this.#from = { wallMs: wall.nowMs(), givenMs: clock.nowMs() };
  }

  /** 1 on a machine that has processors to spare; the worse of this window and the one before. */
  factor(): number {
    const now = { wallMs: this.#wall.nowMs(), givenMs: this.#clock.nowMs() };
    const [wallMs, givenMs] = [now.wallMs - this.#from.wallMs, now.givenMs - this.#from.givenMs];
    const slowdown = givenMs > 0 ? Math.max(1, wallMs / givenMs) : 1;
    const factor = 1 + CAUTION * (slowdown - 1);
    const worse = Math.max(factor, this.#last);
    if (wallMs > WINDOW_MS) [this.#from, this.#last] = [now, factor];
    return worse;
  }
}

export function stretched<N extends OpName>(op: N, request: RequestOf<N>, factor: number): RequestOf<N> {
  if (!LIMITED.has(op)) return request;
  const { timeoutMs = DEFAULT_LIMIT_MS } = request as { readonly timeoutMs?: number };
  return { ...request, timeoutMs: Math.round(timeoutMs * factor) };
}
