/** Statements that programs of a seed are made of, apart from records. Pure. */
import { SLOT } from './interface.ts';
import type { Amount, Block, Stmt, Sub } from './program.ts';
import type { Random } from './random.ts';

/** What may be done where a statement is made. */
export interface Place {
  readonly depth: number;
  /** -1: the main program */
  readonly self: number;
  readonly subs: readonly Sub['kind'][];
}

export function branch(random: Random, taken: Block, other: Block): Stmt {
  const op = random.pick(['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'set', 'sgt', 'slt'] as const);
  return { k: 'branch', arg: random.below(6), op, value: random.between(1, 12), taken, other };
}

export function tail(random: Random): Stmt {
  return {
    k: 'tail',
    index: random.weighted<Amount>([
      [50, { value: SLOT.swapped }],
      [12, { value: SLOT.returns }],
      [8, { value: SLOT.records }],
      [8, { value: SLOT.empty }],
      [7, { value: 99 }],
      [15, { arg: random.below(6), mask: 3 }],
    ]),
  };
}

export function noise(random: Random): Block {
  const value = random.between(1, 99);
  return [{ k: 'mix', value }];
}

/** r7 and r8 into the result, while they are numbers. */
export function blends(random: Random): Block {
  return random.chance(30)
    ? [
        { k: 'set', reg: 7, value: 70 },
        { k: 'blend', reg: 7 },
      ]
    : [];
}

export function calls(random: Random, { self, subs }: Place): Block {
  const later = subs.slice(self + 1);
  const sub = random.below(4);
  if (later.length === 0) return noise(random);
  return later.every((kind) => kind === 'callback')
    ? [{ k: 'iterate', sub, times: random.between(1, 3) }, ...blends(random)]
    : [{ k: 'call', sub }, ...blends(random)];
}
