/** Which topics need a guest of their own kind. Pure. */
import type { Accel } from '../../selftests/harness/budgets.ts';

export interface Machine {
  /** Under TCG: the virtual CPUs run in one host thread, in turn, and not in a thread each (MTTCG). */
  readonly inTurn: boolean;
  readonly topics: readonly string[];
}

/**
 * These patch jumps while they are executed on another CPU. MTTCG runs an int3 that it had translated just before text_poke()
 * replaced it, and the kernel, which knows of no such breakpoint any more, dies. In one thread no translation outlives the bytes
 * it was made of; the CPUs still interrupt each other at any instruction boundary where a block of code ends.
 */
const IN_TURN: ReadonlySet<string> = new Set(['tail-call-storm']);

/** A guest for each kind that is wanted, the common one first; topics keep their order. */
export function machinesFor(topics: readonly string[], accel: Accel): Machine[] {
  const inTurn = (topic: string): boolean => accel === 'tcg' && IN_TURN.has(topic);
  const machines = [false, true].map((kind) => ({ inTurn: kind, topics: topics.filter((topic) => inTurn(topic) === kind) }));
  return machines.filter((machine) => machine.topics.length > 0);
}
