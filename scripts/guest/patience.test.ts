import t from 'tap';
import { Patience, stretched } from './patience.ts';

/** Clocks that a test moves. */
function clocks(): { readonly patience: Patience; pass(wallMs: number, givenMs: number): void } {
  let [wall, given] = [0, 0];
  const patience = new Patience({ nowMs: () => given }, { nowMs: () => wall });
  return { patience, pass: (wallMs, givenMs) => ([wall, given] = [wall + wallMs, given + givenMs]) };
}

t.test('a guest that has its processors is asked for no more than was said', async (t) => {
  const { patience, pass } = clocks();
  t.equal(patience.factor(), 1);
  pass(5_000, 5_000);
  t.equal(patience.factor(), 1);
});

t.test('one that has a tenth of them gets more than ten times as long, and for some time after', async (t) => {
  const { patience, pass } = clocks();
  pass(20_000, 2_000);
  t.equal(patience.factor(), 28);
  pass(5_000, 5_000);
  t.equal(patience.factor(), 28, 'the window before');
  for (const _ of [1, 2]) {
    pass(11_000, 11_000);
    patience.factor();
  }
  t.equal(patience.factor(), 1);
});

t.test('limits are stretched, the waits of a poll are not', async (t) => {
  t.match(stretched('exec', { argv: ['true'] }, 4), { argv: ['true'], timeoutMs: 120_000 });
  t.match(stretched('process.wait', { process: 1, timeoutMs: 200 }, 1), { process: 1, timeoutMs: 200 });
  t.match(stretched('process.waitOutput', { process: 1, text: 'x', timeoutMs: 10_000 }, 2.5), { timeoutMs: 25_000 });
  t.match(stretched('buffer.poll', { buffer: 1, timeoutMs: 100 }, 4), { timeoutMs: 100 });
});
