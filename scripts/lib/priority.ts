/** How much of the processors a session gets when others run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { errnoOf } from './errors.ts';

const LAST = 19;
/** The kernel lets all users but root together set one group in a tenth of a second. */
const AGAIN_MS = 110;
const TRIES = 20;

/**
 * Makes a command nicer than this process by `increment`, as nice(1) does. Where the scheduler groups processes by
 * session, that value says nothing to other sessions; the session has one of its own, see autogroup in sched(7), which
 * a new session does not inherit: so it is handed on here, also when nothing is added. `pid` leads a session that holds
 * nothing else.
 */
export function makeNice(pid: number, increment = 0): void {
  const group = Math.min(LAST, sessionNice() + increment);
  if (group !== 0) setGroup(pid, group);
  if (increment === 0) return;
  try {
    setPriority(pid, Math.min(LAST, getPriority() + increment));
  } catch {
    // it ended already
  }
}

function setGroup(pid: number, nice: number, tries = TRIES): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch (error: unknown) {
    // otherwise it ended already, or the kernel knows no such groups: then its own value does it alone
    if (errnoOf(error) === 'EAGAIN' && tries > 0) setTimeout(() => setGroup(pid, nice, tries - 1), AGAIN_MS).unref();
  }
}

/** The value of this process's own session; 0 where there is none. */
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
