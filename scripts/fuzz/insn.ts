/** BPF instructions as data, and their eight bytes. */
import { insn as eightBytes } from '../../selftests/tables/raw-program.ts';

export interface Insn {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
}

export const INSN_BYTES = 8;

/** Values of the src field that give an instruction another meaning. */
export const PSEUDO = { map: 1, call: 1, func: 4 } as const;

export const CLASS = { ld: 0, ldx: 1, st: 2, stx: 3, alu32: 4, jmp: 5, jmp32: 6, alu64: 7 } as const;
export const SIZE_CODE = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 } as const;
export type Size = keyof typeof SIZE_CODE;
export const MODE_MEM = 0x60;
export const MODE_ATOMIC = 0xc0;
export const LD_IMM64 = 0x18;
export const CALL = 0x85;
export const EXIT = 0x95;
export const JA = 0x05;
const SRC_REG = 0x08;

export const ALU = { add: 0x00, sub: 0x10, mul: 0x20, or: 0x40, and: 0x50, xor: 0xa0, mov: 0xb0 } as const;
export type AluOp = keyof typeof ALU;

export const JUMP = {
  eq: 0x10,
  gt: 0x20,
  ge: 0x30,
  set: 0x40,
  ne: 0x50,
  sgt: 0x60,
  sge: 0x70,
  lt: 0xa0,
  le: 0xb0,
  slt: 0xc0,
  sle: 0xd0,
} as const;
export type JumpOp = keyof typeof JUMP;

function insn(code: number, dst: number, src: number, off: number, imm: number): Insn {
  return { code, dst, src, off, imm };
}

export const alu = (op: AluOp, dst: number, imm: number): Insn => insn(CLASS.alu64 | ALU[op], dst, 0, 0, imm);
export const aluReg = (op: AluOp, dst: number, src: number): Insn =>
  insn(CLASS.alu64 | SRC_REG | ALU[op], dst, src, 0, 0);
export const load = (size: Size, dst: number, src: number, off: number): Insn =>
  insn(CLASS.ldx | MODE_MEM | SIZE_CODE[size], dst, src, off, 0);
export const store = (size: Size, dst: number, off: number, src: number): Insn =>
  insn(CLASS.stx | MODE_MEM | SIZE_CODE[size], dst, src, off, 0);
export const storeImm = (size: Size, dst: number, off: number, imm: number): Insn =>
  insn(CLASS.st | MODE_MEM | SIZE_CODE[size], dst, 0, off, imm);
/** *(u64 *)(dst + off) += src */
export const atomicAdd = (dst: number, off: number, src: number): Insn =>
  insn(CLASS.stx | MODE_ATOMIC | SIZE_CODE[8], dst, src, off, 0);
export const jump = (op: JumpOp, dst: number, imm: number, off: number, wide = true): Insn =>
  insn((wide ? CLASS.jmp : CLASS.jmp32) | JUMP[op], dst, 0, off, imm);
export const jumpReg = (op: JumpOp, dst: number, src: number, off: number, wide = true): Insn =>
  insn((wide ? CLASS.jmp : CLASS.jmp32) | SRC_REG | JUMP[op], dst, src, off, 0);
export const goTo = (off: number): Insn => insn(JA, 0, 0, off, 0);
export const call = (helper: number): Insn => insn(CALL, 0, 0, 0, helper);
export const callFunc = (distance: number): Insn => insn(CALL, 0, PSEUDO.call, 0, distance);
export const exit = (): Insn => insn(EXIT, 0, 0, 0, 0);

/** Two slots: the second has the upper half. */
export function wideImm(dst: number, value: bigint, pseudo = 0): readonly [Insn, Insn] {
  return [
    insn(LD_IMM64, dst, pseudo, 0, Number(BigInt.asIntN(32, value))),
    insn(0, 0, 0, 0, Number(BigInt.asIntN(32, value >> 32n))),
  ];
}

/** @param map its number in the runner's table, which puts the fd there */
export const mapRef = (dst: number, map: number): readonly [Insn, Insn] => wideImm(dst, BigInt(map), PSEUDO.map);
export const funcRef = (dst: number, distance: number): readonly [Insn, Insn] =>
  wideImm(dst, BigInt(distance), PSEUDO.func);

export const isWide = ({ code }: Insn): boolean => code === LD_IMM64;
export const classOf = ({ code }: Insn): number => code & 0x07;
export const usesReg = ({ code }: Insn): boolean => (code & SRC_REG) !== 0;
export const operationOf = ({ code }: Insn): number => code & 0xf0;

export function sizeOf({ code }: Insn): Size {
  const found = ([1, 2, 4, 8] as const).find((size) => SIZE_CODE[size] === (code & 0x18));
  return found ?? 8;
}

export function encode(insns: readonly Insn[]): Buffer {
  return Buffer.concat(insns.map(({ code, dst, src, off, imm }) => eightBytes(code, dst, src, off, imm)));
}
