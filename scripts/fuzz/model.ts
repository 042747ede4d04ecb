/**
 * A small verifier: which programs the rules of the series accept. It knows what programs of this fuzzer consist
 * of and follows each path to its end, without merging any. Written from the rules as documented, not from the
 * kernel's code. Pure.
 */
import { newFrame, type State, type Value } from './abstract.ts';
import type { Code } from './compile.ts';
import { CALL, classOf, CLASS, EXIT, isWide, JA, LD_IMM64, PSEUDO, type Insn } from './insn.ts';
import { alu } from './model-arithmetic.ts';
import { branch } from './model-branch.ts';
import { call, exit } from './model-call.ts';
import { load, store } from './model-memory.ts';
import type { Kernel } from './rules.ts';
import { NotKnown, Refused, type Verdict } from './verdict.ts';
import { frameOf, Walk } from './walk.ts';

/** Instructions on all paths together. */
const STEPS = 30_000;

export class Model {
  readonly #walk: Walk;
  #steps = 0;

  constructor(code: Code, kernel: Kernel) {
    this.#walk = new Walk(code, kernel);
  }

  judge(): Verdict {
    const { globals } = this.#walk;
    try {
      this.#tailCallsInFunctions();
      this.#function(0);
      const seen = new Set<number>();
      for (let next = [...globals]; next.length > 0; next = [...globals].filter((at) => !seen.has(at))) {
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
    const { type, insns, funcs } = this.#walk.code;
    const start = funcs[1]?.at;
    if (type !== 'dtrace' || start === undefined) return;
    const { tail_call } = this.#walk.helpers;
    const at = insns.findIndex(
      ({ code, src, imm }, index) => index >= start && code === CALL && src === 0 && imm === tail_call,
    );
    if (at >= 0) throw new Refused('tail call in a function', at);
  }

  #function(start: number): void {
    const frame = newFrame(start, -1, 0);
    frame.regs[1] = { t: 'ctx' };
    const { work } = this.#walk;
    work.push({ pc: start, frames: [frame], open: undefined, doubt: false });
    for (let state = work.pop(); state !== undefined; state = work.pop()) this.#path(state);
  }

  /** To the end of one path; what branches off is put aside. */
  #path(state: State): void {
    for (;;) {
      if (++this.#steps > STEPS) throw new NotKnown('too many paths');
      const at = state.pc;
      const insn = this.#walk.code.insns[at];
      if (insn === undefined) throw new NotKnown('runs off its end');
      try {
        state.pc += isWide(insn) ? 2 : 1;
        if (!step(this.#walk, state, insn, at)) return;
      } catch (error: unknown) {
        if (error instanceof Refused && state.doubt) throw new NotKnown('a path that may not exist is refused');
        throw error;
      }
    }
  }
}

/** Whether the path goes on. */
function step(walk: Walk, state: State, insn: Insn, at: number): boolean {
  const { regs } = frameOf(state);
  switch (classOf(insn)) {
    case CLASS.ld:
      regs[insn.dst] = wide(walk, insn, at);
      return true;
    case CLASS.ldx:
      regs[insn.dst] = load(walk, state, insn, at);
      return true;
    case CLASS.st:
    case CLASS.stx:
      store(walk, state, insn, at);
      return true;
    case CLASS.alu64:
      regs[insn.dst] = alu(walk, state, insn, at);
      return true;
    case CLASS.jmp:
    case CLASS.jmp32:
      return jump(walk, state, insn, at);
    default:
      throw new NotKnown(`instruction ${insn.code}`);
  }
}

function wide(walk: Walk, insn: Insn, at: number): Value {
  const next = walk.code.insns[at + 1];
  if (insn.code !== LD_IMM64 || next === undefined) throw new NotKnown(`instruction ${insn.code}`);
  if (insn.src === PSEUDO.map) return { t: 'map', map: insn.imm };
  if (insn.src === PSEUDO.func) return { t: 'func', at: at + 1 + insn.imm };
  return walk.number({ known: (BigInt(next.imm >>> 0) << 32n) | BigInt(insn.imm >>> 0) });
}

function jump(walk: Walk, state: State, insn: Insn, at: number): boolean {
  if (insn.code === JA) state.pc += insn.off;
  else if (insn.code === CALL) return call(walk, state, insn, at);
  else if (insn.code === EXIT) return exit(state, at);
  else branch(walk, state, insn, at);
  return true;
}
