/** Arithmetic and comparisons of 64 bits. Pure. */
import { ALU, JUMP } from './insn.ts';

export const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
export const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const s32 = (value: bigint): bigint => BigInt.asIntN(32, value);
const u32 = (value: bigint): bigint => BigInt.asUintN(32, value);

/** undefined: there is no such operation in programs of the fuzzer. */
export function compute(op: number, left: bigint, right: bigint): bigint | undefined {
  switch (op) {
    case ALU.mov:
      return right;
    case ALU.add:
      return u64(left + right);
    case ALU.sub:
      return u64(left - right);
    case ALU.mul:
      return u64(left * right);
    case ALU.and:
      return left & right;
    case ALU.or:
      return left | right;
    case ALU.xor:
      return left ^ right;
    default:
      return undefined;
  }
}

/** Whether the jump is taken; of the lower halves if it is `narrow`. */
export function holds(op: number, first: bigint, second: bigint, narrow = false): boolean | undefined {
  const [left, right] = narrow ? [u32(first), u32(second)] : [first, second];
  const signed = narrow ? s32 : s64;
  switch (op) {
    case JUMP.eq:
      return left === right;
    case JUMP.ne:
      return left !== right;
    case JUMP.gt:
      return left > right;
    case JUMP.ge:
      return left >= right;
    case JUMP.lt:
      return left < right;
    case JUMP.le:
      return left <= right;
    case JUMP.set:
      return (left & right) !== 0n;
    case JUMP.sgt:
      return signed(left) > signed(right);
    case JUMP.sge:
      return signed(left) >= signed(right);
    case JUMP.slt:
      return signed(left) < signed(right);
    case JUMP.sle:
      return signed(left) <= signed(right);
    default:
      return undefined;
  }
}
