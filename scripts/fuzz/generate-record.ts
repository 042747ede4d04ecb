/** A record of a seed: the pair, and what is between. Pure. */
import { branch, calls, noise, type Place } from './generate-statement.ts';
import type { JumpOp, Size } from './insn.ts';
import { BUF_ID, LARGEST_DATA, MAP } from './interface.ts';
import type { Amount, Block, Stmt } from './program.ts';
import type { Random } from './random.ts';

const SIZES: readonly Size[] = [1, 2, 4, 8];
const BUF: Stmt = { k: 'load', what: 'buf', reg: 7, size: 8 };
const END: Stmt = { k: 'load', what: 'end', reg: 8, size: 8 };

/** In which branch `buf + n` is known to be within the record, and whether one byte more is. */
export function provenBy(
  op: JumpOp,
  endFirst: boolean,
): { readonly taken: boolean; readonly open: boolean } | undefined {
  const flipped: Partial<Record<JumpOp, JumpOp>> = { gt: 'lt', lt: 'gt', ge: 'le', le: 'ge' };
  const asIfFirst = endFirst ? flipped[op] : op;
  switch (asIfFirst) {
    case 'gt':
      return { taken: false, open: false };
    case 'ge':
      return { taken: false, open: true };
    case 'lt':
      return { taken: true, open: true };
    case 'le':
      return { taken: true, open: false };
    default:
      return undefined;
  }
}

/** The pair, with what is between. */
export function record(random: Random, place: Place): Stmt[] {
  const bytes = random.between(1, 40);
  const map = random.chance(90) ? MAP.rings : MAP.empty;
  const how = random.chance(70) ? 'commit' : 'discard';
  const [first, second]: Stmt[] = random.chance(50) ? [BUF, END] : [END, BUF];
  const loads = [first, second].filter((one) => one !== undefined);
  return [
    { k: 'reserve', size: size(random, bytes), id: BUF_ID, map },
    ...meanwhile(random, place, 30),
    ...loads,
    ...moves(random),
    test(random, place, bytes),
    ...meanwhile(random, place, 20),
    { k: 'close', how, id: BUF_ID, map },
  ];
}

function size(random: Random, bytes: number): Amount {
  if (random.chance(88)) return { value: bytes };
  return random.weighted<Amount>([
    [20, { value: 0 }],
    [20, { value: LARGEST_DATA + random.below(3) }],
    [20, { value: 2 ** 32 + bytes }],
    [20, { value: -1 }],
    [40, { arg: random.below(6), mask: 63 }],
  ]);
}

/** Things that are allowed while a record is open. */
function meanwhile(random: Random, place: Place, percent: number): Block {
  if (!random.chance(percent)) return [];
  return random.weighted<() => Block>([
    [40, () => noise(random)],
    [15, () => [{ k: 'finalize' }]],
    [15, () => [branch(random, noise(random), noise(random))]],
    [30, () => calls(random, place)],
  ])();
}

/** What can happen to the pointers between load and test. */
function moves(random: Random): Block {
  if (random.chance(75)) return [];
  const slot = random.below(4);
  return random.weighted<() => Block>([
    [
      40,
      () => [
        { k: 'spill', reg: 7, slot },
        { k: 'set', reg: 7, value: 1 },
        { k: 'unspill', reg: 7, slot },
      ],
    ],
    [
      20,
      () => [
        { k: 'spill', reg: 8, slot },
        { k: 'set', reg: 8, value: 1 },
        { k: 'unspill', reg: 8, slot },
      ],
    ],
    [20, () => [{ k: 'advance', reg: 7, by: { value: random.between(1, 8) } }]],
    [20, () => [{ k: 'advance', reg: 7, by: { arg: random.below(6), mask: 7 } }]],
  ])();
}

export function test(random: Random, place: Place, bytes: number): Stmt {
  const op = random.pick([
    'gt',
    'ge',
    'lt',
    'le',
    'gt',
    'ge',
    'lt',
    'le',
    'gt',
    'le',
    'sgt',
    'slt',
    'eq',
    'ne',
    'sge',
    'sle',
  ] as const);
  const endFirst = random.chance(50);
  const proven = provenBy(op, endFirst);
  const most = Math.max(0, bytes - (random.chance(20) ? random.below(bytes) : 0) - (proven?.open === true ? 1 : 0));
  const good = inside(random, place, most + (proven?.open === true && most > 0 ? 1 : 0));
  const other = random.chance(15) ? noise(random) : [];
  const taken = proven?.taken ?? random.chance(50);
  return {
    k: 'test',
    op,
    endFirst,
    wide: random.chance(97),
    bytes: most,
    taken: taken ? good : other,
    other: taken ? other : good,
  };
}

/** Where so many bytes are known to be the record's. */
function inside(random: Random, place: Place, bytes: number): Block {
  const one = (): Block => {
    const size = random.pick(SIZES.filter((fits) => fits <= bytes));
    const off = random.chance(40) ? bytes - size : random.below(bytes - size + 1);
    const length = random.between(1, Math.min(bytes - off, 8));
    return random.weighted<() => Block>([
      [30, () => [{ k: 'store', size, off, imm: random.between(-100, 100) }]],
      [20, () => [{ k: 'store', size, off }]],
      [12, () => [{ k: 'fetch', size, off }]],
      [12, () => [{ k: 'fill', how: random.pick(['zero', 'copy'] as const), off, size: length }]],
      [6, () => [{ k: 'fill', how: 'comm', off, size: length }]],
      [5, () => [{ k: 'output', off, size: length }]],
      [
        6,
        () => [
          {
            k: 'repeat',
            times: 2,
            body: [
              { k: 'store', size, off },
              { k: 'mix', value: 3 },
            ],
          },
        ],
      ],
      [8, () => [branch(random, [{ k: 'store', size, off }], [])]],
      [6, () => calls(random, place)],
      [6, () => moves(random)],
    ])();
  };
  if (bytes === 0) return noise(random);
  return Array.from({ length: random.between(1, 3) }, one).flat();
}
