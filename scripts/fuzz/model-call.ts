/** Calls of helpers and functions, and returns from them: what of the pair may be where. Pure. */
import { copyState, eachValue, newFrame, NONE, type State } from './abstract.ts';
import type { Code } from './compile.ts';
import { PSEUDO, type Insn } from './insn.ts';
import { MAP } from './interface.ts';
import { memory } from './model-memory.ts';
import { NotKnown, Refused } from './verdict.ts';
import { CALL_CLOBBERS, clobber, frameOf, read, type Walk } from './walk.ts';

const MAX_FRAMES = 8;

export function call(walk: Walk, state: State, insn: Insn, at: number): boolean {
  if (insn.src === PSEUDO.call) return callFunction(walk, state, at + 1 + insn.imm, at);
  const { regs } = frameOf(state);
  switch (insn.imm) {
    case walk.helpers.buffer_reserve:
    case walk.helpers.buffer_commit:
    case walk.helpers.buffer_discard:
      pair(walk, state, insn.imm === walk.helpers.buffer_reserve, at);
      break;
    case walk.helpers.tail_call:
      context(state, at);
      mapIs(state, 2, [MAP.jmp], at);
      read(state, 3, at);
      if (state.open !== undefined) throw new Refused('tail call with a record open', at);
      if (state.frames.length > 1 && !walk.rules.crossFromStatic)
        throw new Refused('tail call across types from a static function', at);
      clobber(state);
      regs[0] = NONE;
      return true;
    case walk.helpers.finalize_context:
      only(walk, 'dtrace', at);
      context(state, at);
      mapIs(state, 2, [MAP.ecbs], at);
      // what its callers have disabled is not known there (D46)
      if (state.frames[0]?.start !== 0) throw new Refused('finalize in a global function', at);
      break;
    case walk.helpers.probe_read_kernel:
      memory(walk, state, 1, 2, true, at);
      read(state, 3, at);
      break;
    case walk.helpers.get_current_comm:
      memory(walk, state, 1, 2, false, at);
      break;
    case walk.helpers.perf_event_output:
      context(state, at);
      mapIs(state, 2, [MAP.rings, MAP.empty], at);
      read(state, 3, at);
      memory(walk, state, 4, 5, true, at);
      break;
    case walk.helpers.loop:
      iterate(walk, state, at);
      break;
    default:
      throw new NotKnown(`helper ${insn.imm}`);
  }
  clobber(state);
  regs[0] = walk.number({ fresh: true });
  return true;
}

export function exit(state: State, at: number): boolean {
  const frame = frameOf(state);
  const result = frame.regs[0] ?? NONE;
  if (state.frames.length === 1) {
    if (state.open !== undefined) throw new Refused('exit with a record open', at);
    if (result.t === 'none') throw new Refused('R0 !read_ok', at);
    if (frame.start !== 0 && result.t !== 'num') throw new Refused('result of a global function', at);
    return false;
  }
  if (result.t === 'fp') throw new Refused('cannot return stack pointer', at);
  state.frames.pop();
  const caller = frameOf(state);
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

function pair(walk: Walk, state: State, reserve: boolean, at: number): void {
  only(walk, 'dtrace', at);
  context(state, at);
  const id = read(state, 2, at);
  const map = mapIs(state, 3, [MAP.rings, MAP.empty], at);
  if (reserve) read(state, 4, at);
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
  eachValue(state, (value) => (value.t === 'buf' || value.t === 'end' ? walk.number({ fresh: true }) : value));
}

function only(walk: Walk, type: Code['type'], at: number): void {
  if (walk.code.type !== type) throw new Refused('helper of another type', at);
}

function context(state: State, at: number): void {
  if (read(state, 1, at).t !== 'ctx') throw new Refused('R1 is not the context', at);
}

function mapIs(state: State, reg: number, allowed: readonly number[], at: number): number {
  const value = read(state, reg, at);
  if (value.t !== 'map' || !allowed.includes(value.map)) throw new Refused(`R${reg} is not such a map`, at);
  return value.map;
}

function callFunction(walk: Walk, state: State, start: number, at: number): boolean {
  const func = walk.code.funcs.find((one) => one.at === start);
  if (func === undefined) throw new NotKnown('call into a function');
  const { regs } = frameOf(state);
  if (func.kind === 'global') {
    if (state.open !== undefined) throw new Refused('global function call with a record open', at);
    context(state, at);
    walk.globals.add(start);
    clobber(state);
    regs[0] = walk.number({ fresh: true });
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
function iterate(walk: Walk, state: State, at: number): void {
  const [times, func, context, flags] = [1, 2, 3, 4].map((reg) => read(state, reg, at));
  if (times?.t !== 'num' || func?.t !== 'func' || flags?.t !== 'num') throw new Refused('arguments of bpf_loop', at);
  // which kernels take a tail call in a callback of another type is not known here
  if (walk.code.type !== 'dtrace') throw new NotKnown('callback of another type');
  if (context?.t !== 'fp' || times.known === undefined || flags.known !== 0n)
    throw new NotKnown('arguments of bpf_loop');
  const here = frameOf(state);
  if (BigInt(here.callbackDepth) >= times.known) {
    here.callbackDepth = 0;
    return;
  }
  const into = copyState(state);
  frameOf(into).callbackDepth++;
  here.callbackDepth = 0;
  const frame = newFrame(func.at, at, into.frames.length, true);
  frame.regs[1] = walk.number();
  frame.regs[2] = context;
  into.frames.push(frame);
  into.pc = func.at;
  walk.work.push(into);
}
