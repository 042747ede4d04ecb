/**
 * Programs as trees, from which instructions are made. In all functions r6 is the context, r7 and r8 are where the
 * pointers to the record go (numbers before that), and r9 is a number into which everything that can be told goes,
 * and that is returned.
 */
import type { JumpOp, Size } from './insn.ts';
import type { ProgType } from './interface.ts';

/** A number: constant, or an argument of the probe with a mask. */
export type Amount = { readonly value: number } | { readonly arg: number; readonly mask: number };

/** A slot of the stack for copies of pointers, 0 to 3. */
export type Slot = number;

export type Stmt =
  | { readonly k: 'reserve'; readonly size: Amount; readonly id: number; readonly map: number }
  | { readonly k: 'close'; readonly how: 'commit' | 'discard'; readonly id: number; readonly map: number }
  | { readonly k: 'load'; readonly what: 'buf' | 'end'; readonly reg: 7 | 8; readonly size: Size }
  | {
      readonly k: 'test';
      readonly op: JumpOp;
      /** The record's end is the first operand. */
      readonly endFirst: boolean;
      readonly wide: boolean;
      readonly bytes: number;
      readonly taken: Block;
      readonly other: Block;
    }
  | { readonly k: 'store'; readonly size: Size; readonly off: number; readonly imm?: number }
  | { readonly k: 'fetch'; readonly size: Size; readonly off: number }
  | { readonly k: 'fill'; readonly how: 'zero' | 'copy' | 'comm'; readonly off: number; readonly size: number }
  | { readonly k: 'output'; readonly off: number; readonly size: number }
  | { readonly k: 'atomic'; readonly off: number }
  | { readonly k: 'spill' | 'unspill'; readonly reg: 7 | 8; readonly slot: Slot }
  | { readonly k: 'clobber'; readonly slot: Slot }
  | { readonly k: 'advance'; readonly reg: 7 | 8; readonly by: Amount }
  | { readonly k: 'set'; readonly reg: 7 | 8; readonly value: number }
  /** Into r9: r7 or r8 */
  | { readonly k: 'blend'; readonly reg: 7 | 8 }
  | { readonly k: 'mix'; readonly value: number }
  | { readonly k: 'member'; readonly off: number }
  | {
      readonly k: 'branch';
      readonly arg: number;
      readonly op: JumpOp;
      readonly value: number;
      readonly taken: Block;
      readonly other: Block;
    }
  | { readonly k: 'repeat'; readonly times: number; readonly body: Block }
  | { readonly k: 'call'; readonly sub: number }
  | { readonly k: 'iterate'; readonly sub: number; readonly times: number }
  | { readonly k: 'tail'; readonly index: Amount }
  | { readonly k: 'finalize' }
  | { readonly k: 'exit' };

export type Block = readonly Stmt[];

export interface Sub {
  /** `passed` gets r7 and r8 of its caller; `callback` is for bpf_loop() */
  readonly kind: 'static' | 'passed' | 'global' | 'callback';
  readonly body: Block;
  /** Of a callback: 1 ends the loop. */
  readonly result: number;
}

export interface Program {
  readonly type: ProgType;
  readonly main: Block;
  readonly subs: readonly Sub[];
}

/** The blocks inside a statement, and the statement with other ones. */
export function blocksOf(stmt: Stmt): readonly Block[] {
  if (stmt.k === 'test' || stmt.k === 'branch') return [stmt.taken, stmt.other];
  return stmt.k === 'repeat' ? [stmt.body] : [];
}

export function withBlocks(stmt: Stmt, blocks: readonly Block[]): Stmt {
  const [first = [], second = []] = blocks;
  if (stmt.k === 'test' || stmt.k === 'branch') return { ...stmt, taken: first, other: second };
  return stmt.k === 'repeat' ? { ...stmt, body: first } : stmt;
}

export function sizeOfBlock(block: Block): number {
  return block.reduce((sum, stmt) => sum + 1 + blocksOf(stmt).reduce((inner, one) => inner + sizeOfBlock(one), 0), 0);
}

/** How many statements. */
export function sizeOfProgram({ main, subs }: Program): number {
  return subs.reduce((sum, { body }) => sum + 1 + sizeOfBlock(body), sizeOfBlock(main));
}

/** The blocks of all functions, and the program with other ones. */
export const functionsOf = ({ main, subs }: Program): readonly Block[] => [main, ...subs.map(({ body }) => body)];

export function withFunctions(program: Program, [main = [], ...bodies]: readonly Block[]): Program {
  return { ...program, main, subs: program.subs.map((sub, index) => ({ ...sub, body: bodies[index] ?? [] })) };
}

/** Whom a call statement reaches: a function that comes later and can be called that way. There is no recursion. */
export function targetOf(program: Program, from: number, stmt: Stmt & { readonly sub: number }): number | undefined {
  const wanted = (sub: Sub): boolean => (sub.kind === 'callback') === (stmt.k === 'iterate');
  const later = program.subs
    .map((sub, index) => ({ sub, index }))
    .filter(({ sub, index }) => index > from && wanted(sub));
  return later.length === 0 ? undefined : later[stmt.sub % later.length]?.index;
}

/** Whether nothing behind this statement is ever reached. */
export function ends(stmt: Stmt): boolean {
  if (stmt.k === 'exit') return true;
  if (stmt.k === 'repeat') return stmt.body.some(ends);
  return (stmt.k === 'branch' || stmt.k === 'test') && stmt.taken.some(ends) && stmt.other.some(ends);
}
