/** Programs by a seed: mostly what a person would write, then a few deviations. Pure. */
import type { JumpOp, Size } from './insn.ts';
import { BUF_ID, CTX, LARGEST_DATA, MAP, SLOT } from './interface.ts';
import { deviate } from './deviate.ts';
import type { Amount, Block, Program, Stmt, Sub } from './program.ts';
import { Random } from './random.ts';

const SIZES: readonly Size[] = [1, 2, 4, 8];
const DEVIATES_PERCENT = 55;
const RAW_TP_PERCENT = 12;
/** Of functions of DTRACE programs, where it is refused. */
const FUNCTION_TAIL_PERCENT = 12;
/** Branches inside branches, and so on. */
const DEPTH = 2;

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

/** What may be done where a statement is made. */
interface Place {
  readonly depth: number;
  /** -1: the main program */
  readonly self: number;
  readonly subs: readonly Sub['kind'][];
}

export class Generator {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  program(): Program {
    const random = this.#random;
    const type = random.chance(RAW_TP_PERCENT) ? 'raw_tp' : 'dtrace';
    const kinds = Array.from(
      {
        length: random.weighted([
          [50, 0],
          [28, 1],
          [22, 2],
        ]),
      },
      () => random.pick(['static', 'static', 'passed', 'global', 'callback'] as const),
    );
    if (type === 'raw_tp') return this.#callerOfOthers(kinds);
    const at = (self: number): Place => ({ depth: DEPTH, self, subs: kinds });
    const half = kinds[0] === 'static' && random.chance(50);
    const subs = kinds.map(
      (kind, self): Sub => ({ kind, body: this.#subBody(at(self), kind), result: random.below(2) }),
    );
    if (!half) return { type, main: this.#items(at(-1)), subs };
    return { type, ...this.#inTwoHalves(at(-1), subs) };
  }

  #subBody(place: Place, kind: Sub['kind']): Block {
    if (kind === 'passed') return [this.#test(place, this.#random.between(1, 32))];
    return this.#random.weighted<() => Block>([
      [60, () => this.#items({ ...place, depth: 1 })],
      [10, () => this.#noise()],
      [30, () => this.#record(place)],
    ])();
  }

  /** A function reserves and its caller closes, or the other way round. */
  #inTwoHalves(place: Place, [first, ...rest]: readonly Sub[]): Pick<Program, 'main' | 'subs'> {
    const random = this.#random;
    const [reserve, ...others] = this.#record(place);
    const close = others.pop();
    if (first === undefined || reserve === undefined || close === undefined)
      return { main: this.#items(place), subs: [] };
    const main = random.chance(30) ? [this.#tail()] : [];
    const before = random.chance(FUNCTION_TAIL_PERCENT) ? [this.#tail()] : this.#noise();
    const call: Stmt = { k: 'call', sub: 0 };
    return random.chance(50)
      ? { main: [...main, call, ...others, close], subs: [{ ...first, body: [...before, reserve] }, ...rest] }
      : { main: [...main, reserve, ...others, call], subs: [{ ...first, body: [...before, close] }, ...rest] };
  }

  /** What a probe's own program does: numbers, branches and tail calls, with the registers and the stack in use. */
  #callerOfOthers(kinds: readonly Sub['kind'][]): Program {
    const random = this.#random;
    const subs = kinds.map((): Sub => ({ kind: 'static', body: [this.#tail(), ...this.#noise()], result: 0 }));
    const item = (): Block =>
      random.weighted<() => Block>([
        [40, () => [this.#tail(), ...this.#blends()]],
        [20, () => this.#noise()],
        [20, () => [{ k: 'call', sub: random.below(4) }, ...this.#blends()]],
        [10, () => [{ k: 'repeat', times: random.between(1, 3), body: [this.#tail(), ...this.#noise()] }]],
        [10, () => [this.#branch([this.#tail()], this.#noise())]],
      ])();
    const body = [...this.#spills(), ...item(), ...item(), ...item(), ...this.#unspills(), ...this.#blends()];
    return { type: 'raw_tp', main: body, subs };
  }

  #items(place: Place): Block {
    return Array.from(
      {
        length: this.#random.weighted([
          [40, 1],
          [40, 2],
          [20, 3],
        ]),
      },
      () => this.#item(place),
    ).flat();
  }

  #item(place: Place): Block {
    const random = this.#random;
    const deeper = { ...place, depth: place.depth - 1 };
    const flat: readonly (readonly [number, () => Block])[] = [
      [40, () => this.#record(place)],
      [place.self < 0 ? 16 : 1, () => [this.#tail(), ...this.#blends()]],
      [10, () => this.#noise()],
      [15, () => this.#calls(place)],
      [5, () => [{ k: 'finalize' }, { k: 'member', off: CTX.ecb }, { k: 'member', off: CTX.probe }]],
    ];
    const nested: readonly (readonly [number, () => Block])[] = [
      [10, () => [this.#branch(this.#item(deeper), random.chance(50) ? this.#item(deeper) : [])]],
      [6, () => [{ k: 'repeat', times: random.between(1, 3), body: this.#item(deeper) }]],
      [4, () => [this.#branch([{ k: 'exit' }], this.#noise())]],
    ];
    return random.weighted<() => Block>(place.depth > 0 ? [...flat, ...nested] : flat)();
  }

  #calls({ self, subs }: Place): Block {
    const later = subs.slice(self + 1);
    const sub = this.#random.below(4);
    if (later.length === 0) return this.#noise();
    return later.every((kind) => kind === 'callback')
      ? [{ k: 'iterate', sub, times: this.#random.between(1, 3) }, ...this.#blends()]
      : [{ k: 'call', sub }, ...this.#blends()];
  }

  /** The pair, with what is between. */
  #record(place: Place): Stmt[] {
    const random = this.#random;
    const bytes = random.between(1, 40);
    const map = random.chance(90) ? MAP.rings : MAP.empty;
    const how = random.chance(70) ? 'commit' : 'discard';
    const [first, second]: Stmt[] = random.chance(50) ? [BUF, END] : [END, BUF];
    const loads = [first, second].filter((one) => one !== undefined);
    return [
      { k: 'reserve', size: this.#size(bytes), id: BUF_ID, map },
      ...this.#meanwhile(place, 30),
      ...loads,
      ...this.#moves(),
      this.#test(place, bytes),
      ...this.#meanwhile(place, 20),
      { k: 'close', how, id: BUF_ID, map },
    ];
  }

  #size(bytes: number): Amount {
    const random = this.#random;
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
  #meanwhile(place: Place, percent: number): Block {
    const random = this.#random;
    if (!random.chance(percent)) return [];
    return random.weighted<() => Block>([
      [40, () => this.#noise()],
      [15, () => [{ k: 'finalize' }]],
      [15, () => [this.#branch(this.#noise(), this.#noise())]],
      [30, () => this.#calls(place)],
    ])();
  }

  /** What can happen to the pointers between load and test. */
  #moves(): Block {
    const random = this.#random;
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

  #test(place: Place, bytes: number): Stmt {
    const random = this.#random;
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
    const good = this.#inside(place, most + (proven?.open === true && most > 0 ? 1 : 0));
    const other = random.chance(15) ? this.#noise() : [];
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
  #inside(place: Place, bytes: number): Block {
    const random = this.#random;
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
        [8, () => [this.#branch([{ k: 'store', size, off }], [])]],
        [6, () => this.#calls(place)],
        [6, () => this.#moves()],
      ])();
    };
    if (bytes === 0) return this.#noise();
    return Array.from({ length: random.between(1, 3) }, one).flat();
  }

  #branch(taken: Block, other: Block): Stmt {
    const random = this.#random;
    const op = random.pick(['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'set', 'sgt', 'slt'] as const);
    return { k: 'branch', arg: random.below(6), op, value: random.between(1, 12), taken, other };
  }

  #tail(): Stmt {
    const random = this.#random;
    return {
      k: 'tail',
      index: random.weighted<Amount>([
        [50, { value: SLOT.swapped }],
        [12, { value: SLOT.returns }],
        [8, { value: SLOT.records }],
        [8, { value: SLOT.empty }],
        [7, { value: 99 }],
        [15, { arg: random.below(6), mask: 3 }],
      ]),
    };
  }

  #noise(): Block {
    const value = this.#random.between(1, 99);
    return [{ k: 'mix', value }];
  }

  /** r7 and r8 into the result, while they are numbers. */
  #blends(): Block {
    return this.#random.chance(30)
      ? [
          { k: 'set', reg: 7, value: 70 },
          { k: 'blend', reg: 7 },
        ]
      : [];
  }

  #spills(): Block {
    return [
      { k: 'spill', reg: 7, slot: 0 },
      { k: 'spill', reg: 8, slot: 3 },
    ];
  }

  #unspills(): Block {
    return [
      { k: 'unspill', reg: 7, slot: 0 },
      { k: 'unspill', reg: 8, slot: 3 },
      { k: 'blend', reg: 7 },
      { k: 'blend', reg: 8 },
    ];
  }
}

const BUF: Stmt = { k: 'load', what: 'buf', reg: 7, size: 8 };
const END: Stmt = { k: 'load', what: 'end', reg: 8, size: 8 };

/** The same for the same seed, on every machine. */
export function generate(seed: number): Program {
  const random = new Random(seed);
  let program = new Generator(random).program();
  let percent = DEVIATES_PERCENT;
  while (random.chance(percent)) {
    program = deviate(program, random);
    percent = DEVIATES_PERCENT / 3;
  }
  return program;
}
