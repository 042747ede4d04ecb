/** Programs by a seed: mostly what a person would write, then a few deviations. Pure. */
import { deviate } from './deviate.ts';
import { record, test } from './generate-record.ts';
import { blends, branch, calls, noise, tail, type Place } from './generate-statement.ts';
import { CTX } from './interface.ts';
import type { Block, Program, Stmt, Sub } from './program.ts';
import { Random } from './random.ts';

const DEVIATES_PERCENT = 55;
const RAW_TP_PERCENT = 12;
/** Of functions of DTRACE programs, where it is refused. */
const FUNCTION_TAIL_PERCENT = 12;
/** Branches inside branches, and so on. */
const DEPTH = 2;

const SPILLS: Block = [
  { k: 'spill', reg: 7, slot: 0 },
  { k: 'spill', reg: 8, slot: 3 },
];
const UNSPILLS: Block = [
  { k: 'unspill', reg: 7, slot: 0 },
  { k: 'unspill', reg: 8, slot: 3 },
  { k: 'blend', reg: 7 },
  { k: 'blend', reg: 8 },
];

function written(random: Random): Program {
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
  if (type === 'raw_tp') return callerOfOthers(random, kinds);
  const at = (self: number): Place => ({ depth: DEPTH, self, subs: kinds });
  const half = kinds[0] === 'static' && random.chance(50);
  const subs = kinds.map(
    (kind, self): Sub => ({ kind, body: subBody(random, at(self), kind), result: random.below(2) }),
  );
  if (!half) return { type, main: items(random, at(-1)), subs };
  return { type, ...inTwoHalves(random, at(-1), subs) };
}

function subBody(random: Random, place: Place, kind: Sub['kind']): Block {
  if (kind === 'passed') return [test(random, place, random.between(1, 32))];
  return random.weighted<() => Block>([
    [60, () => items(random, { ...place, depth: 1 })],
    [10, () => noise(random)],
    [30, () => record(random, place)],
  ])();
}

/** A function reserves and its caller closes, or the other way round. */
function inTwoHalves(random: Random, place: Place, [first, ...rest]: readonly Sub[]): Pick<Program, 'main' | 'subs'> {
  const [reserve, ...others] = record(random, place);
  const close = others.pop();
  if (first === undefined || reserve === undefined || close === undefined)
    return { main: items(random, place), subs: [] };
  const main = random.chance(30) ? [tail(random)] : [];
  const before = random.chance(FUNCTION_TAIL_PERCENT) ? [tail(random)] : noise(random);
  const call: Stmt = { k: 'call', sub: 0 };
  return random.chance(50)
    ? { main: [...main, call, ...others, close], subs: [{ ...first, body: [...before, reserve] }, ...rest] }
    : { main: [...main, reserve, ...others, call], subs: [{ ...first, body: [...before, close] }, ...rest] };
}

/** What a probe's own program does: numbers, branches and tail calls, with the registers and the stack in use. */
function callerOfOthers(random: Random, kinds: readonly Sub['kind'][]): Program {
  const subs = kinds.map((): Sub => ({ kind: 'static', body: [tail(random), ...noise(random)], result: 0 }));
  const item = (): Block =>
    random.weighted<() => Block>([
      [40, () => [tail(random), ...blends(random)]],
      [20, () => noise(random)],
      [20, () => [{ k: 'call', sub: random.below(4) }, ...blends(random)]],
      [10, () => [{ k: 'repeat', times: random.between(1, 3), body: [tail(random), ...noise(random)] }]],
      [10, () => [branch(random, [tail(random)], noise(random))]],
    ])();
  const body = [...SPILLS, ...item(), ...item(), ...item(), ...UNSPILLS, ...blends(random)];
  return { type: 'raw_tp', main: body, subs };
}

function items(random: Random, place: Place): Block {
  return Array.from(
    {
      length: random.weighted([
        [40, 1],
        [40, 2],
        [20, 3],
      ]),
    },
    () => item(random, place),
  ).flat();
}

function item(random: Random, place: Place): Block {
  const deeper = { ...place, depth: place.depth - 1 };
  const flat: readonly (readonly [number, () => Block])[] = [
    [40, () => record(random, place)],
    [place.self < 0 ? 16 : 1, () => [tail(random), ...blends(random)]],
    [10, () => noise(random)],
    [15, () => calls(random, place)],
    [5, () => [{ k: 'finalize' }, { k: 'member', off: CTX.ecb }, { k: 'member', off: CTX.probe }]],
  ];
  const nested: readonly (readonly [number, () => Block])[] = [
    [10, () => [branch(random, item(random, deeper), random.chance(50) ? item(random, deeper) : [])]],
    [6, () => [{ k: 'repeat', times: random.between(1, 3), body: item(random, deeper) }]],
    [4, () => [branch(random, [{ k: 'exit' }], noise(random))]],
  ];
  return random.weighted<() => Block>(place.depth > 0 ? [...flat, ...nested] : flat)();
}

/** The same for the same seed, on every machine. */
export function generate(seed: number): Program {
  const random = new Random(seed);
  let program = written(random);
  let percent = DEVIATES_PERCENT;
  while (random.chance(percent)) {
    program = deviate(program, random);
    percent = DEVIATES_PERCENT / 3;
  }
  return program;
}
