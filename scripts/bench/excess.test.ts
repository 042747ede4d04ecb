import t from 'tap';
import { profileOf } from '../testing/bench.ts';
import { excess, largest, rounded, signed, sumOf } from './excess.ts';
import { REST } from './profile.ts';

t.test('what one has more than another, by function', async (t) => {
  const more = excess(profileOf('x', { a: 10, b: 5, [REST]: 70 }), profileOf('y', { a: 12, c: 3.6, d: 0.4 }));
  t.strictSame(Object.fromEntries(more.shares.map(({ name, value }) => [name, value])), {
    a: -2,
    b: 5,
    [REST]: 70,
    c: -3.6,
    d: -0.4,
  });
  t.equal(largest(more, 3), 'b +5, c -4, a -2', 'nor the rest, nor less than an instruction');
  t.equal(largest(more, 1), 'b +5');
  t.equal(largest(excess(more, more), 3), 'nothing');
  t.equal(sumOf(more, /^[ab]$/), 3);
});

t.test('numbers in sentences', async (t) => {
  t.strictSame(
    [rounded(-0.2), rounded(1234.5), signed(0.7), signed(-0.7), signed(0.2)],
    ['0', '1235', '+1', '-1', '0'],
  );
});
