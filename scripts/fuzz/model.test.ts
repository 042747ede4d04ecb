import t from 'tap';
import { compile } from './compile.ts';
import { expectedOfAll, forKernel } from './expected.ts';
import { provenBy } from './generate-record.ts';
import { CALL as CALL_OP } from './insn.ts';
import { BUF_ID, HELPERS, MAP, SLOT } from './interface.ts';
import { Model } from './model.ts';
import type { Block, Program, Stmt, Sub } from './program.ts';
import { NEWEST, rulesOf, type Kernel } from './rules.ts';
import type { Verdict } from './verdict.ts';

const known = forKernel(NEWEST);
const RESERVE: Stmt = { k: 'reserve', size: { value: 16 }, id: BUF_ID, map: MAP.rings };
const COMMIT: Stmt = { k: 'close', how: 'commit', id: BUF_ID, map: MAP.rings };
const DISCARD: Stmt = { ...COMMIT, how: 'discard' };
const BUF: Stmt = { k: 'load', what: 'buf', reg: 7, size: 8 };
const END: Stmt = { k: 'load', what: 'end', reg: 8, size: 8 };
const TAIL: Stmt = { k: 'tail', index: { value: SLOT.swapped } };
const STORE: Stmt = { k: 'store', size: 8, off: 8, imm: 0x41 };
const CALL: Stmt = { k: 'call', sub: 0 };
const FINALIZE: Stmt = { k: 'finalize' };
const within = (...other: Block): Stmt => ({
  k: 'test',
  op: 'gt',
  endFirst: false,
  wide: true,
  bytes: 16,
  taken: [],
  other,
});
const sub = (kind: Sub['kind'], ...body: Block): Sub => ({ kind, body, result: 0 });
const program = (main: Block, ...subs: readonly Sub[]): Program => ({ type: 'dtrace', main, subs });
const raw = (main: Block, ...subs: readonly Sub[]): Program => ({ type: 'raw_tp', main, subs });
const judge = (one: Program, kernel: Kernel = NEWEST): Verdict => new Model(compile(one, HELPERS), kernel).judge();

const ACCEPTED: Readonly<Record<string, Program>> = {
  'a pair': program([RESERVE, COMMIT]),
  'a record is written': program([RESERVE, BUF, END, within(STORE), COMMIT]),
  'either closes': program([RESERVE, { k: 'branch', arg: 0, op: 'eq', value: 1, taken: [COMMIT], other: [DISCARD] }]),
  'a function reserves': program([CALL, BUF, END, within(STORE), COMMIT], sub('static', RESERVE)),
  'a function closes': program([RESERVE, CALL], sub('static', COMMIT)),
  'tail calls around a pair, and around functions': program(
    [TAIL, CALL, RESERVE, COMMIT, TAIL],
    sub('static', RESERVE, COMMIT),
  ),
  'tail calls next to a callback': program([TAIL, { k: 'iterate', sub: 0, times: 2 }, TAIL], sub('callback')),
  'tail calls in functions of another type': raw([CALL, TAIL], sub('static', CALL, TAIL), sub('static', TAIL)),
  'a global function has a pair': program([CALL], sub('global', RESERVE, COMMIT)),
  'ids in a function': program([FINALIZE, CALL], sub('static', FINALIZE)),
  'a callback has a pair': program([{ k: 'iterate', sub: 0, times: 2 }], sub('callback', RESERVE, COMMIT)),
  'a loop of pairs': program([{ k: 'repeat', times: 3, body: [RESERVE, COMMIT] }]),
  'copies on the stack': program([
    RESERVE,
    BUF,
    END,
    { k: 'spill', reg: 7, slot: 1 },
    { k: 'set', reg: 7, value: 0 },
    { k: 'unspill', reg: 7, slot: 1 },
    within(STORE),
    COMMIT,
  ]),
  'a copy made before the test has its range': program([
    RESERVE,
    BUF,
    END,
    { k: 'spill', reg: 7, slot: 0 },
    within({ k: 'unspill', reg: 7, slot: 0 }, STORE),
    COMMIT,
  ]),
  'a test of numbers, whose other branch is not looked at': program([
    { ...within(STORE), op: 'gt' } as Stmt,
    { ...within(STORE), op: 'sgt' } as Stmt,
    { ...within(STORE), wide: false } as Stmt,
    { ...within(STORE), op: 'sge', wide: false } as Stmt,
  ]),
  'pointers in a function': program([RESERVE, BUF, END, CALL, COMMIT], sub('passed', within(STORE))),
};

const REFUSED: Readonly<Record<string, readonly [Program, RegExp]>> = {
  'never closed': [program([RESERVE]), /exit with a record open/],
  'closed on one path': [
    program([RESERVE, { k: 'branch', arg: 0, op: 'eq', value: 1, taken: [COMMIT], other: [] }]),
    /exit with a record open/,
  ],
  'closed twice': [program([RESERVE, COMMIT, DISCARD]), /without a reservation/],
  'reserved twice': [program([RESERVE, RESERVE, COMMIT]), /reserve with a record open/],
  'another map': [program([RESERVE, { ...COMMIT, map: MAP.empty }]), /another map/],
  'another buffer': [program([RESERVE, { ...COMMIT, id: 0 }]), /another buffer/],
  'tail call between': [program([RESERVE, TAIL, COMMIT]), /tail call with a record open/],
  'global function between': [program([RESERVE, CALL, COMMIT], sub('global')), /global function call/],
  'ids in a global function': [program([CALL], sub('global', FINALIZE)), /finalize in a global function/],
  'ids in what that calls': [
    program([CALL], sub('global', { ...CALL, sub: 1 }), sub('static', FINALIZE)),
    /finalize in a global function/,
  ],
  'a callback reserves': [program([{ k: 'iterate', sub: 0, times: 1 }], sub('callback', RESERVE)), /open/],
  'loaded before': [program([BUF, RESERVE, COMMIT]), /without a reservation/],
  'used after': [program([RESERVE, BUF, END, COMMIT, within(STORE)]), /invalid mem access/],
  'not compared': [program([RESERVE, BUF, END, STORE, COMMIT]), /invalid access to buffer/],
  'the wrong branch': [
    program([RESERVE, BUF, END, { ...within(), taken: [STORE] } as Stmt, COMMIT]),
    /invalid access to buffer/,
  ],
  'one byte more': [program([RESERVE, BUF, END, within({ ...STORE, off: 9 } as Stmt), COMMIT]), /off=9 size=8/],
  'the end is moved': [
    program([RESERVE, END, { k: 'advance', reg: 8, by: { value: 8 } }, COMMIT]),
    /arithmetic on end/,
  ],
  'a part of the pointer': [program([RESERVE, { ...BUF, size: 4 } as Stmt, COMMIT]), /part of a pointer/],
  'a caller has no record': [raw([BUF]), /beyond the context/],
  atomic: [program([RESERVE, BUF, END, within({ k: 'atomic', off: 4 }), COMMIT]), /atomic/],
  'a helper writes one byte more': [
    program([RESERVE, BUF, END, within({ k: 'fill', how: 'zero', off: 9, size: 8 }), COMMIT]),
    /off=9 size=8/,
  ],
  'what was proven of another place': [
    program([RESERVE, BUF, END, within({ k: 'advance', reg: 7, by: { arg: 0, mask: 7 } }, STORE), COMMIT]),
    /invalid access to buffer/,
  ],
};

const ITERATE: Stmt = { k: 'iterate', sub: 0, times: 1 };
/** r7 and r8 are 7 and 8 here: what is `other` is never run. */
const NEVER_RUN: Stmt = within(TAIL);

const TAIL_CALLS: Readonly<Record<string, Program>> = {
  'and then a reserve, with the commit in the caller': program([CALL, COMMIT], sub('static', TAIL, RESERVE)),
  'and then a commit, with the reserve in the caller': program([RESERVE, CALL], sub('static', TAIL, COMMIT)),
  'and nothing else': program([CALL], sub('static', TAIL)),
  'and nothing else, in a program with other faults': program([RESERVE, CALL, STORE], sub('static', TAIL)),
  'that is never run': program([CALL], sub('static', NEVER_RUN)),
  'that gets the pointers': program([CALL], sub('passed', TAIL)),
  'that is global': program([CALL], sub('global', TAIL)),
  'of a function': program([CALL], sub('static', CALL), sub('static', TAIL)),
  'that is a callback': program([ITERATE], sub('callback', TAIL)),
  'that is a callback and is not passed on': program([within(ITERATE)], sub('callback', TAIL)),
  'that a callback calls': program([ITERATE], sub('callback', CALL), sub('static', TAIL)),
};

t.test('D38: a tail call in a function of a DTRACE program is refused, before all else', async (t) => {
  for (const [name, one] of Object.entries(TAIL_CALLS)) {
    const code = compile(one, HELPERS);
    const at = code.insns.findLastIndex(({ imm, code: op }) => op === CALL_OP && imm === HELPERS.tail_call);
    t.same(judge(one), { verdict: 'refuse', why: 'tail call in a function', at }, `in a function ${name}`);
  }
});

t.test('callbacks of other types are not judged', async (t) => {
  t.equal(judge(raw([ITERATE], sub('callback', TAIL))).verdict, 'unknown');
});

t.test('a pointer in front of the record, by kernel', async (t) => {
  const back = (by: number): Stmt => ({ k: 'advance', reg: 7, by: { value: by } });
  const rows = { 'in front of it': [back(-7), STORE], 'there and back': [back(-7), back(7), STORE] } as const;
  for (const release of ['6.12.117', '7.3.4'] as const)
    for (const [name, body] of Object.entries(rows)) {
      const one = program([RESERVE, BUF, END, within(...body), COMMIT]);
      const loads = release === '6.12.117' || name === 'there and back';
      const { verdict } = judge(one, { helpers: HELPERS, rules: rulesOf(release) });
      t.equal(verdict, loads ? 'accept' : 'refuse', `${name}, ${release}`);
    }
});

t.test('accepted, and harmless when run', async (t) => {
  for (const [name, one] of Object.entries(ACCEPTED)) {
    t.same(judge(one), { verdict: 'accept' }, name);
    const runs = expectedOfAll(known, compile(one, HELPERS));
    t.same(
      runs.map(({ harm }) => harm),
      runs.map(() => undefined),
      name,
    );
  }
});

t.test('refused, and why', async (t) => {
  for (const [name, [one, why]] of Object.entries(REFUSED)) {
    const verdict = judge(one);
    t.equal(verdict.verdict, 'refuse', name);
    if (verdict.verdict === 'refuse') t.match(verdict.why, why, name);
  }
});

t.test('every form of the range test proves its bytes, and not one more', async (t) => {
  for (const op of ['gt', 'ge', 'lt', 'le'] as const)
    for (const endFirst of [false, true]) {
      const proven = provenBy(op, endFirst);
      if (proven === undefined) throw new Error(op);
      const bytes = proven.open ? 15 : 16;
      const at = (off: number): Program => {
        const store: Block = [{ k: 'store', size: 1, off, imm: 1 }];
        const { taken } = proven;
        const test: Stmt = {
          k: 'test',
          op,
          endFirst,
          wide: true,
          bytes,
          taken: taken ? store : [],
          other: taken ? [] : store,
        };
        return program([RESERVE, BUF, END, test, COMMIT]);
      };
      t.equal(judge(at(15)).verdict, 'accept', `${op} ${endFirst}`);
      t.equal(judge(at(16)).verdict, 'refuse', `${op} ${endFirst}, one more`);
      t.equal(expectedOfAll(known, compile(at(15), HELPERS))[0]?.harm, undefined);
    }
});
