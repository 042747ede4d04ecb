import t from 'tap';
import { tracepointsArePreempted } from './preempted.ts';

t.test('a row each', async (t) => {
  for (const [release, rcu, preempted] of [
    ['6.12.117', 'y', false],
    ['7.3.4', undefined, false],
    ['7.3.4', 'y', true],
  ] as const)
    t.equal(
      tracepointsArePreempted({ release, kconfig: rcu === undefined ? {} : { CONFIG_PREEMPT_RCU: rcu } }),
      preempted,
      `${release}, preemptible RCU: ${rcu ?? 'n'}`,
    );
});
