/** What the model knows about registers, the stack and the record at one point of one path. */

export type Value =
  | { readonly t: 'none' }
  /** A number: known, or between 0 and `most`, or anything. `fresh`: nothing has been concluded about it so far. */
  | { readonly t: 'num'; readonly known?: bigint; readonly most?: bigint; readonly id: number; readonly fresh: boolean }
  | { readonly t: 'ctx' }
  | { readonly t: 'fp'; readonly frame: number; readonly off: number }
  /** `range`: so many bytes from `off` 0 are the record's; AT_END and BEYOND_END as the verifier has them. */
  | { readonly t: 'buf'; readonly off: number; readonly id: number; readonly most: number; readonly range: number }
  | { readonly t: 'end' }
  | { readonly t: 'map'; readonly map: number }
  | { readonly t: 'func'; readonly at: number };

export const AT_END = -1;
export const BEYOND_END = -2;

export const NONE: Value = { t: 'none' };

export interface OpenPair {
  readonly map: number;
  readonly id: bigint;
}

export interface AbstractFrame {
  readonly regs: Value[];
  /** Eight bytes each, by offset from the frame pointer. */
  readonly stack: Map<number, Value>;
  readonly start: number;
  readonly back: number;
  /** How many times the callback has run, in the frame that calls it. */
  callbackDepth: number;
  readonly callback: boolean;
}

export interface State {
  pc: number;
  readonly frames: AbstractFrame[];
  open: OpenPair | undefined;
  /** A number was looked at twice: the verifier may know that this path cannot be. */
  doubt: boolean;
}

export function copyState(state: State): State {
  return {
    ...state,
    frames: state.frames.map((frame) => ({ ...frame, regs: [...frame.regs], stack: new Map(frame.stack) })),
  };
}

export function newFrame(start: number, back: number, depth: number, callback = false): AbstractFrame {
  const regs: Value[] = Array.from({ length: 11 }, () => NONE);
  regs[10] = { t: 'fp', frame: depth, off: 0 };
  return { regs, stack: new Map(), start, back, callbackDepth: 0, callback };
}

/** Changes values wherever they are: in the registers and on the stacks of all frames. */
export function eachValue(state: State, change: (value: Value) => Value): void {
  for (const { regs, stack } of state.frames) {
    for (const [index, value] of regs.entries()) regs[index] = change(value);
    for (const [slot, value] of stack) stack.set(slot, change(value));
  }
}
