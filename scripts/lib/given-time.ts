/**
 * A clock for budgets: it counts the time in which processes could work, and not the time in which they waited for a processor.
 * Then a budget says how long something may take on a machine of its own, and a busy machine only takes longer for it. What sleeps
 * or spins for ever still spends its budget: neither waits for a processor.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export interface Clock {
  nowMs(): number;
}

/** For what is no process, and for tests. */
export const wallClock: Clock = { nowMs: () => performance.now() };

/** However little is given, this much of the wall's time counts: a budget ends at the latest after a hundred times its length. */
const LEAST_SHARE = 1 / 100;
/** The clock is read more often than this; between, this process itself stood still, and could not hear what it waits for. */
const LONGEST_STEP_MS = 2_000;
const [SHORTEST_POLL_MS, LONGEST_POLL_MS] = [5, 500];
const NS_PER_MS = 1e6;

export interface Reading {
  readonly nowMs: number;
  /** Waits that are not subtracted yet: the kernel adds a wait to a thread's sum when it is over. */
  readonly owedMs: number;
}

export interface Step {
  readonly wallMs: number;
  /** The longest that one of the threads waited for a processor. */
  readonly waitedMs: number;
  /** What the machine has of its processors, 0 to 1: the rest is its hypervisor's. */
  readonly share: number;
}

/** Pure. */
export function advance({ nowMs, owedMs }: Reading, step: Step): Reading {
  const wallMs = Math.min(step.wallMs, LONGEST_STEP_MS);
  const owed = owedMs + step.waitedMs;
  const waited = Math.min(owed, wallMs);
  return { nowMs: nowMs + Math.max((wallMs - waited) * step.share, wallMs * LEAST_SHARE), owedMs: owed - waited };
}

/** Milliseconds that each thread has waited, by its id. */
export type Waits = ReadonlyMap<string, number>;

/** A thread that is new waited since it began. */
export function longestWait(before: Waits, after: Waits): number {
  return Math.max(0, ...[...after].map(([id, ms]) => ms - (before.get(id) ?? 0)));
}

/** @param before and `after`: text of /proc/stat @returns the share that was not stolen */
export function shareOf(before: string, after: string): number {
  const [a, b] = [ticks(before), ticks(after)];
  const [stolen, busy] = [b.stolen - a.stolen, b.busy - a.busy];
  return stolen > 0 && busy >= 0 ? busy / (busy + stolen) : 1;
}

function ticks(stat: string): { readonly stolen: number; readonly busy: number } {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number);
  return { stolen, busy: user + nice + system + irq + softirq };
}

/** A kernel without schedstat says at least how many want a processor now. @param loadavg text of /proc/loadavg */
export function crowdedShare(loadavg: string, processors: number): number {
  const runnable = Number(/ (\d+)\//.exec(loadavg)?.[1] ?? 0);
  return Math.min(1, processors / Math.max(1, runnable));
}

/** For these processes and their descendants. */
export function givenTime(roots: () => readonly number[]): Clock {
  let reading: Reading = { nowMs: 0, owedMs: 0 };
  let [wall, stat, waits] = [performance.now(), read('/proc/stat'), waitsOf(roots())];
  return {
    nowMs: () => {
      const wallMs = performance.now() - wall;
      if (wallMs < SHORTEST_POLL_MS) return reading.nowMs;
      const now = { stat: read('/proc/stat'), waits: waitsOf(roots()) };
      const counted = now.waits.size > 0 || roots().length === 0;
      const share = shareOf(stat, now.stat) * (counted ? 1 : crowdedShare(read('/proc/loadavg'), availableParallelism()));
      reading = advance(reading, { wallMs, waitedMs: longestWait(waits, now.waits), share });
      [wall, stat, waits] = [wall + wallMs, now.stat, now.waits];
      return reading.nowMs;
    },
  };
}

/** Calls `spent` once, when `ms` of the clock are over. @returns what cancels it */
export function afterGiven(clock: Clock, ms: number, spent: () => void): () => void {
  const end = clock.nowMs() + ms;
  const timer = setInterval(() => {
    if (clock.nowMs() < end) return;
    clearInterval(timer);
    spent();
  }, Math.min(LONGEST_POLL_MS, Math.max(SHORTEST_POLL_MS, ms / 20)));
  return () => clearInterval(timer);
}

/** undefined when `ms` of the clock are over first. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  let cancel = (): void => undefined;
  const late = new Promise<undefined>((resolve) => (cancel = afterGiven(clock, ms, () => resolve(undefined))));
  return Promise.race([work, late]).finally(() => cancel());
}

function waitsOf(roots: readonly number[]): Waits {
  const waits = new Map<string, number>();
  const pids = [...roots];
  for (const pid of pids) {
    for (const thread of list(`/proc/${pid}/task`)) {
      const [, ns] = read(`/proc/${pid}/task/${thread}/schedstat`).split(' ');
      if (ns !== undefined) waits.set(thread, Number(ns) / NS_PER_MS);
      pids.push(...read(`/proc/${pid}/task/${thread}/children`).split(' ').filter((child) => child !== '').map(Number));
    }
  }
  return waits;
}

/** '' for what is gone, or what this kernel does not have. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
