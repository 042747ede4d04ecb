/** How much of the processors a session gets beside others. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Where the scheduler groups processes by session, a nice value says nothing to other sessions; the session has one of its own,
 * see autogroup in sched(7). Elsewhere the process's own value, which its children inherit, does it alone. `pid` leads a session
 * that holds nothing else.
 */
export function setSessionNice(pid: number, nice: number): void {
  for (const set of [() => writeFileSync(`/proc/${pid}/autogroup`, String(nice)), () => setPriority(pid, nice)]) {
    try {
      set();
    } catch {
      // it ended already, the kernel knows no such groups, or this user may not: it runs like everything else
    }
  }
}

/** The value of this process's own session; 0 where there is none. A new session starts with 0, so whoever makes one hands it on. */
export function sessionNice(): number {
  try {
    return parseAutogroup(readFileSync('/proc/self/autogroup', 'utf8'));
  } catch {
    return 0;
  }
}

/** @param text such as "/autogroup-21 nice 5" */
export function parseAutogroup(text: string): number {
  return Number(/ nice (-?\d+)$/m.exec(text)?.[1] ?? 0);
}
