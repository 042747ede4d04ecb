import t from 'tap';
import { reading } from '../testing/bench.ts';
import { profilesOf } from './batches.ts';
import { symbolsOf } from './profile.ts';

const SYMBOLS = symbolsOf('ffffffff81000000 T act\n');
const counts = (...instructions: number[]): string[] =>
  instructions.map((each) => `ffffffff81000000 ${each} ${each / 10}\n`);

t.test('each measurement has as many counts as batches, in their order; unmarked sections have none', async (t) => {
  const readings = [
    reading({ section: 'emit', variant: 'perf_percpu', elapsed: [1, 2, 3] }),
    reading({ section: 'idle', variant: 'attached', source: 'kprobe', elapsed: [9, 8] }),
    reading({ section: 'stream', variant: 'steady', source: 'perf', elapsed: [1, 2, 3] }),
    reading({ section: 'stream', variant: 'overload', source: 'perf', elapsed: [1] }),
  ];
  t.match(profilesOf(readings, counts(20, 10, 700, 600, 500, 1), SYMBOLS), [
    { label: 'series/idle/attached/kprobe', source: 'kprobe', shares: [{ name: 'act', value: 1, calls: 0.1 }] },
    { label: 'series/idle/attached/kprobe, most', shares: [{ value: 2 }] },
    { label: 'series/stream/steady/perf', section: 'stream', shares: [{ value: 60 }] },
  ]);
  t.strictSame(profilesOf(readings.slice(0, 1), [], SYMBOLS), []);
});

t.test('counts that are not of what was measured are an error', async (t) => {
  const readings = [reading({ section: 'idle', variant: 'attached', elapsed: [1, 2] })];
  for (const some of [counts(10), counts(10, 10, 10)])
    t.throws(() => profilesOf(readings, some, SYMBOLS), { name: 'BadCounts', message: / batches were counted, 2 / });
  for (const [most, message] of [
    [2000, /attached: a batch of 2 instructions, and 1998 more were counted$/],
    [1, / of 2 instructions, and -1 more /],
  ] as const)
    t.throws(() => profilesOf(readings, counts(10, most), SYMBOLS), { name: 'BadCounts', message });
});
