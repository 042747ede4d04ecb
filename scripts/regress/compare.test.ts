import t from 'tap';
import type { Difference, KernelTest } from '../records/regress.ts';
import { differencesOf, problemsOf } from './compare.ts';

type Status = Difference['base'];
const one = (status: Status, suite = 'test_progs'): KernelTest[] =>
  status === 'none'
    ? []
    : [{ suite, name: 'tailcalls/tailcall_1', status, why: status === 'passed' ? '' : `it ${status}` }];

const ROWS: readonly [base: Status, series: Status, kind: string, red: boolean][] = [
  ['passed', 'failed', 'fails', true],
  ['passed', 'skipped', 'is skipped now', true],
  ['passed', 'none', 'vanished', true],
  ['failed', 'none', 'vanished', true],
  ['skipped', 'none', 'vanished', true],
  ['skipped', 'failed', 'fails', true],
  ['none', 'failed', 'new, and fails', true],
  ['none', 'passed', 'new', false],
  ['none', 'skipped', 'new', false],
  ['failed', 'failed', 'fails on both', false],
  ['failed', 'passed', 'failed before', false],
  ['failed', 'skipped', 'failed before', false],
  ['skipped', 'passed', 'was skipped before', false],
];

for (const [base, series, kind, red] of ROWS)
  t.test(`${base} on the base, ${series} with the series: ${kind}`, async (t) => {
    const found = differencesOf(one(base), one(series));
    t.match(found, [{ base, series, kind, red, name: 'tailcalls/tailcall_1' }]);
    t.equal(found.length, 1);
  });

t.test('the same and good is no difference', async (t) => {
  for (const status of ['passed', 'skipped'] as const) t.strictSame(differencesOf(one(status), one(status)), []);
});

t.test('a skip has its reason, and what is red comes first', async (t) => {
  const base: KernelTest[] = [
    ...one('none'),
    { suite: 'test_progs', name: 'a', status: 'failed', why: 'no PMU' },
    ...one('passed'),
  ];
  const series: KernelTest[] = [{ suite: 'test_progs', name: 'a', status: 'failed', why: 'no PMU' }, ...one('skipped')];
  t.match(differencesOf(base, series), [
    { kind: 'is skipped now', why: 'it skipped' },
    { kind: 'fails on both', why: 'no PMU' },
  ]);
});

t.test('names of two suites are two tests', async (t) => {
  t.match(differencesOf(one('passed', 'test_verifier'), one('passed')), [{ kind: 'vanished' }, { kind: 'new' }]);
});

t.test('what the kernel says of itself is red when it did not say it before, and does not vanish', async (t) => {
  t.match(differencesOf([], one('failed', 'kernel')), [{ kind: 'fails', red: true }]);
  t.match(differencesOf(one('failed', 'kernel'), []), [{ kind: 'failed before', red: false }]);
  t.match(differencesOf(one('failed', 'kernel'), one('failed', 'kernel')), [{ kind: 'fails on both', red: false }]);
});

t.test('a comparison of nothing is no pass, on either kernel, in any suite', async (t) => {
  const side = (tests: readonly KernelTest[]): { tests: readonly KernelTest[] } => ({ tests });
  const good = side(one('passed'));
  t.strictSame(problemsOf(good, good, [], ['test_progs']), []);
  t.strictSame(problemsOf(good, good, [], []), ['no test was run']);
  t.strictSame(problemsOf(good, good, [], ['test_progs', 'test_verifier']), [
    'test_verifier: no test passed on the base',
    'test_verifier: no test passed with the series',
  ]);
  t.strictSame(problemsOf(side(one('failed')), side(one('failed')), [], ['test_progs']), [
    'test_progs: no test passed on the base',
    'test_progs: no test passed with the series',
  ]);
  const red = differencesOf(one('passed'), one('failed'));
  t.strictSame(problemsOf(good, good, red, ['test_progs']), ['1 tests: fails']);
});

t.test('of tests that are new, none has to pass on the base', async (t) => {
  const none = { tests: one('none') };
  const good = { tests: one('passed') };
  const bad = { tests: one('failed') };
  t.strictSame(problemsOf(none, good, differencesOf(none.tests, good.tests), ['test_progs'], []), []);
  t.strictSame(problemsOf(none, bad, differencesOf(none.tests, bad.tests), ['test_progs'], []), [
    'test_progs: no test passed with the series',
    '1 tests: new, and fails',
  ]);
});
