import t from 'tap';
import { machinesFor } from './machines.ts';

t.test('what patches code under fire gets a guest whose CPUs run in turn, under TCG', async (t) => {
  t.strictSame(machinesFor(['a', 'tail-call-storm', 'b'], 'tcg'), [
    { inTurn: false, topics: ['a', 'b'] },
    { inTurn: true, topics: ['tail-call-storm'] },
  ]);
  t.strictSame(machinesFor(['tail-call-storm'], 'tcg'), [{ inTurn: true, topics: ['tail-call-storm'] }]);
  t.strictSame(machinesFor(['a', 'tail-call-storm'], 'kvm'), [{ inTurn: false, topics: ['a', 'tail-call-storm'] }]);
});
