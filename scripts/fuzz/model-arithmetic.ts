/** What operations make of values. Pure. */
import type { State, Value } from './abstract.ts';
import { compute, s64, u64 } from './compute.ts';
import { ALU, operationOf, usesReg, type Insn } from './insn.ts';
import { NotKnown, Refused } from './verdict.ts';
import { read, type Walk } from './walk.ts';

const MAX_VARIABLE = 1n << 29n;

export function alu(walk: Walk, state: State, insn: Insn, at: number): Value {
  const op = operationOf(insn);
  const right = usesReg(insn) ? read(state, insn.src, at) : walk.number({ known: u64(BigInt(insn.imm)) });
  if (op === ALU.mov) return right;
  const left = read(state, insn.dst, at);
  if (left.t === 'num' && right.t === 'num') return numbers(walk, op, left, right);
  if (left.t === 'num') {
    if (op === ALU.add) throw new NotKnown('number plus pointer');
    throw new Refused('pointer as an operand', at);
  }
  if (right.t !== 'num') throw new NotKnown('two pointers');
  if (op !== ALU.add && op !== ALU.sub) throw new Refused('pointer as an operand', at);
  return moved(walk, left, op === ALU.add, right, at);
}

function numbers(walk: Walk, op: number, left: Value & { t: 'num' }, right: Value & { t: 'num' }): Value {
  if (left.known !== undefined && right.known !== undefined) {
    const known = compute(op, left.known, right.known);
    if (known === undefined) throw new NotKnown(`operation ${op}`);
    return walk.number({ known });
  }
  if (op === ALU.and && right.known !== undefined && s64(right.known) >= 0n)
    return right.known === 0n ? walk.number({ known: 0n }) : walk.number({ most: right.known });
  // as unknown as before, and tested together with it
  if ((op === ALU.add || op === ALU.sub) && left.fresh && right.known !== undefined) return { ...left };
  // the verifier may know more of these, which matters once they are compared or added to a pointer
  return walk.number();
}

/** A pointer with a number added to it or taken off. */
function moved(walk: Walk, pointer: Value, plus: boolean, by: Value & { t: 'num' }, at: number): Value {
  if (pointer.t !== 'buf' && pointer.t !== 'fp') throw new Refused(`arithmetic on ${pointer.t}`, at);
  if (by.known !== undefined) {
    const off = pointer.off + Number(plus ? s64(by.known) : -s64(by.known));
    if (Math.abs(off) >= Number(MAX_VARIABLE)) throw new Refused('offset out of bounds', at);
    return pointer.t === 'buf' ? { ...pointer, off, range: Math.max(0, pointer.range) } : { ...pointer, off };
  }
  if (by.most === undefined) {
    if (by.fresh) throw new Refused('unbounded number', at);
    throw new NotKnown('a number of which the verifier may know more');
  }
  if (pointer.t === 'fp' || !plus) throw new NotKnown('variable offset');
  const most = pointer.most + Number(by.most);
  if (most >= Number(MAX_VARIABLE)) throw new Refused('offset out of bounds', at);
  return { ...pointer, id: walk.id(), most, range: 0 };
}
