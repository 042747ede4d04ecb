/** From a tree to instructions. Pure. */
import {
  alu,
  aluReg,
  atomicAdd,
  call,
  callFunc,
  exit,
  funcRef,
  goTo,
  jump,
  jumpReg,
  load,
  mapRef,
  store,
  storeImm,
  wideImm,
  type Insn,
} from './insn.ts';
import { CTX, MAP, type Helpers, type ProgType } from './interface.ts';
import { ends, targetOf, type Amount, type Block, type Program, type Stmt } from './program.ts';
import { Writer } from './writer.ts';

export type FuncKind = 'main' | 'static' | 'global' | 'callback';

export interface Func {
  readonly at: number;
  readonly kind: FuncKind;
}

export interface Code {
  readonly type: ProgType;
  readonly insns: readonly Insn[];
  /** The first is the main program. */
  readonly funcs: readonly Func[];
}

const FP = 10;
/** The stack of each function, 80 bytes: a function that tail calls may have less than 256 above it. */
const STACK = { copies: -8, counters: -40, source: -64, callback: -72 } as const;
/** Loops inside loops. */
const COUNTERS = 3;
const FACTOR = 31;
const CURRENT_CPU = 0xffff_ffffn;
const SOURCE_WORD = 0x1badcafe;

class FunctionCompiler {
  readonly #out: Writer;
  readonly #helpers: Helpers;
  readonly #program: Program;
  /** -1: the main program */
  readonly #self: number;
  #loops = 0;

  constructor(out: Writer, helpers: Helpers, program: Program, self: number) {
    this.#out = out;
    this.#helpers = helpers;
    this.#program = program;
    this.#self = self;
  }

  function(): void {
    const sub = this.#program.subs[this.#self];
    const { kind } = sub ?? { kind: 'main' };
    if (kind === 'callback') this.#out.put(load(8, 6, 2, 0), aluReg('mov', 9, 1));
    else this.#out.put(aluReg('mov', 6, 1), alu('mov', 9, 0x100 + this.#self));
    if (kind === 'passed') this.#out.put(aluReg('mov', 7, 2), aluReg('mov', 8, 3));
    else this.#out.put(alu('mov', 7, 7), alu('mov', 8, 8));
    if (this.#block(sub?.body ?? this.#program.main)) this.#exit();
  }

  #exit(): void {
    const sub = this.#program.subs[this.#self];
    if (sub?.kind === 'callback') this.#out.put(alu('mov', 0, sub.result));
    else this.#out.put(aluReg('mov', 0, 9));
    this.#out.put(exit());
  }

  /**
   * Whether its end is reached. What comes behind an exit is left out: the verifier refuses what cannot be
   * reached.
   */
  #block(block: Block): boolean {
    for (const stmt of block) {
      this.#stmt(stmt);
      if (ends(stmt)) return false;
    }
    return true;
  }

  #mix(reg: number): void {
    this.#out.put(alu('mul', 9, FACTOR), aluReg('xor', 9, reg));
  }

  #argument(dst: number, arg: number): void {
    this.#out.put(load(8, dst, 6, (this.#program.type === 'dtrace' ? CTX.argv : 0) + 8 * arg));
  }

  #amount(dst: number, amount: Amount): void {
    if ('arg' in amount) {
      this.#argument(dst, amount.arg);
      this.#out.put(alu('and', dst, amount.mask));
    } else if (amount.value === (amount.value | 0)) this.#out.put(alu('mov', dst, amount.value));
    else this.#out.put(...wideImm(dst, BigInt(amount.value)));
  }

  #call(helper: number): void {
    this.#out.put(call(helper));
    this.#mix(0);
  }

  /** r1 of a helper that gets memory of the record. */
  #record(dst: number, off: number): void {
    this.#out.put(aluReg('mov', dst, 7), alu('add', dst, off));
  }

  #either(condition: (distance: number) => Insn, taken: Block, other: Block): void {
    const toTaken = this.#out.hole(condition);
    const toEnd = this.#block(other) ? this.#out.hole(goTo) : undefined;
    toTaken();
    this.#block(taken);
    toEnd?.();
  }

  #stmt(stmt: Stmt): void {
    const out = this.#out;
    const helpers = this.#helpers;
    switch (stmt.k) {
      case 'reserve':
        out.put(aluReg('mov', 1, 6), alu('mov', 2, stmt.id), ...mapRef(3, stmt.map));
        this.#amount(4, stmt.size);
        this.#call(helpers.buffer_reserve);
        return;
      case 'close':
        out.put(aluReg('mov', 1, 6), alu('mov', 2, stmt.id), ...mapRef(3, stmt.map));
        this.#call(stmt.how === 'commit' ? helpers.buffer_commit : helpers.buffer_discard);
        return;
      case 'load':
        out.put(load(stmt.size, stmt.reg, 6, CTX[stmt.what]));
        return;
      case 'test':
        this.#record(2, stmt.bytes);
        this.#either(
          (distance) =>
            stmt.endFirst ? jumpReg(stmt.op, 8, 2, distance, stmt.wide) : jumpReg(stmt.op, 2, 8, distance, stmt.wide),
          stmt.taken,
          stmt.other,
        );
        return;
      case 'store':
        out.put(stmt.imm === undefined ? store(stmt.size, 7, stmt.off, 9) : storeImm(stmt.size, 7, stmt.off, stmt.imm));
        return;
      case 'fetch':
        out.put(load(stmt.size, 1, 7, stmt.off));
        this.#mix(1);
        return;
      case 'fill':
        this.#fill(stmt);
        return;
      case 'output':
        out.put(aluReg('mov', 1, 6), ...mapRef(2, MAP.rings), ...wideImm(3, CURRENT_CPU));
        this.#record(4, stmt.off);
        out.put(alu('mov', 5, stmt.size));
        this.#call(helpers.perf_event_output);
        return;
      case 'atomic':
        out.put(atomicAdd(7, stmt.off, 9));
        return;
      case 'spill':
        out.put(store(8, FP, STACK.copies - 8 * stmt.slot, stmt.reg));
        return;
      case 'unspill':
        out.put(load(8, stmt.reg, FP, STACK.copies - 8 * stmt.slot));
        return;
      case 'clobber':
        out.put(storeImm(1, FP, STACK.copies - 8 * stmt.slot, 0));
        return;
      case 'advance':
        if ('value' in stmt.by) {
          out.put(alu('add', stmt.reg, stmt.by.value));
          return;
        }
        this.#amount(1, stmt.by);
        out.put(aluReg('add', stmt.reg, 1));
        return;
      case 'set':
        out.put(alu('mov', stmt.reg, stmt.value));
        return;
      case 'blend':
        this.#mix(stmt.reg);
        return;
      case 'mix':
        out.put(alu('mul', 9, FACTOR), alu('add', 9, stmt.value));
        return;
      case 'member':
        out.put(load(4, 1, 6, stmt.off));
        this.#mix(1);
        return;
      case 'branch':
        this.#argument(1, stmt.arg);
        this.#either((distance) => jump(stmt.op, 1, stmt.value, distance), stmt.taken, stmt.other);
        return;
      case 'repeat':
        this.#repeat(stmt.times, stmt.body);
        return;
      case 'call':
      case 'iterate':
        this.#callSub(stmt);
        return;
      case 'tail':
        out.put(aluReg('mov', 1, 6), ...mapRef(2, MAP.jmp));
        this.#amount(3, stmt.index);
        out.put(call(helpers.tail_call));
        return;
      case 'finalize':
        out.put(aluReg('mov', 1, 6), ...mapRef(2, MAP.ecbs));
        this.#call(helpers.finalize_context);
        return;
      case 'exit':
        this.#exit();
        return;
    }
  }

  #fill({ how, off, size }: Stmt & { readonly k: 'fill' }): void {
    const out = this.#out;
    if (how === 'copy') out.put(storeImm(8, FP, STACK.source, SOURCE_WORD));
    this.#record(1, off);
    out.put(alu('mov', 2, size));
    if (how === 'comm') {
      this.#call(this.#helpers.get_current_comm);
      return;
    }
    if (how === 'copy') out.put(aluReg('mov', 3, FP), alu('add', 3, STACK.source));
    else out.put(alu('mov', 3, 0));
    this.#call(this.#helpers.probe_read_kernel);
  }

  #repeat(times: number, body: Block): void {
    if (this.#loops === COUNTERS) {
      this.#block(body);
      return;
    }
    const out = this.#out;
    const counter = STACK.counters - 8 * this.#loops++;
    out.put(alu('mov', 1, times), store(8, FP, counter, 1));
    const top = out.insns.length;
    if (this.#block(body)) {
      out.put(load(8, 1, FP, counter), alu('sub', 1, 1), store(8, FP, counter, 1));
      out.put(jump('ne', 1, 0, top - out.insns.length - 1));
    }
    this.#loops--;
  }

  #callSub(stmt: Stmt & { readonly k: 'call' | 'iterate' }): void {
    const out = this.#out;
    const sub = targetOf(this.#program, this.#self, stmt);
    if (sub === undefined) return;
    if (stmt.k === 'iterate') {
      out.put(store(8, FP, STACK.callback, 6), alu('mov', 1, stmt.times));
      out.pending.push({ at: out.insns.length, sub });
      out.put(...funcRef(2, 0), aluReg('mov', 3, FP), alu('add', 3, STACK.callback), alu('mov', 4, 0));
      this.#call(this.#helpers.loop);
      return;
    }
    out.put(aluReg('mov', 1, 6));
    if (this.#program.subs[sub]?.kind === 'passed') out.put(aluReg('mov', 2, 7), aluReg('mov', 3, 8));
    out.pending.push({ at: out.insns.length, sub });
    out.put(callFunc(0));
    this.#mix(0);
  }
}

const KINDS = { static: 'static', passed: 'static', global: 'global', callback: 'callback' } as const;

/** Functions that nothing calls are left out: the verifier wants every instruction to be reachable. */
export function compile(program: Program, helpers: Helpers): Code {
  const out = new Writer();
  const funcs: Func[] = [{ at: 0, kind: 'main' }];
  const places = new Map<number, number>();
  new FunctionCompiler(out, helpers, program, -1).function();
  for (const [index, sub] of program.subs.entries()) {
    if (!out.pending.some((pending) => pending.sub === index)) continue;
    places.set(index, out.insns.length);
    funcs.push({ at: out.insns.length, kind: KINDS[sub.kind] });
    new FunctionCompiler(out, helpers, program, index).function();
  }
  for (const { at, sub } of out.pending) {
    const insn = out.insns[at];
    const place = places.get(sub);
    if (insn === undefined || place === undefined) throw new Error(`function ${sub} has no place`);
    out.insns[at] = { ...insn, imm: place - at - 1 };
  }
  return { type: program.type, insns: out.insns, funcs };
}
