/** Which memory may be accessed: the context, the record, the stack. Pure. */
import type { State, Value } from './abstract.ts';
import { s64, u64 } from './compute.ts';
import { CLASS, classOf, MODE_ATOMIC, sizeOf, type Insn } from './insn.ts';
import { ARGC, BUF_ID, CTX } from './interface.ts';
import { NotKnown, Refused } from './verdict.ts';
import { read, type Walk } from './walk.ts';

const STACK_BYTES = 512;

export function load(walk: Walk, state: State, insn: Insn, at: number): Value {
  const size = sizeOf(insn);
  const from = read(state, insn.src, at);
  switch (from.t) {
    case 'ctx':
      return member(walk, state, insn.off, size, at);
    case 'buf':
      inRecord(walk, from, insn.off, size, at);
      return walk.number();
    case 'fp':
      return slot(walk, state, from, insn.off, size, at);
    case 'num':
    case 'end':
      throw new Refused(`invalid mem access '${from.t}'`, at);
    default:
      throw new NotKnown(`load from ${from.t}`);
  }
}

export function store(walk: Walk, state: State, insn: Insn, at: number): void {
  const size = sizeOf(insn);
  const value = classOf(insn) === CLASS.stx ? read(state, insn.src, at) : walk.number({ known: u64(BigInt(insn.imm)) });
  const to = read(state, insn.dst, at);
  if ((insn.code & 0xe0) === MODE_ATOMIC) {
    if (to.t === 'buf' || to.t === 'num' || to.t === 'end') throw new Refused('atomic operation', at);
    throw new NotKnown('atomic operation');
  }
  switch (to.t) {
    case 'buf':
      inRecord(walk, to, insn.off, size, at);
      return;
    case 'fp':
      write(walk, state, to, insn.off, size, value, at);
      return;
    case 'num':
    case 'end':
    case 'ctx':
      throw new Refused(`invalid mem access '${to.t}'`, at);
    default:
      throw new NotKnown(`store to ${to.t}`);
  }
}

/** Memory for a helper: a pointer and a size. */
export function memory(walk: Walk, state: State, pointer: number, size: number, mayBeEmpty: boolean, at: number): void {
  const to = read(state, pointer, at);
  const bytes = read(state, size, at);
  if (bytes.t !== 'num') throw new Refused(`R${size} is not a size`, at);
  if (bytes.known === undefined) throw new NotKnown('size of memory');
  const known = s64(bytes.known);
  if (to.t !== 'buf' && to.t !== 'fp') {
    if (to.t === 'num') throw new Refused('no memory', at);
    throw new Refused(`R${pointer} is ${to.t}`, at);
  }
  if (known < 0n || (known === 0n && !mayBeEmpty)) throw new Refused('size of memory', at);
  if (to.t === 'buf') {
    inRecord(walk, to, 0, Number(known), at);
    return;
  }
  if (known > 0n) write(walk, state, to, 0, Number(known), undefined, at);
}

function member(walk: Walk, state: State, off: number, size: number, at: number): Value {
  const argv = walk.code.type === 'dtrace' ? CTX.argv : 0;
  if (size === 8 && off >= argv && off < argv + 8 * ARGC && (off - argv) % 8 === 0) return walk.number({ fresh: true });
  if (walk.code.type !== 'dtrace') {
    if (off >= argv + 8 * ARGC) throw new Refused('access beyond the context', at);
    throw new NotKnown('member of another context');
  }
  if (off === CTX.buf || off === CTX.end) {
    if (size !== 8) throw new Refused('a part of a pointer', at);
    if (state.open?.id !== BigInt(BUF_ID)) throw new Refused('loaded without a reservation', at);
    return off === CTX.end ? { t: 'end' } : { t: 'buf', off: 0, id: 0, most: 0, range: 0 };
  }
  if ((off === CTX.ecb || off === CTX.probe) && size === 4) return walk.number();
  throw new NotKnown(`member at ${off}`);
}

/** May `size` bytes of the record be accessed there? */
function inRecord(walk: Walk, pointer: Value & { t: 'buf' }, off: number, size: number, at: number): void {
  const from = pointer.off + off;
  const inFront = pointer.off < 0 && !walk.rules.pointerInFront;
  if (pointer.range < 0 || from < 0 || inFront || from + size > pointer.range)
    throw new Refused(`invalid access to buffer, off=${from} size=${size} r=${pointer.range}`, at);
}

function slot(walk: Walk, state: State, from: Value & { t: 'fp' }, off: number, size: number, at: number): Value {
  const place = from.off + off;
  if (place < -STACK_BYTES || place + size > 0) throw new Refused('invalid access to stack', at);
  if (place % 8 !== 0) throw new NotKnown('a part of a slot');
  const value = state.frames[from.frame]?.stack.get(place) ?? walk.number();
  if (size === 8) return value;
  if (value.t !== 'num') throw new Refused('invalid size of register fill', at);
  return walk.number();
}

function write(
  walk: Walk,
  state: State,
  to: Value & { t: 'fp' },
  off: number,
  size: number,
  value: Value | undefined,
  at: number,
): void {
  const place = to.off + off;
  if (place < -STACK_BYTES || place + size > 0) throw new Refused('invalid access to stack', at);
  const stack = state.frames[to.frame]?.stack;
  if (size === 8 && place % 8 === 0) return void stack?.set(place, value ?? walk.number());
  for (let slot = Math.floor(place / 8) * 8; slot < place + size; slot += 8) stack?.set(slot, walk.number());
}
