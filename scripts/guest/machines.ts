/** Which topics need a guest of their own kind. Pure. */
import type { Accel } from '../host/accelerator.ts';

export interface Machine {
  /** Under TCG: the virtual CPUs run in one host thread, in turn, and not in a thread each (MTTCG). */
  readonly inTurn: boolean;
  readonly topics: readonly string[];
}

/** Topics about rings in which nothing happens while something else does. */
const ONE_AFTER_THE_OTHER: ReadonlySet<string> = new Set([
  'buffer-errors',
  'buffer-overwritten',
  'buffer-strings',
  'buffer-verifier',
]);

/**
 * Whether the CPUs of the topic's guest run in turn. MTTCG drops the translations of code before it stores what
 * replaces the code, so another CPU's thread can translate the old bytes in between and run them for ever. If that was
 * an int3 of text_poke(), the kernel, which knows of no such breakpoint any more, dies: seen in __schedule() while a
 * test attached to sched_switch, and reliably when a JITed jump is patched under fire. In one thread no translation
 * outlives the bytes it was made of; the CPUs still interrupt each other wherever a block of code ends.
 *
 * What is about rings has writers and readers at the same instant, and runs on parallel CPUs. It must patch no code
 * that all CPUs run all the time, as an attachment to sched_switch or ksys_write() does.
 */
export function runsInTurn(topic: string, accel: Accel): boolean {
  return accel === 'tcg' && !(topic.startsWith('buffer-') && !ONE_AFTER_THE_OTHER.has(topic));
}

/** A guest for each kind that is wanted, the one with most to do first; topics keep their order. */
export function machinesFor(topics: readonly string[], accel: Accel): Machine[] {
  const machines = [true, false].map((kind) => ({
    inTurn: kind,
    topics: topics.filter((topic) => runsInTurn(topic, accel) === kind),
  }));
  return machines.filter((machine) => machine.topics.length > 0);
}
