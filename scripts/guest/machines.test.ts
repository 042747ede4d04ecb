import t from 'tap';
import { machinesFor } from './machines.ts';

t.test('under TCG the CPUs run in turn, but for what is about two at the same instant', async (t) => {
  t.strictSame(machinesFor(['a', 'buffer-race', 'b'], 'tcg'), [
    { inTurn: true, topics: ['a', 'b'] },
    { inTurn: false, topics: ['buffer-race'] },
  ]);
  t.strictSame(machinesFor(['buffer-race'], 'tcg'), [{ inTurn: false, topics: ['buffer-race'] }]);
  t.strictSame(machinesFor(['a', 'buffer-race'], 'kvm'), [{ inTurn: false, topics: ['a', 'buffer-race'] }]);
  t.strictSame(machinesFor(['buffer-verifier'], 'tcg'), [{ inTurn: true, topics: ['buffer-verifier'] }]);
  t.strictSame(machinesFor([], 'tcg'), []);
});
