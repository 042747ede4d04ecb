/** What all paths of one judgement have together, and what is read of one of them. */
import { NONE, type State, type Value } from './abstract.ts';
import type { Code } from './compile.ts';
import type { Helpers } from './interface.ts';
import type { Kernel, Rules } from './rules.ts';
import { NotKnown, Refused } from './verdict.ts';

export const CALL_CLOBBERS = [1, 2, 3, 4, 5] as const;

export class Walk {
  readonly code: Code;
  readonly helpers: Helpers;
  readonly rules: Rules;
  /** Paths that are not at their end. */
  readonly work: State[] = [];
  /** Global functions that are called: each is looked at alone. */
  readonly globals = new Set<number>();
  #ids = 0;

  constructor(code: Code, { helpers, rules }: Kernel) {
    this.code = code;
    this.helpers = helpers;
    this.rules = rules;
  }

  id(): number {
    return ++this.#ids;
  }

  number(more: { readonly known?: bigint; readonly most?: bigint; readonly fresh?: boolean } = {}): Value {
    return { t: 'num', id: this.id(), fresh: false, ...more };
  }
}

export function frameOf(state: State): State['frames'][number] {
  const frame = state.frames.at(-1);
  if (frame === undefined) throw new NotKnown('no frame');
  return frame;
}

export function read(state: State, reg: number, at: number): Value {
  const value = frameOf(state).regs[reg] ?? NONE;
  if (value.t === 'none') throw new Refused(`R${reg} !read_ok`, at);
  return value;
}

export function clobber(state: State): void {
  const { regs } = frameOf(state);
  for (const reg of CALL_CLOBBERS) regs[reg] = NONE;
}
