import t from 'tap';
import { compile } from './compile.ts';
import type { Scenario } from './cpu.ts';
import { expected, forKernel } from './expected.ts';
import { SCENARIOS } from './fixtures.ts';
import { BUF_ID, HELPERS, MAP, SLOT } from './interface.ts';
import { Machine, type Outcome } from './machine.ts';
import type { Block, Stmt, Sub } from './program.ts';
import { PATTERN } from './ring-image.ts';
import { NEWEST } from './rules.ts';

const known = forKernel(NEWEST);
const [EMPTY, RETURNS, RECORDS, NO_EVENT] = SCENARIOS as readonly [Scenario, Scenario, Scenario, Scenario];
const RESERVE: Stmt = { k: 'reserve', size: { value: 9 }, id: BUF_ID, map: MAP.rings };
const COMMIT: Stmt = { k: 'close', how: 'commit', id: BUF_ID, map: MAP.rings };
const LOADS: Block = [
  { k: 'load', what: 'buf', reg: 7, size: 8 },
  { k: 'load', what: 'end', reg: 8, size: 8 },
];
const test = (...other: Block): Stmt => ({
  k: 'test',
  op: 'gt',
  endFirst: false,
  wide: true,
  bytes: 9,
  taken: [],
  other,
});
const STORE: Stmt = { k: 'store', size: 4, off: 5, imm: 0x44434241 };
const TAIL: Stmt = { k: 'tail', index: { value: SLOT.swapped } };

function run(scenario: Scenario, main: Block, ...subs: readonly Sub[]): Outcome {
  return new Machine(HELPERS, known.fixtures, scenario).run(compile({ type: 'dtrace', main, subs }, HELPERS));
}
const bytes = ({ ring }: Outcome): string => Buffer.from(ring.bytes.subarray(0, ring.head)).toString('hex');
const P = PATTERN.toString(16);

t.test('a record, byte for byte', async (t) => {
  const outcome = run(EMPTY, [RESERVE, ...LOADS, test(STORE), COMMIT]);
  t.equal(bytes(outcome), `0900000000001800${'0c000000'}${P.repeat(4)}004142434400${'00'.repeat(2)}`);
  t.equal(run(NO_EVENT, [RESERVE, ...LOADS, test(STORE), COMMIT]).ring.head, 0);
});

t.test('a discarded record leaves no record', async (t) => {
  t.equal(run(EMPTY, [RESERVE, ...LOADS, test(STORE), { ...COMMIT, how: 'discard' } as Stmt]).ring.head, 0);
});

t.test('a tail call that is taken ends its function, and one that is not does nothing', async (t) => {
  const mixes: Block = [{ k: 'mix', value: 1 }];
  t.equal(run(RETURNS, [TAIL, ...mixes]).result, 3);
  t.equal(run(EMPTY, [TAIL, ...mixes]).result, run(EMPTY, mixes).result);
  const sub: Sub = { kind: 'static', body: [TAIL], result: 0 };
  const raw = compile({ type: 'raw_tp', main: [{ k: 'call', sub: 0 }, ...mixes], subs: [sub] }, HELPERS);
  const results = [RETURNS, EMPTY].map((scenario) => new Machine(HELPERS, known.fixtures, scenario).run(raw).result);
  // 0xff is r9 of the main program, 0x100 that of the function; 3 is what the target returns
  t.same(
    results,
    [3, 0x100].map((returned) => ((0xff * 31) ^ returned) * 31 + 1),
  );
  t.equal(run(RECORDS, [TAIL]).ring.head, 32, 'the record of the target');
});

t.test('harm is called by its name', async (t) => {
  const rows: readonly (readonly [Block, RegExp])[] = [
    [[RESERVE], /ends with a record open/],
    [[RESERVE, RESERVE], /reserves while/],
    [[COMMIT], /none is open/],
    [[RESERVE, ...LOADS, { ...STORE, off: 6 } as Stmt, COMMIT], /outside of the record/],
    [[{ k: 'set', reg: 7, value: 64 }, STORE], /access to 4 bytes at 0x45/],
  ];
  for (const [main, harm] of rows) t.match(run(EMPTY, main).harm, harm);
  t.match(run(RETURNS, [RESERVE, TAIL, COMMIT]).harm, /tail call with a record open/);
});

t.test('where pointers are to each other is told of one record only', async (t) => {
  const [buf, end] = LOADS as readonly [Stmt, Stmt];
  const copy: Stmt = { k: 'spill', reg: 7, slot: 2 };
  const back: Stmt = { k: 'unspill', reg: 7, slot: 2 };
  const unclear = (...main: Block): string | undefined => run(EMPTY, main).unclear;
  t.equal(unclear(RESERVE, buf, end, copy, back, test(STORE), COMMIT), undefined);
  t.match(unclear(RESERVE, end, back, test(), COMMIT), /comparison of addresses/, 'what was on the stack before');
  t.match(unclear(RESERVE, buf, copy, COMMIT, RESERVE, end, back, test(), COMMIT), /comparison of addresses/);
});

t.test('what depends on addresses is not told', async (t) => {
  t.equal(run(EMPTY, [RESERVE, ...LOADS, COMMIT, { k: 'blend', reg: 7 }]).result, undefined);
});

t.test('the record of the probe is behind those of the program', async (t) => {
  const code = compile({ type: 'dtrace', main: [RESERVE, COMMIT], subs: [] }, HELPERS);
  t.equal(expected(known, code, EMPTY).ring?.head, 24 + 40);
  t.equal(expected(known, code, NO_EVENT).ring?.head, 40);
});
