import t from 'tap';
import { mutation as numbered } from './fixture.ts';
import { allCaught, formatMutations, rowsIn, type Found } from './report.ts';

const mutation = { number: 2, name: 'a | b', breaks: 'it', topics: ['x'] };
const control: Found = {
  mutation: { number: 0, name: 'control', breaks: 'nothing', topics: ['x', 'y'] },
  passed: 9,
  caught: [],
};

t.test('a row a mutation, with the tests that noticed', async (t) => {
  const caught = ['one', 'two', 'three', 'four'].map((test) => ({ topic: 'x', test, how: 'should\nbe equal' }));
  const text = formatMutations('6.12', 'default 0123', control, [{ mutation, passed: 1, caught }]);
  t.match(text, '| 2 | a \\| b | it | x: one<br>x: two<br>x: three<br>and 1 more | should be equal | default 0123 |');
  t.match(text, '| 0 | control | nothing | 9 passed, 0 failed: x, y |  | default 0123 |');
  t.match(text, '1 mutations were run, all were caught.');
});

t.test('what was not noticed is said aloud', async (t) => {
  const text = formatMutations('6.12', 'default 0123', control, [{ mutation, passed: 1, caught: [] }]);
  t.match(text, '**not caught**');
  t.match(text, '1 mutations were run, 0 were caught.');
});

t.test('mutations that were not run keep their rows', async (t) => {
  const other = { ...mutation, number: 3 };
  const all = formatMutations('6.12', 'default 0123', control, [
    { mutation, passed: 1, caught: [] },
    { mutation: other, passed: 1, caught: [] },
  ]);
  const narrow = { ...control, passed: 1 };
  const again = formatMutations(
    '6.12',
    'debug 4567',
    narrow,
    [{ mutation: other, passed: 1, caught: [{ topic: 'x', test: 'one', how: 'now' }] }],
    rowsIn(all),
  );
  t.match(again, '9 passed, 0 failed');
  t.match(again, /^\| 2 .* default 0123 \|$/m);
  t.match(again, /^\| 3 .* x: one \| now \| debug 4567 \|$/m);
  t.match(again, '2 mutations were run, 1 were caught.');
  t.match(
    formatMutations('6.12', 'k', narrow, [], rowsIn('| 7 | a | b | c |  |\n')),
    '| 7 | a | b | c |  | an earlier tree |',
  );
});

t.test('the verdict: everything is caught by tests that pass without it', async (t) => {
  const found = (number: number, passed: number, caught: number): Found => ({
    mutation: numbered(number),
    passed,
    caught: Array.from({ length: caught }, () => ({ topic: 'a', test: 'x', how: '' })),
  });
  t.ok(allCaught([found(0, 9, 0), found(1, 8, 1), found(2, 0, 9)]));
  t.notOk(allCaught([found(0, 9, 0), found(1, 8, 1), found(2, 9, 0)]), 'one was not caught');
  t.notOk(allCaught([found(0, 9, 1), found(1, 8, 1)]), 'the tests fail by themselves');
  t.notOk(allCaught([found(0, 0, 0), found(1, 8, 1)]), 'the control tested nothing');
  t.notOk(allCaught([found(0, 9, 0)]), 'nothing was broken');
  t.notOk(allCaught([]));
});
