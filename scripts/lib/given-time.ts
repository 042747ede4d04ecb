/**
 * A clock for budgets: it counts the time in which processes could work, and not the time in which they waited for a
 * processor. Then a budget says how long something may take on a machine of its own, and a busy machine only takes
 * longer for it. What sleeps or spins for ever still spends its budget: neither waits for a processor.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export interface Clock {
  nowMs(): number;
}

/** For what is no process, and for tests. */
export const wallClock: Clock = { nowMs: () => performance.now() };

/**
 * However little is given, this much of the wall's time counts: a budget ends at the latest after a hundred times its
 * length.
 */
const LEAST_SHARE = 1 / 100;
/**
 * The clock is read more often than this; between, this process itself stood still, and could not hear what it waits
 * for.
 */
const LONGEST_STEP_MS = 2_000;
const [SHORTEST_POLL_MS, LONGEST_POLL_MS] = [10, 500];
const NS_PER_MS = 1e6;

export interface Step {
  readonly wallMs: number;
  /** The longest that one of the threads waited for a processor. */
  readonly waitedMs: number;
  /** What the machine has of its processors, 0 to 1: the rest is its hypervisor's. */
  readonly share: number;
}

/** How much of a step counts. Pure. */
export function counted(step: Step): number {
  const wallMs = Math.min(step.wallMs, LONGEST_STEP_MS);
  return Math.max((wallMs - Math.min(step.waitedMs, wallMs)) * step.share, wallMs * LEAST_SHARE);
}

export interface Thread {
  /** What it had of processors. */
  readonly ranMs: number;
  readonly waitedMs: number;
  /** It wants a processor now, or has one. */
  readonly runnable: boolean;
}

/** By thread id. */
export type Threads = ReadonlyMap<string, Thread>;

/**
 * The kernel adds a wait to a thread's sum when it is over, and of a hundredth of a processor that is seconds later: a
 * thread that is runnable and did not run is waiting. What is added then is not counted twice, and what is more than
 * the step counts in the next. Pure.
 */
export function follow(before: Threads, seen: Threads, wallMs: number): Threads {
  return new Map(
    [...seen].map(([id, thread]) => {
      const last = before.get(id);
      const waits = last !== undefined && thread.runnable && thread.ranMs === last.ranMs;
      const least = last?.waitedMs ?? 0;
      const waitedMs = Math.min(Math.max(thread.waitedMs, least + (waits ? wallMs : 0)), least + wallMs);
      return [id, { ...thread, waitedMs }];
    }),
  );
}

/** A thread that is new waited since it began. */
export function longestWait(before: Threads, after: Threads): number {
  return Math.max(0, ...[...after].map(([id, { waitedMs }]) => waitedMs - (before.get(id)?.waitedMs ?? 0)));
}

/** @param before and `after`: text of /proc/stat @returns the share that was not stolen */
export function shareOf(before: string, after: string): number {
  const [a, b] = [ticks(before), ticks(after)];
  const [stolen, busy] = [b.stolen - a.stolen, b.busy - a.busy];
  return stolen > 0 && busy >= 0 ? busy / (busy + stolen) : 1;
}

function ticks(stat: string): { readonly stolen: number; readonly busy: number } {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '')
    .split(' ')
    .map(Number);
  return { stolen, busy: user + nice + system + irq + softirq };
}

/** A kernel without schedstat says at least how many want a processor now. @param loadavg text of /proc/loadavg */
export function crowdedShare(loadavg: string, processors: number): number {
  const runnable = Number(/ (\d+)\//.exec(loadavg)?.[1] ?? 0);
  return Math.min(1, processors / Math.max(1, runnable));
}

/** For these processes and their descendants. */
export function givenTime(roots: () => readonly number[]): Clock {
  let nowMs = 0;
  let [wall, stat, threads] = [performance.now(), read('/proc/stat'), threadsOf(roots())];
  return {
    nowMs: () => {
      const wallMs = performance.now() - wall;
      if (wallMs < SHORTEST_POLL_MS) return nowMs;
      const pids = roots();
      const now = { stat: read('/proc/stat'), threads: follow(threads, threadsOf(pids), wallMs) };
      const known = now.threads.size > 0 || pids.length === 0;
      const share = shareOf(stat, now.stat) * (known ? 1 : crowdedShare(read('/proc/loadavg'), availableParallelism()));
      nowMs += counted({ wallMs, waitedMs: longestWait(threads, now.threads), share });
      [wall, stat, threads] = [wall + wallMs, now.stat, now.threads];
      return nowMs;
    },
  };
}

/** Calls `spent` once, when `ms` of the clock are over. @returns what cancels it */
export function afterGiven(clock: Clock, ms: number, spent: () => void): () => void {
  const end = clock.nowMs() + ms;
  const timer = setInterval(
    () => {
      if (clock.nowMs() < end) return;
      clearInterval(timer);
      spent();
    },
    Math.min(LONGEST_POLL_MS, Math.max(SHORTEST_POLL_MS, ms / 20)),
  );
  return () => clearInterval(timer);
}

/** undefined when `ms` of the clock are over first. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  let cancel = (): void => undefined;
  const late = new Promise<undefined>((resolve) => (cancel = afterGiven(clock, ms, () => resolve(undefined))));
  return Promise.race([work, late]).finally(() => cancel());
}

function threadsOf(roots: readonly number[]): Threads {
  const threads = new Map<string, Thread>();
  const pids = [...roots];
  for (const pid of pids) {
    for (const id of list(`/proc/${pid}/task`)) {
      const dir = `/proc/${pid}/task/${id}`;
      const [ran, waited] = read(`${dir}/schedstat`).split(' ');
      const runnable = /\) R [^)]*$/.test(read(`${dir}/stat`));
      if (waited !== undefined)
        threads.set(id, { ranMs: Number(ran) / NS_PER_MS, waitedMs: Number(waited) / NS_PER_MS, runnable });
      pids.push(
        ...read(`${dir}/children`)
          .split(' ')
          .filter((child) => child !== '')
          .map(Number),
      );
    }
  }
  return threads;
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
