/** One small step away from a program: what a person gets wrong, or what an attacker tries. Pure. */
import type { JumpOp, Size } from './insn.ts';
import { BUF_ID, CTX, MAP, SLOT } from './interface.ts';
import {
  blocksOf,
  functionsOf,
  sizeOfBlock,
  withBlocks,
  withFunctions,
  type Block,
  type Program,
  type Stmt,
} from './program.ts';
import type { Random } from './random.ts';

const OPS: readonly JumpOp[] = ['gt', 'ge', 'lt', 'le', 'eq', 'ne', 'sgt', 'slt'];
const SIZES: readonly Size[] = [1, 2, 4, 8];

/** Replaces the statement of this number, counted over blocks inside blocks. */
export function replaceAt(block: Block, at: number, by: (stmt: Stmt) => Block): Block {
  const result: Stmt[] = [];
  let left = at;
  for (const stmt of block) {
    const inner = sizeOfBlock([stmt]);
    if (left < 0 || left >= inner) result.push(stmt);
    else if (left === 0) result.push(...by(stmt));
    else {
      let rest = left - 1;
      const blocks = blocksOf(stmt).map((one) => {
        const size = sizeOfBlock(one);
        const changed = rest >= 0 && rest < size ? replaceAt(one, rest, by) : one;
        rest -= size;
        return changed;
      });
      result.push(withBlocks(stmt, blocks));
    }
    left -= inner;
  }
  return result;
}

/** The same over all functions of a program. */
export function replaceInProgram(program: Program, at: number, by: (stmt: Stmt) => Block): Program {
  let left = at;
  const blocks = functionsOf(program).map((block) => {
    const size = sizeOfBlock(block);
    const changed = left >= 0 && left < size ? replaceAt(block, left, by) : block;
    left -= size;
    return changed;
  });
  return withFunctions(program, blocks);
}

export function statements(program: Program): number {
  return functionsOf(program).reduce((sum, block) => sum + sizeOfBlock(block), 0);
}

/** A statement that may not belong where it is put. */
function stray(random: Random): Stmt {
  return random.pick<Stmt>([
    { k: 'tail', index: { value: SLOT.swapped } },
    { k: 'exit' },
    { k: 'reserve', size: { value: 8 }, id: BUF_ID, map: MAP.rings },
    { k: 'close', how: 'commit', id: BUF_ID, map: MAP.rings },
    { k: 'close', how: 'discard', id: BUF_ID, map: MAP.rings },
    { k: 'load', what: 'buf', reg: 7, size: 8 },
    { k: 'load', what: 'end', reg: 8, size: 8 },
    { k: 'load', what: 'buf', reg: 8, size: 8 },
    { k: 'store', size: random.pick(SIZES), off: random.between(-4, 24), imm: 65 },
    { k: 'fetch', size: random.pick(SIZES), off: random.below(16) },
    { k: 'spill', reg: random.pick([7, 8] as const), slot: random.below(4) },
    { k: 'unspill', reg: random.pick([7, 8] as const), slot: random.below(4) },
    { k: 'clobber', slot: random.below(4) },
    { k: 'advance', reg: random.pick([7, 8] as const), by: { value: random.between(-8, 8) } },
    { k: 'advance', reg: 7, by: { arg: random.below(6), mask: random.pick([1, 7, 255, 0xffff]) } },
    { k: 'call', sub: random.below(4) },
    { k: 'iterate', sub: random.below(4), times: random.between(1, 3) },
    { k: 'finalize' },
    { k: 'atomic', off: 4 },
    { k: 'blend', reg: random.pick([7, 8] as const) },
    { k: 'branch', arg: random.below(6), op: 'eq', value: random.between(1, 9), taken: [{ k: 'exit' }], other: [] },
  ]);
}

function otherAmount(random: Random, by: number): { readonly value: number } {
  return { value: by + random.pick([-8, -2, -1, 1, 2, 8]) };
}

/** The same statement with something else in it. */
function altered(stmt: Stmt, random: Random): Stmt {
  switch (stmt.k) {
    case 'reserve':
    case 'close':
      if (random.chance(40)) return { ...stmt, map: stmt.map === MAP.rings ? MAP.empty : MAP.rings };
      if (random.chance(30)) return { ...stmt, id: random.pick([0, CTX.end, CTX.argv]) };
      return stmt.k === 'reserve' && 'value' in stmt.size
        ? { ...stmt, size: otherAmount(random, stmt.size.value) }
        : stmt;
    case 'load':
      return random.chance(50)
        ? { ...stmt, size: random.pick(SIZES) }
        : { ...stmt, what: stmt.what === 'buf' ? 'end' : 'buf' };
    case 'test':
      return random.weighted<() => Stmt>([
        [30, () => ({ ...stmt, op: random.pick(OPS) })],
        [15, () => ({ ...stmt, endFirst: !stmt.endFirst })],
        [15, () => ({ ...stmt, taken: stmt.other, other: stmt.taken })],
        [10, () => ({ ...stmt, wide: !stmt.wide })],
        [30, () => ({ ...stmt, bytes: stmt.bytes + random.pick([-8, -1, 1, 2, 8]) })],
      ])();
    case 'store':
    case 'fetch':
      return random.chance(40)
        ? { ...stmt, size: random.pick(SIZES) }
        : { ...stmt, off: stmt.off + random.pick([-8, -1, 1, 1, 4]) };
    case 'fill':
      return random.chance(50)
        ? { ...stmt, size: stmt.size + random.pick([-1, 1, 1, 8]) }
        : { ...stmt, off: stmt.off + random.pick([-1, 1, 4]) };
    case 'advance':
      return 'value' in stmt.by
        ? { ...stmt, by: otherAmount(random, stmt.by.value) }
        : { ...stmt, by: { ...stmt.by, mask: random.pick([1, 15, 255, 0xffff, -1]) } };
    case 'tail':
      return { ...stmt, index: { value: random.pick([SLOT.swapped, SLOT.returns, SLOT.records, SLOT.empty]) } };
    case 'branch':
      return { ...stmt, taken: stmt.other, other: stmt.taken };
    default:
      return stmt;
  }
}

export function deviate(program: Program, random: Random): Program {
  const at = random.below(Math.max(1, statements(program)));
  const change = (by: (stmt: Stmt) => Block): Program => replaceInProgram(program, at, by);
  return random.weighted<() => Program>([
    [20, () => change(() => [])],
    [10, () => change((stmt) => [stmt, stmt])],
    [15, () => change((stmt) => [stray(random), stmt])],
    [15, () => change((stmt) => [stmt, stray(random)])],
    [10, () => change((stmt) => (blocksOf(stmt).length > 0 ? blocksOf(stmt).flat() : [stmt]))],
    [30, () => change((stmt) => [altered(stmt, random)])],
  ])();
}
