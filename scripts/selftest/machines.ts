/** Which topics need a guest of their own kind. Pure. */
import type { Accel } from '../../selftests/harness/budgets.ts';

export interface Machine {
  /** Under TCG: the virtual CPUs run in one host thread, in turn, and not in a thread each (MTTCG). */
  readonly inTurn: boolean;
  readonly topics: readonly string[];
}

/**
 * About writers, readers or CPUs at the same instant. In all other topics the CPUs run in turn: MTTCG drops the translations of
 * code before it stores what replaces the code, so another CPU's thread can translate the old bytes in between and run them for
 * ever. If that was an int3 of text_poke(), the kernel, which knows of no such breakpoint any more, dies: seen in __schedule()
 * while a test attached to sched_switch, and reliably when a JITed jump is patched under fire. In one thread no translation
 * outlives the bytes it was made of; the CPUs still interrupt each other wherever a block of code ends. It is quicker, too.
 * These topics patch no code that all CPUs run all the time.
 */
const PARALLEL: ReadonlySet<string> = new Set([
  'buffer-discard', 'buffer-full', 'buffer-hotplug', 'buffer-nested', 'buffer-order', 'buffer-race', 'buffer-wakeup',
]);

/** Whether the CPUs of the topic's guest run in turn. */
export function runsInTurn(topic: string, accel: Accel): boolean {
  return accel === 'tcg' && !PARALLEL.has(topic);
}

/** A guest for each kind that is wanted, the one with most to do first; topics keep their order. */
export function machinesFor(topics: readonly string[], accel: Accel): Machine[] {
  const machines = [true, false].map((kind) => ({ inTurn: kind, topics: topics.filter((topic) => runsInTurn(topic, accel) === kind) }));
  return machines.filter((machine) => machine.topics.length > 0);
}
