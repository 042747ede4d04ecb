/** The programs that the runner has of its own, and what the probe fires with. Pure. */
import { compile, type Code } from './compile.ts';
import { alu, aluReg, call, exit, load, mapRef } from './insn.ts';
import { ARGC, BUF_ID, MAP, type Helpers } from './interface.ts';
import type { Scenario } from './cpu.ts';
import type { Block, Program } from './program.ts';

/** What the entry returns when its tail call is not taken. */
export const NOT_TAKEN = 0xbadca11;
/** It is the slot's number when a program is entered. */
const LAST_ARG = ARGC - 1;

/**
 * A raw tracepoint program that tail calls the slot that its last argument names. A constant would make a direct
 * jump of it, and that is patched each time that the slot changes.
 */
function entry(helpers: Helpers): Code {
  return {
    type: 'raw_tp',
    insns: [
      load(8, 3, 1, 8 * LAST_ARG),
      ...mapRef(2, MAP.jmp),
      call(helpers.tail_call),
      alu('mov', 0, NOT_TAKEN),
      exit(),
    ],
    funcs: [{ at: 0, kind: 'main' }],
  };
}

function returns(): Code {
  return { type: 'dtrace', insns: [alu('mov', 0, 3), aluReg('mov', 6, 1), exit()], funcs: [{ at: 0, kind: 'main' }] };
}

/** A record of known content. */
function recordOf(bytes: number, fill: number): Program {
  const words: Block = Array.from({ length: bytes / 4 }, (_, i) => ({
    k: 'store',
    size: 4,
    off: 4 * i,
    imm: fill + i,
  }));
  return {
    type: 'dtrace',
    main: [
      { k: 'reserve', size: { value: bytes }, id: BUF_ID, map: MAP.rings },
      { k: 'load', what: 'buf', reg: 7, size: 8 },
      { k: 'load', what: 'end', reg: 8, size: 8 },
      { k: 'test', op: 'gt', endFirst: false, wide: true, bytes, taken: [], other: words },
      { k: 'close', how: 'commit', id: BUF_ID, map: MAP.rings },
    ],
    subs: [],
  };
}

/** A tail call's target that writes a record of its own. */
const records = (helpers: Helpers): Code => compile(recordOf(16, 0x5ec0), helpers);
/** What is run behind each program: its record has to come through. */
const probe = (helpers: Helpers): Code => compile(recordOf(24, 0x9e00), helpers);

/** By what they do. */
export interface Fixtures {
  readonly entry: Code;
  readonly returns: Code;
  readonly records: Code;
  readonly probe: Code;
}

export function fixturesOf(helpers: Helpers): Fixtures {
  return {
    entry: entry(helpers),
    returns: returns(),
    records: records(helpers),
    probe: probe(helpers),
  };
}

function args(first: number): readonly bigint[] {
  return Array.from({ length: ARGC }, (_, i) => (i === LAST_ARG ? 0n : BigInt((first * (i + 1)) % 13)));
}

/** Each program is run in each of these, in this order. */
export const SCENARIOS: readonly Scenario[] = [
  { args: args(1), swapped: 'nothing', event: true },
  { args: args(5), swapped: 'returns', event: true },
  { args: args(9), swapped: 'records', event: true },
  { args: args(3), swapped: 'nothing', event: false },
];
