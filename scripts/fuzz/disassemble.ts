/** Instructions as text, in the verifier's own notation. Pure. */
import type { Code } from './compile.ts';
import {
  ALU,
  CALL,
  classOf,
  CLASS,
  EXIT,
  JA,
  JUMP,
  LD_IMM64,
  MODE_ATOMIC,
  operationOf,
  PSEUDO,
  sizeOf,
  usesReg,
} from './insn.ts';
import type { Insn } from './insn.ts';
import { MAP, type Helpers } from './interface.ts';

const ALU_SIGN: Readonly<Record<number, string>> = {
  [ALU.add]: '+=',
  [ALU.sub]: '-=',
  [ALU.mul]: '*=',
  [ALU.or]: '|=',
  [ALU.and]: '&=',
  [ALU.xor]: '^=',
  [ALU.mov]: '=',
};
const JUMP_SIGN: Readonly<Record<number, string>> = {
  [JUMP.eq]: '==',
  [JUMP.ne]: '!=',
  [JUMP.gt]: '>',
  [JUMP.ge]: '>=',
  [JUMP.lt]: '<',
  [JUMP.le]: '<=',
  [JUMP.set]: '&',
  [JUMP.sgt]: 's>',
  [JUMP.sge]: 's>=',
  [JUMP.slt]: 's<',
  [JUMP.sle]: 's<=',
};
const BITS = { 1: 'u8', 2: 'u16', 4: 'u32', 8: 'u64' } as const;

const signed = (number: number): string => (number < 0 ? `- ${-number}` : `+ ${number}`);
const memory = (insn: Insn, base: number): string => `*(${BITS[sizeOf(insn)]} *)(r${base} ${signed(insn.off)})`;

function wide(insn: Insn, next: Insn | undefined, at: number): string {
  if (insn.src === PSEUDO.map) {
    const name = Object.entries(MAP).find(([, number]) => number === insn.imm)?.[0];
    return `r${insn.dst} = map ${name ?? insn.imm}`;
  }
  if (insn.src === PSEUDO.func) return `r${insn.dst} = function ${at + 1 + insn.imm}`;
  const value = (BigInt((next?.imm ?? 0) >>> 0) << 32n) | BigInt(insn.imm >>> 0);
  return `r${insn.dst} = 0x${value.toString(16)} ll`;
}

function jump(insn: Insn, at: number, helpers: Helpers): string {
  if (insn.code === EXIT) return 'exit';
  if (insn.code === JA) return `goto ${at + 1 + insn.off}`;
  if (insn.code === CALL && insn.src === PSEUDO.call) return `call function ${at + 1 + insn.imm}`;
  if (insn.code === CALL) {
    const name = Object.entries(helpers).find(([, number]) => number === insn.imm)?.[0];
    return `call ${name ?? insn.imm}`;
  }
  const reg = classOf(insn) === CLASS.jmp32 ? 'w' : 'r';
  const right = usesReg(insn) ? `${reg}${insn.src}` : String(insn.imm);
  return `if ${reg}${insn.dst} ${JUMP_SIGN[operationOf(insn)] ?? '?'} ${right} goto ${at + 1 + insn.off}`;
}

function text(insn: Insn, next: Insn | undefined, at: number, helpers: Helpers): string {
  switch (classOf(insn)) {
    case CLASS.ld:
      return wide(insn, next, at);
    case CLASS.ldx:
      return `r${insn.dst} = ${memory(insn, insn.src)}`;
    case CLASS.st:
      return `${memory(insn, insn.dst)} = ${insn.imm}`;
    case CLASS.stx:
      return (insn.code & 0xe0) === MODE_ATOMIC
        ? `lock ${memory(insn, insn.dst)} += r${insn.src}`
        : `${memory(insn, insn.dst)} = r${insn.src}`;
    case CLASS.jmp:
    case CLASS.jmp32:
      return jump(insn, at, helpers);
    default:
      return `r${insn.dst} ${ALU_SIGN[operationOf(insn)] ?? '?'} ${usesReg(insn) ? `r${insn.src}` : insn.imm}`;
  }
}

export function disassemble({ type, insns, funcs }: Code, helpers: Helpers): string[] {
  const lines: string[] = [];
  for (const [at, insn] of insns.entries()) {
    const func = funcs.find((one) => one.at === at);
    if (func !== undefined) lines.push(`${func.kind === 'main' ? type : func.kind}:`);
    const second = insns[at - 1]?.code === LD_IMM64 && insn.code === 0;
    if (!second) lines.push(`${String(at).padStart(4)}: ${text(insn, insns[at + 1], at, helpers)}`);
  }
  return lines;
}
