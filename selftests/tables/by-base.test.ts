import t from 'tap';
import { byBase } from './by-base.ts';

t.test('what holds for a kernel, a row each', async (t) => {
  const values = { 'v7.3': 'new', 'v6.12': 'old' } as const;
  for (const [release, value] of [
    ['6.12.117', 'old'],
    ['6.12', 'old'],
    ['6.13.0-rc1', 'old'],
    ['7.2.13', 'old'],
    ['7.3.4-dtrace', 'new'],
    ['7.10.0', 'new'],
    ['8.0.0', 'new'],
  ] as const)
    t.equal(byBase(release, values), value, release);
  t.throws(() => byBase('6.1.2', values), /nothing is known of Linux 6.1.2: v7.3, v6.12/);
  t.throws(() => byBase('linux', values), /no version/);
});
