/** The smallest programs there are: one that returns 0, and one that makes a single tail call first. Pure. */
import type { RawProgram } from '../agent/protocol.ts';

const MOV64_IMM = 0xb7;
const LD_IMM64 = 0x18;
const CALL = 0x85;
const EXIT = 0x95;
const PSEUDO_MAP_FD = 1;
const FUNC_TAIL_CALL = 12;

/** One eight-byte instruction. */
export function insn(code: number, dst: number, src: number, offset: number, imm: number): Uint8Array {
  const out = Buffer.alloc(8);
  out.writeUInt8(code, 0);
  out.writeUInt8((src << 4) | dst, 1);
  out.writeInt16LE(offset, 2);
  out.writeInt32LE(imm | 0, 4);
  return out;
}

/** R1 is the context still. */
function tailCall(arrayFd: number, index: number): Uint8Array[] {
  return [
    insn(LD_IMM64, 2, PSEUDO_MAP_FD, 0, arrayFd),
    insn(0, 0, 0, 0, 0),
    insn(MOV64_IMM, 3, 0, 0, index),
    insn(CALL, 0, 0, 0, FUNC_TAIL_CALL),
  ];
}

/** A program of `type` that returns `value`. */
export function returns(type: string, value: number): RawProgram {
  return { type, insns: Buffer.concat([insn(MOV64_IMM, 0, 0, 0, value), insn(EXIT, 0, 0, 0, 0)]), name: 'returns' };
}

/** A program of `type`; with `array`, one that tail-calls slot 0 of it. */
export function bpfProgram(type: string, array?: { readonly fd: number }, more: Partial<RawProgram> = {}): RawProgram {
  const insns = Buffer.concat([
    ...(array === undefined ? [] : tailCall(array.fd, 0)),
    insn(MOV64_IMM, 0, 0, 0, 0),
    insn(EXIT, 0, 0, 0, 0),
  ]);
  return { type, insns, name: `${type}`.slice(0, 15), ...more };
}
