/** What a comparison says in each of its branches. Pure. */
import { AT_END, BEYOND_END, copyState, eachValue, type State, type Value } from './abstract.ts';
import { holds, u64 } from './compute.ts';
import { CLASS, classOf, JUMP, operationOf, usesReg, type Insn } from './insn.ts';
import { frameOf, read, type Walk } from './walk.ts';

/** Ranges are only proven for offsets up to this. */
const MAX_OFF = 0xffff;

export function branch(walk: Walk, state: State, insn: Insn, at: number): void {
  const left = read(state, insn.dst, at);
  const right = usesReg(insn) ? read(state, insn.src, at) : walk.number({ known: u64(BigInt(insn.imm)) });
  const narrow = classOf(insn) === CLASS.jmp32;
  const op = operationOf(insn);
  const jumps = decided(op, left, right, narrow);
  if (jumps !== undefined) {
    if (jumps) state.pc += insn.off;
    return;
  }
  const taken = copyState(state);
  taken.pc += insn.off;
  if (!narrow) proves(op, insn, state, taken, left, right);
  for (const value of [left, right]) {
    if (value.t !== 'num' || value.known !== undefined) continue;
    if (!value.fresh) state.doubt = taken.doubt = true;
    for (const one of [state, taken])
      eachValue(one, (other) => (other.t === 'num' && other.id === value.id ? { ...other, fresh: false } : other));
  }
  walk.work.push(taken);
}

/** Where only one branch can be taken, for all that is known. */
function decided(op: number, left: Value, right: Value, narrow: boolean): boolean | undefined {
  if (left.t === 'num' && right.t === 'num') {
    const [a, b] = [left.known, right.known];
    if (a === undefined || b === undefined) return undefined;
    return holds(op, a, b, narrow);
  }
  if (narrow) return undefined;
  const [pointer, seen] = left.t === 'buf' && right.t === 'end' ? [left, op] : [right, mirrored(op)];
  if (pointer.t !== 'buf' || (left.t !== 'end' && right.t !== 'end') || pointer.range >= 0) return undefined;
  if ((seen === JUMP.le || seen === JUMP.gt) && pointer.range === BEYOND_END) return seen === JUMP.gt;
  if (seen === JUMP.lt || seen === JUMP.ge) return seen === JUMP.ge;
  return undefined;
}

/** What a comparison of the two pointers says in each of its branches. */
function proves(op: number, insn: Insn, other: State, taken: State, left: Value, right: Value): void {
  const first = left.t === 'buf' && right.t === 'end';
  if (!first && !(left.t === 'end' && right.t === 'buf')) return;
  const pointer = first ? left : right;
  const seen = first ? op : mirrored(op);
  if (pointer.t !== 'buf') return;
  const reg = first ? insn.dst : insn.src;
  // within and at the end; one byte more; at or behind the end
  const cases: Readonly<Record<number, { within: State; beyond: State; open: boolean }>> = {
    [JUMP.gt]: { within: other, beyond: taken, open: false },
    [JUMP.le]: { within: taken, beyond: other, open: false },
    [JUMP.lt]: { within: taken, beyond: other, open: true },
    [JUMP.ge]: { within: other, beyond: taken, open: true },
  };
  const found = cases[seen];
  if (found === undefined) return;
  widen(found.within, pointer, found.open);
  const frame = frameOf(found.beyond);
  frame.regs[reg] = { ...pointer, range: found.open ? AT_END : BEYOND_END };
}

function widen(state: State, pointer: Value & { t: 'buf' }, open: boolean): void {
  if (pointer.off < 0 || (pointer.off === 0 && open)) return;
  if (pointer.most > MAX_OFF || pointer.most + pointer.off > MAX_OFF) return;
  const range = pointer.off + (open ? 1 : 0);
  eachValue(state, (value) =>
    value.t === 'buf' && value.id === pointer.id ? { ...value, range: Math.max(value.range, range) } : value,
  );
}

/** The same comparison with its operands exchanged. */
function mirrored(op: number): number {
  const pairs: Readonly<Record<number, number>> = {
    [JUMP.gt]: JUMP.lt,
    [JUMP.lt]: JUMP.gt,
    [JUMP.ge]: JUMP.le,
    [JUMP.le]: JUMP.ge,
  };
  return pairs[op] ?? op;
}
