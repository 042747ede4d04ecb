import t from 'tap';
import { formatMutations, type Found } from './report.ts';

const mutation = { number: 2, name: 'a | b', breaks: 'it', topics: ['x'] };
const control: Found = { mutation: { number: 0, name: 'control', breaks: 'nothing', topics: ['x', 'y'] }, passed: 9, caught: [] };

t.test('a row a mutation, with the tests that noticed', async (t) => {
  const caught = ['one', 'two', 'three', 'four'].map((test) => ({ topic: 'x', test, how: 'should\nbe equal' }));
  const text = formatMutations('6.12', control, [{ mutation, passed: 1, caught }]);
  t.match(text, '| 2 | a \\| b | it | x: one<br>x: two<br>x: three<br>and 1 more | should be equal |');
  t.match(text, '9 tests passed and 0 failed (x, y). 1 mutations were run, all were caught.');
});

t.test('what nobody noticed is said aloud', async (t) => {
  const text = formatMutations('6.12', control, [{ mutation, passed: 1, caught: [] }]);
  t.match(text, '**not caught**');
  t.match(text, '1 mutations were run, 0 were caught.');
});
