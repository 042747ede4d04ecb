import t from 'tap';
import { median, relative, round2, spread } from './statistics.ts';

t.test('median', async (t) => {
  const rows: readonly [readonly number[], number][] = [[[5], 5], [[3, 1, 2], 2], [[4, 1, 3, 2], 2.5], [[7, 7, 900], 7]];
  for (const [values, expected] of rows) t.equal(median(values), expected, values.join(' '));
  t.throws(() => median([]), RangeError);
});

t.test('spread, rounding and relative difference', async (t) => {
  t.equal(spread([3, 9, 4]), 6);
  t.equal(round2(1.23456), 1.23);
  t.equal(round2(-0.001), 0, 'no negative zero in a table');
  t.equal(relative(0, 0), 0);
  t.equal(relative(99, 100), 0.01);
  t.equal(relative(100, 99), 0.01, 'the order does not matter');
});
