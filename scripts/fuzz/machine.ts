/**
 * Runs instructions as the kernel would: what a program returns, what is in the ring after it, and whether it does
 * harm. Values that depend on where things are in memory are carried along as such, and what is made of them
 * cannot be told. Pure.
 */
import type { Code } from './compile.ts';
import { compute, holds, u64 } from './compute.ts';
import {
  ALU,
  classOf,
  CLASS,
  isWide,
  JUMP,
  LD_IMM64,
  MODE_ATOMIC,
  operationOf,
  PSEUDO,
  sizeOf,
  usesReg,
  CALL,
  EXIT,
  JA,
} from './insn.ts';
import type { Insn } from './insn.ts';
import { ARGC, BUF_ID, COMM, CTX, ECB, ERANGE, MAP, SLOT, SLOTS, type Helpers } from './interface.ts';
import { RingImage, type OpenRecord } from './ring-image.ts';

const errno = (number: bigint): bigint => u64(-number);

/** Places in memory that are far from each other. */
const AT = {
  ctx: 0xffff888001000000n,
  stack: 0xffffc90000a00000n,
  ring: 0xffffc90002000000n,
  map: 0xffff888003000000n,
} as const;
const FRAME_STEP = 0x1000n;
const STACK_BYTES = 512;
const STEPS = 20_000;
const TAIL_CALLS = 33;
const ARGS = [1, 2, 3, 4, 5] as const;
const EINVAL = 22n;
const E2BIG = 7n;
const ENOENT = 2n;

export interface Scenario {
  readonly args: readonly bigint[];
  /** Which of the runner's programs is in the slot that changes. */
  readonly swapped: 'nothing' | 'returns' | 'records';
  /** Whether there is a ring to write to. */
  readonly event: boolean;
}

export interface Outcome {
  /** 32 bits of it are returned; undefined: depends on addresses. */
  readonly result: number | undefined;
  readonly ring: RingImage;
  /** What an accepted program must not do. */
  readonly harm?: string;
  /** Why this does not say anything. */
  readonly unclear?: string;
}

/**
 * Where a value is from. ANYTHING depends on addresses, or on what was in memory before; from RECORD on it points
 * into a record, and each has a number.
 */
const KNOWN = 0;
const ANYTHING = 1;
const RECORD = 2;

class Harm extends Error {}
class Unclear extends Error {}

interface Frame {
  code: Code;
  pc: number;
  readonly regs: bigint[];
  /** See KNOWN. */
  readonly origins: Uint16Array;
  readonly stack: Uint8Array;
  readonly stackOrigins: Uint16Array;
  readonly done: (result: bigint, origin: number) => void;
}

interface Memory {
  readonly bytes: Uint8Array;
  /** Where in them it begins; the rest counts from there. */
  readonly at: number;
  readonly origin: (i: number) => number;
  readonly mark: (i: number, origin: number) => void;
}

/** Of what an operation makes of two values: a pointer is moved, and all else is no longer one. */
function together(op: number, left: number, right: number): number {
  const most = Math.max(left, right);
  const moves = (op === ALU.add || op === ALU.sub) && (left === KNOWN || right === KNOWN);
  return most === KNOWN || moves ? most : ANYTHING;
}

export interface Programs {
  readonly returns: Code;
  readonly records: Code;
}

export class Machine {
  readonly #helpers: Helpers;
  readonly #scenario: Scenario;
  readonly #slots = new Map<number, Code>();
  readonly #ring: RingImage;
  readonly #frames: Frame[] = [];
  #open: OpenRecord | undefined;
  /** Between reserve and close, also when nothing could be reserved. */
  #pending = false;
  #reservations = 0;
  #ecb = 0;
  #probe = 0;
  #steps = 0;
  #tails = 0;
  #result: bigint = 0n;
  #resultOrigin = KNOWN;

  /** @param ring what is in the ring already */
  constructor(helpers: Helpers, programs: Programs, scenario: Scenario, ring = new RingImage()) {
    this.#ring = ring;
    this.#helpers = helpers;
    this.#scenario = scenario;
    this.#slots.set(SLOT.returns, programs.returns).set(SLOT.records, programs.records);
    if (scenario.swapped !== 'nothing') this.#slots.set(SLOT.swapped, programs[scenario.swapped]);
  }

  run(code: Code): Outcome {
    const end = (more: Pick<Outcome, 'harm' | 'unclear'> = {}): Outcome => ({
      result:
        this.#resultOrigin !== KNOWN || Object.keys(more).length > 0 ? undefined : Number(this.#result & 0xffff_ffffn),
      ring: this.#ring,
      ...more,
    });
    try {
      this.#enter(code, 0, [[AT.ctx, ANYTHING]], (result, origin) => {
        this.#result = result;
        this.#resultOrigin = origin;
      });
      while (this.#frames.length > 0) this.#step();
      if (this.#pending) throw new Harm('ends with a record open');
      return end();
    } catch (error: unknown) {
      if (error instanceof Harm) return end({ harm: error.message });
      if (error instanceof Unclear) return end({ unclear: error.message });
      throw error;
    }
  }

  #enter(code: Code, pc: number, args: readonly (readonly [bigint, number])[], done: Frame['done']): void {
    const regs = Array.from({ length: 11 }, () => 0n);
    const origins = new Uint16Array(11).fill(ANYTHING);
    for (const [index, [value, origin]] of args.entries()) {
      regs[index + 1] = value;
      origins[index + 1] = origin;
    }
    regs[10] = AT.stack - FRAME_STEP * BigInt(this.#frames.length);
    const stack = new Uint8Array(STACK_BYTES);
    const stackOrigins = new Uint16Array(STACK_BYTES).fill(ANYTHING);
    this.#frames.push({ code, pc, regs, origins, stack, stackOrigins, done });
  }

  get #frame(): Frame {
    const frame = this.#frames.at(-1);
    if (frame === undefined) throw new Unclear('no frame');
    return frame;
  }

  #set(reg: number, value: bigint, origin = KNOWN): void {
    const frame = this.#frame;
    frame.regs[reg] = u64(value);
    frame.origins[reg] = origin;
  }

  #get(reg: number): bigint {
    return this.#frame.regs[reg] ?? 0n;
  }

  #origin(reg: number): number {
    return this.#frame.origins[reg] ?? ANYTHING;
  }

  #step(): void {
    if (++this.#steps > STEPS) throw new Unclear('too many steps');
    const frame = this.#frame;
    const insn = frame.code.insns[frame.pc];
    if (insn === undefined) throw new Harm('runs off its end');
    frame.pc += isWide(insn) ? 2 : 1;
    switch (classOf(insn)) {
      case CLASS.ld:
        this.#wide(insn, frame.code.insns[frame.pc - 1]);
        return;
      case CLASS.ldx:
        this.#load(insn);
        return;
      case CLASS.st:
      case CLASS.stx:
        this.#store(insn);
        return;
      case CLASS.alu64:
        this.#alu(insn);
        return;
      case CLASS.jmp:
      case CLASS.jmp32:
        this.#jump(insn, frame);
        return;
      default:
        throw new Unclear(`instruction ${insn.code}`);
    }
  }

  #wide(insn: Insn, next: Insn | undefined): void {
    if (insn.code !== LD_IMM64 || next === undefined) throw new Unclear(`instruction ${insn.code}`);
    if (insn.src === PSEUDO.map) {
      this.#set(insn.dst, AT.map + FRAME_STEP * BigInt(insn.imm), ANYTHING);
      return;
    }
    if (insn.src === PSEUDO.func) {
      this.#set(insn.dst, BigInt(this.#frame.pc - 1 + insn.imm), ANYTHING);
      return;
    }
    this.#set(insn.dst, (BigInt(next.imm) << 32n) | BigInt(insn.imm >>> 0));
  }

  #alu(insn: Insn): void {
    const right = this.#right(insn);
    const op = operationOf(insn);
    const value = compute(op, this.#get(insn.dst), right);
    if (value === undefined) throw new Unclear(`operation ${op}`);
    const from = usesReg(insn) ? this.#origin(insn.src) : KNOWN;
    this.#set(insn.dst, value, op === ALU.mov ? from : together(op, this.#origin(insn.dst), from));
  }

  /** The second operand. */
  #right(insn: Insn): bigint {
    return usesReg(insn) ? this.#get(insn.src) : u64(BigInt(insn.imm));
  }

  #memory(address: bigint, size: number): Memory {
    const fromRing = Number(address - AT.ring);
    if (fromRing >= 0 && fromRing < this.#ring.bytes.length) {
      const { data, end } = this.#open ?? { data: 0, end: 0 };
      if (fromRing < data || fromRing + size > end) throw new Harm(`access to ${size} bytes outside of the record`);
      const { bytes, known } = this.#ring;
      return {
        bytes,
        at: fromRing,
        origin: (i) => (known[fromRing + i] === 1 ? KNOWN : ANYTHING),
        mark: (i, origin) => {
          known[fromRing + i] = origin === KNOWN ? 1 : 0;
        },
      };
    }
    const depth = Number((AT.stack - address) / FRAME_STEP);
    const frame = this.#frames[depth];
    const at = Number(address - (AT.stack - FRAME_STEP * BigInt(depth))) + STACK_BYTES;
    if (frame === undefined || address > AT.stack || at < 0 || at + size > STACK_BYTES)
      throw new Harm(`access to ${size} bytes at 0x${address.toString(16)}`);
    return {
      bytes: frame.stack,
      at,
      origin: (i) => frame.stackOrigins[at + i] ?? ANYTHING,
      mark: (i, origin) => {
        frame.stackOrigins[at + i] = origin;
      },
    };
  }

  #load(insn: Insn): void {
    const size = sizeOf(insn);
    const address = u64(this.#get(insn.src) + BigInt(insn.off));
    const member = Number(address - AT.ctx);
    if (member >= 0 && member < 4096) {
      this.#member(insn.dst, member, size);
      return;
    }
    const { bytes, at, origin } = this.#memory(address, size);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] ?? 0);
    const origins = new Set(Array.from({ length: size }, (_, i) => origin(i)));
    const [only = ANYTHING] = origins;
    const whole = origins.size === 1 && (only < RECORD || size === 8);
    this.#set(insn.dst, value, whole ? only : ANYTHING);
  }

  #member(dst: number, member: number, size: number): void {
    const { type } = this.#frame.code;
    const arg = (member - (type === 'dtrace' ? CTX.argv : 0)) / 8;
    if (Number.isInteger(arg) && arg >= 0 && arg < ARGC && size === 8) this.#set(dst, this.#scenario.args[arg] ?? 0n);
    else if (type !== 'dtrace') throw new Unclear('member of another context');
    else if (member === CTX.buf && size === 8)
      this.#set(dst, this.#address(this.#open?.data), RECORD + this.#reservations);
    else if (member === CTX.end && size === 8)
      this.#set(dst, this.#address(this.#open?.end), RECORD + this.#reservations);
    else if (member === CTX.ecb && size === 4) this.#set(dst, BigInt(this.#ecb));
    else if (member === CTX.probe && size === 4) this.#set(dst, BigInt(this.#probe));
    else this.#set(dst, 0n, ANYTHING);
  }

  #address(inRing: number | undefined): bigint {
    return inRing === undefined ? 0n : AT.ring + BigInt(inRing);
  }

  #store(insn: Insn): void {
    const size = sizeOf(insn);
    const isReg = classOf(insn) === CLASS.stx;
    const address = u64(this.#get(insn.dst) + BigInt(insn.off));
    const value = isReg ? this.#get(insn.src) : u64(BigInt(insn.imm));
    if ((insn.code & 0xe0) === MODE_ATOMIC) throw new Unclear('atomic operation');
    this.#write(address, size, (i) => Number((value >> BigInt(8 * i)) & 0xffn), isReg ? this.#origin(insn.src) : KNOWN);
  }

  #write(address: bigint, size: number, byte: (i: number) => number, origin: number | ((i: number) => number)): void {
    const { bytes, at, mark } = this.#memory(address, size);
    for (let i = 0; i < size; i++) {
      bytes[at + i] = byte(i);
      mark(i, typeof origin === 'number' ? origin : origin(i));
    }
  }

  #jump(insn: Insn, frame: Frame): void {
    if (insn.code === JA) frame.pc += insn.off;
    else if (insn.code === CALL) this.#call(insn, frame);
    else if (insn.code === EXIT) this.#exit();
    else if (this.#holds(insn)) frame.pc += insn.off;
  }

  #holds(insn: Insn): boolean {
    const narrow = classOf(insn) === CLASS.jmp32;
    const op = operationOf(insn);
    const [left, right] = [this.#origin(insn.dst), usesReg(insn) ? this.#origin(insn.src) : KNOWN];
    // where two pointers into the same record are to each other is known, unless a half of them is looked at
    const placed = left === right && left >= RECORD && !narrow && op !== JUMP.set;
    if ((left !== KNOWN || right !== KNOWN) && !placed) throw new Unclear('comparison of addresses');
    return holds(op, this.#get(insn.dst), this.#right(insn), narrow) ?? false;
  }

  #exit(): void {
    const frame = this.#frame;
    this.#frames.pop();
    frame.done(frame.regs[0] ?? 0n, frame.origins[0] ?? ANYTHING);
  }

  /** r1-r5 are anything after a call. */
  #clobber(): void {
    for (const reg of ARGS) this.#set(reg, 0n, ANYTHING);
  }

  #return(value: bigint, origin = KNOWN): void {
    this.#clobber();
    this.#set(0, value, origin);
  }

  #call(insn: Insn, frame: Frame): void {
    const [first = 0n, second = 0n, third = 0n, fourth = 0n, fifth = 0n] = ARGS.map((reg) => this.#get(reg));
    if (insn.src === PSEUDO.call) {
      const args = ARGS.map((reg) => [this.#get(reg), this.#origin(reg)] as const);
      this.#enter(frame.code, frame.pc + insn.imm, args, (result, origin) => this.#return(result, origin));
      return;
    }
    switch (insn.imm) {
      case this.#helpers.buffer_reserve:
        this.#return(this.#reserve(second, this.#mapOf(third), fourth));
        return;
      case this.#helpers.buffer_commit:
        this.#return(this.#close(second, false));
        return;
      case this.#helpers.buffer_discard:
        this.#return(this.#close(second, true));
        return;
      case this.#helpers.tail_call:
        this.#tailCall(Number(third & 0xffff_ffffn), this.#origin(3) !== KNOWN);
        return;
      case this.#helpers.finalize_context:
        this.#ecb = ECB.id;
        this.#probe = ECB.probe;
        this.#return(0n);
        return;
      case this.#helpers.probe_read_kernel:
        this.#probeRead(first, Number(second), third);
        return;
      case this.#helpers.get_current_comm: {
        const size = Number(second);
        this.#write(first, size, (i) => (i < size - 1 ? COMM.charCodeAt(i) || 0 : 0), KNOWN);
        this.#return(0n);
        return;
      }
      case this.#helpers.perf_event_output:
        this.#output(fourth, Number(fifth));
        return;
      case this.#helpers.loop:
        this.#iterate(frame.code, Number(first), Number(second), third, 0);
        return;
      default:
        throw new Unclear(`helper ${insn.imm}`);
    }
  }

  #mapOf(address: bigint): number {
    return Number((address - AT.map) / FRAME_STEP);
  }

  #reserve(id: bigint, map: number, size: bigint): bigint {
    if (this.#pending) throw new Harm('reserves while a record is open');
    if (this.#frame.code.type !== 'dtrace') throw new Harm('reserves without a context for it');
    this.#pending = true;
    this.#reservations++;
    if (id !== BigInt(BUF_ID)) return errno(EINVAL);
    if (map === MAP.empty || !this.#scenario.event) return errno(ENOENT);
    const record = this.#ring.reserve(size);
    if (record === 'full') throw new Unclear('the ring is full');
    if (record === 'EINVAL') return errno(EINVAL);
    if (record === 'E2BIG') return errno(E2BIG);
    this.#open = record;
    return 0n;
  }

  #close(id: bigint, discard: boolean): bigint {
    if (!this.#pending) throw new Harm('closes a record, and none is open');
    this.#pending = false;
    if (this.#open === undefined) return id === BigInt(BUF_ID) ? 0n : errno(EINVAL);
    if (discard) this.#ring.discard(this.#open);
    this.#open = undefined;
    return 0n;
  }

  #tailCall(index: number, vague: boolean): void {
    if (vague) throw new Unclear('index of a tail call');
    if (index < SLOTS && (index === SLOT.subject || index === SLOT.probe)) throw new Unclear('tail call to itself');
    const target = this.#slots.get(index);
    if (target === undefined || ++this.#tails > TAIL_CALLS) {
      this.#clobber();
      this.#set(0, 0n, ANYTHING);
      return;
    }
    if (this.#pending) throw new Harm('tail call with a record open');
    const { done, code } = this.#frame;
    if (code.type !== target.type) {
      this.#ecb = 0;
      this.#probe = 0;
    }
    this.#frames.pop();
    this.#enter(target, 0, [[AT.ctx, ANYTHING]], done);
  }

  #probeRead(to: bigint, size: number, from: bigint): void {
    if (from === 0n) {
      this.#write(to, size, () => 0, KNOWN);
      this.#return(errno(ERANGE));
      return;
    }
    const { bytes, at, origin } = this.#memory(from, size);
    this.#write(to, size, (i) => bytes[at + i] ?? 0, origin);
    this.#return(0n);
  }

  #output(from: bigint, size: number): void {
    if (!this.#scenario.event) {
      this.#return(errno(ENOENT));
      return;
    }
    const { bytes, at, origin } = this.#memory(from, size);
    const told = Uint8Array.from({ length: size }, (_, i) => (origin(i) === KNOWN ? 1 : 0));
    if (this.#ring.output(bytes.slice(at, at + size), told) === 'full') throw new Unclear('the ring is full');
    this.#return(0n);
  }

  #iterate(code: Code, times: number, start: number, context: bigint, done: number): void {
    if (done === times) {
      this.#return(BigInt(times));
      return;
    }
    this.#enter(
      code,
      start,
      [
        [BigInt(done), KNOWN],
        [context, ANYTHING],
      ],
      (result, origin) => {
        if (origin !== KNOWN) throw new Unclear('result of a callback');
        if (result !== 0n) return this.#return(BigInt(done + 1));
        this.#iterate(code, times, start, context, done + 1);
      },
    );
  }
}
