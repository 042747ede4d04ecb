/**
 * A small verifier: which programs the rules of the series accept. It knows what programs of this fuzzer consist
 * of and follows each path to its end, without merging any. Written from the rules as documented, not from the
 * kernel's code. Pure.
 */
import { AT_END, BEYOND_END, copyState, eachValue, newFrame, NONE, type State, type Value } from './abstract.ts';
import type { Code } from './compile.ts';
import { compute, holds, s64, u64 } from './compute.ts';
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
} from './insn.ts';
import type { Insn } from './insn.ts';
import { ARGC, BUF_ID, CTX, MAP, type Helpers } from './interface.ts';
import type { Kernel, Rules } from './rules.ts';

export type Verdict =
  | { readonly verdict: 'accept' }
  | { readonly verdict: 'refuse'; readonly why: string; readonly at: number }
  | { readonly verdict: 'unknown'; readonly why: string };

class Refused extends Error {
  readonly at: number;

  constructor(why: string, at: number) {
    super(why);
    this.at = at;
  }
}

/** The model does not know the rule. */
class NotKnown extends Error {}

/** Instructions on all paths together. */
const STEPS = 30_000;
const MAX_FRAMES = 8;
const STACK_BYTES = 512;
/** Ranges are only proven for offsets up to this. */
const MAX_OFF = 0xffff;
const MAX_VARIABLE = 1n << 29n;
const CALL_CLOBBERS = [1, 2, 3, 4, 5] as const;

export class Model {
  readonly #code: Code;
  readonly #helpers: Helpers;
  readonly #rules: Rules;
  readonly #work: State[] = [];
  /** Global functions that are called: each is looked at alone. */
  readonly #globals = new Set<number>();
  #ids = 0;
  #steps = 0;

  constructor(code: Code, { helpers, rules }: Kernel) {
    this.#code = code;
    this.#helpers = helpers;
    this.#rules = rules;
  }

  judge(): Verdict {
    try {
      this.#tailCallsInFunctions();
      this.#function(0);
      const seen = new Set<number>();
      for (let next = [...this.#globals]; next.length > 0; next = [...this.#globals].filter((at) => !seen.has(at))) {
        for (const at of next) {
          seen.add(at);
          this.#function(at);
        }
      }
      return { verdict: 'accept' };
    } catch (error: unknown) {
      if (error instanceof Refused) return { verdict: 'refuse', why: error.message, at: error.at };
      if (error instanceof NotKnown) return { verdict: 'unknown', why: error.message };
      throw error;
    }
  }

  /** Of the type that others tail call, code that is never run included. Before all else. */
  #tailCallsInFunctions(): void {
    const { type, insns, funcs } = this.#code;
    const start = funcs[1]?.at;
    if (type !== 'dtrace' || start === undefined) return;
    const { tail_call } = this.#helpers;
    const at = insns.findIndex(
      ({ code, src, imm }, index) => index >= start && code === CALL && src === 0 && imm === tail_call,
    );
    if (at >= 0) throw new Refused('tail call in a function', at);
  }

  #function(start: number): void {
    const frame = newFrame(start, -1, 0);
    frame.regs[1] = { t: 'ctx' };
    this.#work.push({ pc: start, frames: [frame], open: undefined, doubt: false });
    for (let state = this.#work.pop(); state !== undefined; state = this.#work.pop()) this.#path(state);
  }

  /** To the end of one path; what branches off is put aside. */
  #path(state: State): void {
    for (;;) {
      if (++this.#steps > STEPS) throw new NotKnown('too many paths');
      const at = state.pc;
      const insn = this.#code.insns[at];
      if (insn === undefined) throw new NotKnown('runs off its end');
      try {
        state.pc += isWide(insn) ? 2 : 1;
        if (!this.#insn(state, insn, at)) return;
      } catch (error: unknown) {
        if (error instanceof Refused && state.doubt) throw new NotKnown('a path that may not exist is refused');
        throw error;
      }
    }
  }

  #frame(state: State): State['frames'][number] {
    const frame = state.frames.at(-1);
    if (frame === undefined) throw new NotKnown('no frame');
    return frame;
  }

  #read(state: State, reg: number, at: number): Value {
    const value = this.#frame(state).regs[reg] ?? NONE;
    if (value.t === 'none') throw new Refused(`R${reg} !read_ok`, at);
    return value;
  }

  #number(more: { readonly known?: bigint; readonly most?: bigint; readonly fresh?: boolean } = {}): Value {
    return { t: 'num', id: ++this.#ids, fresh: false, ...more };
  }

  /** Whether the path goes on. */
  #insn(state: State, insn: Insn, at: number): boolean {
    const { regs } = this.#frame(state);
    switch (classOf(insn)) {
      case CLASS.ld:
        regs[insn.dst] = this.#wide(insn, at);
        return true;
      case CLASS.ldx:
        regs[insn.dst] = this.#load(state, insn, at);
        return true;
      case CLASS.st:
      case CLASS.stx:
        this.#store(state, insn, at);
        return true;
      case CLASS.alu64:
        regs[insn.dst] = this.#alu(state, insn, at);
        return true;
      case CLASS.jmp:
      case CLASS.jmp32:
        return this.#jump(state, insn, at);
      default:
        throw new NotKnown(`instruction ${insn.code}`);
    }
  }

  #wide(insn: Insn, at: number): Value {
    const next = this.#code.insns[at + 1];
    if (insn.code !== LD_IMM64 || next === undefined) throw new NotKnown(`instruction ${insn.code}`);
    if (insn.src === PSEUDO.map) return { t: 'map', map: insn.imm };
    if (insn.src === PSEUDO.func) return { t: 'func', at: at + 1 + insn.imm };
    return this.#number({ known: (BigInt(next.imm >>> 0) << 32n) | BigInt(insn.imm >>> 0) });
  }

  #alu(state: State, insn: Insn, at: number): Value {
    const op = operationOf(insn);
    const right = usesReg(insn) ? this.#read(state, insn.src, at) : this.#number({ known: u64(BigInt(insn.imm)) });
    if (op === ALU.mov) return right;
    const left = this.#read(state, insn.dst, at);
    if (left.t === 'num' && right.t === 'num') return this.#numbers(op, left, right);
    if (left.t === 'num') {
      if (op === ALU.add) throw new NotKnown('number plus pointer');
      throw new Refused('pointer as an operand', at);
    }
    if (right.t !== 'num') throw new NotKnown('two pointers');
    if (op !== ALU.add && op !== ALU.sub) throw new Refused('pointer as an operand', at);
    return this.#moved(left, op === ALU.add, right, at);
  }

  #numbers(op: number, left: Value & { t: 'num' }, right: Value & { t: 'num' }): Value {
    if (left.known !== undefined && right.known !== undefined) {
      const known = compute(op, left.known, right.known);
      if (known === undefined) throw new NotKnown(`operation ${op}`);
      return this.#number({ known });
    }
    if (op === ALU.and && right.known !== undefined && s64(right.known) >= 0n)
      return right.known === 0n ? this.#number({ known: 0n }) : this.#number({ most: right.known });
    // as unknown as before, and tested together with it
    if ((op === ALU.add || op === ALU.sub) && left.fresh && right.known !== undefined) return { ...left };
    // the verifier may know more of these, which matters once they are compared or added to a pointer
    return this.#number();
  }

  /** A pointer with a number added to it or taken off. */
  #moved(pointer: Value, plus: boolean, by: Value & { t: 'num' }, at: number): Value {
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
    return { ...pointer, id: ++this.#ids, most, range: 0 };
  }

  /** May `size` bytes of the record be accessed there? */
  #inRecord(pointer: Value & { t: 'buf' }, off: number, size: number, at: number): void {
    const from = pointer.off + off;
    const inFront = pointer.off < 0 && !this.#rules.pointerInFront;
    if (pointer.range < 0 || from < 0 || inFront || from + size > pointer.range)
      throw new Refused(`invalid access to buffer, off=${from} size=${size} r=${pointer.range}`, at);
  }

  #load(state: State, insn: Insn, at: number): Value {
    const size = sizeOf(insn);
    const from = this.#read(state, insn.src, at);
    switch (from.t) {
      case 'ctx':
        return this.#member(state, insn.off, size, at);
      case 'buf':
        this.#inRecord(from, insn.off, size, at);
        return this.#number();
      case 'fp':
        return this.#slot(state, from, insn.off, size, at);
      case 'num':
      case 'end':
        throw new Refused(`invalid mem access '${from.t}'`, at);
      default:
        throw new NotKnown(`load from ${from.t}`);
    }
  }

  #member(state: State, off: number, size: number, at: number): Value {
    const argv = this.#code.type === 'dtrace' ? CTX.argv : 0;
    if (size === 8 && off >= argv && off < argv + 8 * ARGC && (off - argv) % 8 === 0)
      return this.#number({ fresh: true });
    if (this.#code.type !== 'dtrace') {
      if (off >= argv + 8 * ARGC) throw new Refused('access beyond the context', at);
      throw new NotKnown('member of another context');
    }
    if (off === CTX.buf || off === CTX.end) {
      if (size !== 8) throw new Refused('a part of a pointer', at);
      if (state.open?.id !== BigInt(BUF_ID)) throw new Refused('loaded without a reservation', at);
      return off === CTX.end ? { t: 'end' } : { t: 'buf', off: 0, id: 0, most: 0, range: 0 };
    }
    if ((off === CTX.ecb || off === CTX.probe) && size === 4) return this.#number();
    throw new NotKnown(`member at ${off}`);
  }

  #slot(state: State, from: Value & { t: 'fp' }, off: number, size: number, at: number): Value {
    const place = from.off + off;
    if (place < -STACK_BYTES || place + size > 0) throw new Refused('invalid access to stack', at);
    if (place % 8 !== 0) throw new NotKnown('a part of a slot');
    const value = state.frames[from.frame]?.stack.get(place) ?? this.#number();
    if (size === 8) return value;
    if (value.t !== 'num') throw new Refused('invalid size of register fill', at);
    return this.#number();
  }

  #store(state: State, insn: Insn, at: number): void {
    const size = sizeOf(insn);
    const value =
      classOf(insn) === CLASS.stx ? this.#read(state, insn.src, at) : this.#number({ known: u64(BigInt(insn.imm)) });
    const to = this.#read(state, insn.dst, at);
    if ((insn.code & 0xe0) === MODE_ATOMIC) {
      if (to.t === 'buf' || to.t === 'num' || to.t === 'end') throw new Refused('atomic operation', at);
      throw new NotKnown('atomic operation');
    }
    switch (to.t) {
      case 'buf':
        this.#inRecord(to, insn.off, size, at);
        return;
      case 'fp':
        this.#write(state, to, insn.off, size, value, at);
        return;
      case 'num':
      case 'end':
      case 'ctx':
        throw new Refused(`invalid mem access '${to.t}'`, at);
      default:
        throw new NotKnown(`store to ${to.t}`);
    }
  }

  #write(state: State, to: Value & { t: 'fp' }, off: number, size: number, value: Value | undefined, at: number): void {
    const place = to.off + off;
    if (place < -STACK_BYTES || place + size > 0) throw new Refused('invalid access to stack', at);
    const stack = state.frames[to.frame]?.stack;
    if (size === 8 && place % 8 === 0) return void stack?.set(place, value ?? this.#number());
    for (let slot = Math.floor(place / 8) * 8; slot < place + size; slot += 8) stack?.set(slot, this.#number());
  }

  #jump(state: State, insn: Insn, at: number): boolean {
    if (insn.code === JA) state.pc += insn.off;
    else if (insn.code === CALL) return this.#call(state, insn, at);
    else if (insn.code === EXIT) return this.#exit(state, at);
    else this.#branch(state, insn, at);
    return true;
  }

  #branch(state: State, insn: Insn, at: number): void {
    const left = this.#read(state, insn.dst, at);
    const right = usesReg(insn) ? this.#read(state, insn.src, at) : this.#number({ known: u64(BigInt(insn.imm)) });
    const narrow = classOf(insn) === CLASS.jmp32;
    const op = operationOf(insn);
    const decided = this.#decided(op, left, right, narrow);
    if (decided !== undefined) {
      if (decided) state.pc += insn.off;
      return;
    }
    const taken = copyState(state);
    taken.pc += insn.off;
    if (!narrow) this.#proves(op, insn, state, taken, left, right);
    for (const value of [left, right]) {
      if (value.t !== 'num' || value.known !== undefined) continue;
      if (!value.fresh) state.doubt = taken.doubt = true;
      for (const one of [state, taken])
        eachValue(one, (other) => (other.t === 'num' && other.id === value.id ? { ...other, fresh: false } : other));
    }
    this.#work.push(taken);
  }

  /** Where only one branch can be taken, for all that is known. */
  #decided(op: number, left: Value, right: Value, narrow: boolean): boolean | undefined {
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
  #proves(op: number, insn: Insn, other: State, taken: State, left: Value, right: Value): void {
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
    this.#widen(found.within, pointer, found.open);
    const frame = this.#frame(found.beyond);
    frame.regs[reg] = { ...pointer, range: found.open ? AT_END : BEYOND_END };
  }

  #widen(state: State, pointer: Value & { t: 'buf' }, open: boolean): void {
    if (pointer.off < 0 || (pointer.off === 0 && open)) return;
    if (pointer.most > MAX_OFF || pointer.most + pointer.off > MAX_OFF) return;
    const range = pointer.off + (open ? 1 : 0);
    eachValue(state, (value) =>
      value.t === 'buf' && value.id === pointer.id ? { ...value, range: Math.max(value.range, range) } : value,
    );
  }

  #exit(state: State, at: number): boolean {
    const frame = this.#frame(state);
    const outermost = state.frames.length === 1;
    if (outermost && state.open !== undefined) throw new Refused('exit with a record open', at);
    const result = frame.regs[0] ?? NONE;
    if (outermost) {
      if (result.t === 'none') throw new Refused('R0 !read_ok', at);
      if (frame.start !== 0 && result.t !== 'num') throw new Refused('result of a global function', at);
      return false;
    }
    if (result.t === 'fp') throw new Refused('cannot return stack pointer', at);
    state.frames.pop();
    const caller = this.#frame(state);
    state.pc = frame.back;
    if (!frame.callback) {
      for (const reg of CALL_CLOBBERS) caller.regs[reg] = NONE;
      caller.regs[0] = result;
      return true;
    }
    if (result.t !== 'num') throw new Refused('result of a callback', at);
    if (result.known === undefined) throw new NotKnown('result of a callback');
    if (result.known > 1n) throw new Refused('result of a callback', at);
    return true;
  }

  #call(state: State, insn: Insn, at: number): boolean {
    if (insn.src === PSEUDO.call) return this.#callFunction(state, at + 1 + insn.imm, at);
    const { regs } = this.#frame(state);
    switch (insn.imm) {
      case this.#helpers.buffer_reserve:
      case this.#helpers.buffer_commit:
      case this.#helpers.buffer_discard:
        this.#pair(state, insn.imm === this.#helpers.buffer_reserve, at);
        break;
      case this.#helpers.tail_call:
        this.#context(state, at);
        this.#mapIs(state, 2, [MAP.jmp], at);
        this.#read(state, 3, at);
        if (state.open !== undefined) throw new Refused('tail call with a record open', at);
        this.#clobber(state);
        regs[0] = NONE;
        return true;
      case this.#helpers.finalize_context:
        this.#only('dtrace', at);
        this.#context(state, at);
        this.#mapIs(state, 2, [MAP.ecbs], at);
        break;
      case this.#helpers.probe_read_kernel:
        this.#memory(state, 1, 2, true, at);
        this.#read(state, 3, at);
        break;
      case this.#helpers.get_current_comm:
        this.#memory(state, 1, 2, false, at);
        break;
      case this.#helpers.perf_event_output:
        this.#context(state, at);
        this.#mapIs(state, 2, [MAP.rings, MAP.empty], at);
        this.#read(state, 3, at);
        this.#memory(state, 4, 5, true, at);
        break;
      case this.#helpers.loop:
        this.#iterate(state, at);
        break;
      default:
        throw new NotKnown(`helper ${insn.imm}`);
    }
    this.#clobber(state);
    regs[0] = this.#number({ fresh: true });
    return true;
  }

  #clobber(state: State): void {
    const { regs } = this.#frame(state);
    for (const reg of CALL_CLOBBERS) regs[reg] = NONE;
  }

  #only(type: Code['type'], at: number): void {
    if (this.#code.type !== type) throw new Refused('helper of another type', at);
  }

  #context(state: State, at: number): void {
    if (this.#read(state, 1, at).t !== 'ctx') throw new Refused('R1 is not the context', at);
  }

  #mapIs(state: State, reg: number, allowed: readonly number[], at: number): number {
    const value = this.#read(state, reg, at);
    if (value.t !== 'map' || !allowed.includes(value.map)) throw new Refused(`R${reg} is not such a map`, at);
    return value.map;
  }

  #pair(state: State, reserve: boolean, at: number): void {
    this.#only('dtrace', at);
    this.#context(state, at);
    const id = this.#read(state, 2, at);
    const map = this.#mapIs(state, 3, [MAP.rings, MAP.empty], at);
    if (reserve) this.#read(state, 4, at);
    if (id.t !== 'num') throw new Refused('R2 is not a constant buffer id', at);
    if (id.known === undefined) throw new NotKnown('id of a buffer');
    if (reserve) {
      if (state.open !== undefined) throw new Refused('reserve with a record open', at);
      state.open = { map, id: id.known };
    } else {
      if (state.open === undefined) throw new Refused('close without a reservation', at);
      if (state.open.id !== id.known) throw new Refused('close of another buffer', at);
      if (state.open.map !== map) throw new Refused('close with another map', at);
      state.open = undefined;
    }
    // nothing is concluded about the numbers that these become
    eachValue(state, (value) => (value.t === 'buf' || value.t === 'end' ? this.#number({ fresh: true }) : value));
  }

  /** Memory for a helper: a pointer and a size. */
  #memory(state: State, pointer: number, size: number, mayBeEmpty: boolean, at: number): void {
    const to = this.#read(state, pointer, at);
    const bytes = this.#read(state, size, at);
    if (bytes.t !== 'num') throw new Refused(`R${size} is not a size`, at);
    if (bytes.known === undefined) throw new NotKnown('size of memory');
    const known = s64(bytes.known);
    if (to.t !== 'buf' && to.t !== 'fp') {
      if (to.t === 'num') throw new Refused('no memory', at);
      throw new Refused(`R${pointer} is ${to.t}`, at);
    }
    if (known < 0n || (known === 0n && !mayBeEmpty)) throw new Refused('size of memory', at);
    if (to.t === 'buf') {
      this.#inRecord(to, 0, Number(known), at);
      return;
    }
    if (known > 0n) this.#write(state, to, 0, Number(known), undefined, at);
  }

  #callFunction(state: State, start: number, at: number): boolean {
    const func = this.#code.funcs.find((one) => one.at === start);
    if (func === undefined) throw new NotKnown('call into a function');
    const { regs } = this.#frame(state);
    if (func.kind === 'global') {
      if (state.open !== undefined) throw new Refused('global function call with a record open', at);
      this.#context(state, at);
      this.#globals.add(start);
      this.#clobber(state);
      regs[0] = this.#number({ fresh: true });
      return true;
    }
    if (state.frames.length === MAX_FRAMES) throw new NotKnown('call depth');
    const frame = newFrame(start, state.pc, state.frames.length);
    for (const reg of CALL_CLOBBERS) frame.regs[reg] = regs[reg] ?? NONE;
    state.frames.push(frame);
    state.pc = start;
    return true;
  }

  /** The callback runs once more and comes back here, on a path of its own; this one goes on behind the loop. */
  #iterate(state: State, at: number): void {
    const [times, func, context, flags] = [1, 2, 3, 4].map((reg) => this.#read(state, reg, at));
    if (times?.t !== 'num' || func?.t !== 'func' || flags?.t !== 'num') throw new Refused('arguments of bpf_loop', at);
    // which kernels take a tail call in a callback of another type is not known here
    if (this.#code.type !== 'dtrace') throw new NotKnown('callback of another type');
    if (context?.t !== 'fp' || times.known === undefined || flags.known !== 0n)
      throw new NotKnown('arguments of bpf_loop');
    const here = this.#frame(state);
    if (BigInt(here.callbackDepth) >= times.known) {
      here.callbackDepth = 0;
      return;
    }
    const into = copyState(state);
    this.#frame(into).callbackDepth++;
    here.callbackDepth = 0;
    const frame = newFrame(func.at, at, into.frames.length, true);
    frame.regs[1] = this.#number();
    frame.regs[2] = context;
    into.frames.push(frame);
    into.pc = func.at;
    this.#work.push(into);
  }
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
