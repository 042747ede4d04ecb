/**
 * Runs instructions as the kernel would: what a program returns, what is in the ring after it, and whether it does
 * harm. Values that depend on where things are in memory are carried along as such, and what is made of them
 * cannot be told. Pure.
 */
import type { Code } from './compile.ts';
import { compute, holds, u64 } from './compute.ts';
import {
  ANYTHING,
  AT,
  Cpu,
  FRAME_STEP,
  Harm,
  KNOWN,
  RECORD,
  Unclear,
  type Frame,
  type Programs,
  type Scenario,
} from './cpu.ts';
import {
  ALU,
  CALL,
  classOf,
  CLASS,
  EXIT,
  isWide,
  JA,
  JUMP,
  LD_IMM64,
  MODE_ATOMIC,
  operationOf,
  PSEUDO,
  sizeOf,
  usesReg,
  type Insn,
} from './insn.ts';
import { ARGC, CTX, type Helpers } from './interface.ts';
import { call } from './machine-call.ts';
import { RingImage } from './ring-image.ts';

const STEPS = 20_000;

export interface Outcome {
  /** 32 bits of it are returned; undefined: depends on addresses. */
  readonly result: number | undefined;
  readonly ring: RingImage;
  /** What an accepted program must not do. */
  readonly harm?: string;
  /** Why this does not say anything. */
  readonly unclear?: string;
}

export class Machine {
  readonly #cpu: Cpu;

  /** @param ring what is in the ring already */
  constructor(helpers: Helpers, programs: Programs, scenario: Scenario, ring = new RingImage()) {
    this.#cpu = new Cpu(helpers, programs, scenario, ring);
  }

  run(code: Code): Outcome {
    const cpu = this.#cpu;
    const { ring } = cpu;
    let result: number | undefined;
    try {
      cpu.enter(code, 0, [[AT.ctx, ANYTHING]], (value, origin) => {
        result = origin === KNOWN ? Number(value & 0xffff_ffffn) : undefined;
      });
      while (cpu.frames.length > 0) step(cpu);
      if (cpu.pending) throw new Harm('ends with a record open');
      return { result, ring };
    } catch (error: unknown) {
      if (error instanceof Harm) return { result: undefined, ring, harm: error.message };
      if (error instanceof Unclear) return { result: undefined, ring, unclear: error.message };
      throw error;
    }
  }
}

function step(cpu: Cpu): void {
  if (++cpu.steps > STEPS) throw new Unclear('too many steps');
  const frame = cpu.frame;
  const insn = frame.code.insns[frame.pc];
  if (insn === undefined) throw new Harm('runs off its end');
  frame.pc += isWide(insn) ? 2 : 1;
  switch (classOf(insn)) {
    case CLASS.ld:
      wide(cpu, insn, frame.code.insns[frame.pc - 1]);
      return;
    case CLASS.ldx:
      load(cpu, insn);
      return;
    case CLASS.st:
    case CLASS.stx:
      store(cpu, insn);
      return;
    case CLASS.alu64:
      alu(cpu, insn);
      return;
    case CLASS.jmp:
    case CLASS.jmp32:
      jump(cpu, insn, frame);
      return;
    default:
      throw new Unclear(`instruction ${insn.code}`);
  }
}

function wide(cpu: Cpu, insn: Insn, next: Insn | undefined): void {
  if (insn.code !== LD_IMM64 || next === undefined) throw new Unclear(`instruction ${insn.code}`);
  if (insn.src === PSEUDO.map) {
    cpu.set(insn.dst, AT.map + FRAME_STEP * BigInt(insn.imm), ANYTHING);
    return;
  }
  if (insn.src === PSEUDO.func) {
    cpu.set(insn.dst, BigInt(cpu.frame.pc - 1 + insn.imm), ANYTHING);
    return;
  }
  cpu.set(insn.dst, (BigInt(next.imm) << 32n) | BigInt(insn.imm >>> 0));
}

function alu(cpu: Cpu, insn: Insn): void {
  const right = rightOf(cpu, insn);
  const op = operationOf(insn);
  const value = compute(op, cpu.get(insn.dst), right);
  if (value === undefined) throw new Unclear(`operation ${op}`);
  const from = usesReg(insn) ? cpu.origin(insn.src) : KNOWN;
  cpu.set(insn.dst, value, op === ALU.mov ? from : together(op, cpu.origin(insn.dst), from));
}

/** The second operand. */
function rightOf(cpu: Cpu, insn: Insn): bigint {
  return usesReg(insn) ? cpu.get(insn.src) : u64(BigInt(insn.imm));
}

function load(cpu: Cpu, insn: Insn): void {
  const size = sizeOf(insn);
  const address = u64(cpu.get(insn.src) + BigInt(insn.off));
  const member = Number(address - AT.ctx);
  if (member >= 0 && member < 4096) {
    loadMember(cpu, insn.dst, member, size);
    return;
  }
  const { bytes, at, origin } = cpu.memory(address, size);
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] ?? 0);
  const origins = new Set(Array.from({ length: size }, (_, i) => origin(i)));
  const [only = ANYTHING] = origins;
  const whole = origins.size === 1 && (only < RECORD || size === 8);
  cpu.set(insn.dst, value, whole ? only : ANYTHING);
}

function loadMember(cpu: Cpu, dst: number, member: number, size: number): void {
  const { type } = cpu.frame.code;
  const arg = (member - (type === 'dtrace' ? CTX.argv : 0)) / 8;
  if (Number.isInteger(arg) && arg >= 0 && arg < ARGC && size === 8) cpu.set(dst, cpu.scenario.args[arg] ?? 0n);
  else if (type !== 'dtrace') throw new Unclear('member of another context');
  else if (member === CTX.buf && size === 8) cpu.set(dst, addressOf(cpu.open?.data), RECORD + cpu.reservations);
  else if (member === CTX.end && size === 8) cpu.set(dst, addressOf(cpu.open?.end), RECORD + cpu.reservations);
  else if (member === CTX.ecb && size === 4) cpu.set(dst, BigInt(cpu.ecb));
  else if (member === CTX.probe && size === 4) cpu.set(dst, BigInt(cpu.probe));
  else cpu.set(dst, 0n, ANYTHING);
}

function addressOf(inRing: number | undefined): bigint {
  return inRing === undefined ? 0n : AT.ring + BigInt(inRing);
}

function store(cpu: Cpu, insn: Insn): void {
  const size = sizeOf(insn);
  const isReg = classOf(insn) === CLASS.stx;
  const address = u64(cpu.get(insn.dst) + BigInt(insn.off));
  const value = isReg ? cpu.get(insn.src) : u64(BigInt(insn.imm));
  if ((insn.code & 0xe0) === MODE_ATOMIC) throw new Unclear('atomic operation');
  cpu.write(address, size, (i) => Number((value >> BigInt(8 * i)) & 0xffn), isReg ? cpu.origin(insn.src) : KNOWN);
}

function jump(cpu: Cpu, insn: Insn, frame: Frame): void {
  if (insn.code === JA) frame.pc += insn.off;
  else if (insn.code === CALL) call(cpu, insn, frame);
  else if (insn.code === EXIT) exit(cpu);
  else if (isTaken(cpu, insn)) frame.pc += insn.off;
}

function isTaken(cpu: Cpu, insn: Insn): boolean {
  const narrow = classOf(insn) === CLASS.jmp32;
  const op = operationOf(insn);
  const [left, right] = [cpu.origin(insn.dst), usesReg(insn) ? cpu.origin(insn.src) : KNOWN];
  // where two pointers into the same record are to each other is known, unless a half of them is looked at
  const placed = left === right && left >= RECORD && !narrow && op !== JUMP.set;
  if ((left !== KNOWN || right !== KNOWN) && !placed) throw new Unclear('comparison of addresses');
  return holds(op, cpu.get(insn.dst), rightOf(cpu, insn), narrow) ?? false;
}

function exit(cpu: Cpu): void {
  const frame = cpu.frame;
  cpu.frames.pop();
  frame.done(frame.regs[0] ?? 0n, frame.origins[0] ?? ANYTHING);
}

/** Of what an operation makes of two values: a pointer is moved, and all else is no longer one. */
function together(op: number, left: number, right: number): number {
  const most = Math.max(left, right);
  const moves = (op === ALU.add || op === ALU.sub) && (left === KNOWN || right === KNOWN);
  return most === KNOWN || moves ? most : ANYTHING;
}
