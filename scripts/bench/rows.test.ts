import t from 'tap';
import { reading } from '../testing/bench.ts';
import { median, MissingBaseline, problems, round2, rowKey, spread, toRows, typical } from './rows.ts';

const KIND = { section: 'emit', size: 48, fill: false, wake: 'watermark' } as const;

t.test('a row is the batch that took least, net of the loop of the same kind', async (t) => {
  const rows = toRows([
    reading({ ...KIND, variant: 'loop_only', elapsed: [20] }),
    reading({ ...KIND, fill: true, variant: 'loop_only', elapsed: [500] }),
    reading({
      ...KIND,
      variant: 'perf_percpu',
      elapsed: [1030, 1020, 1060],
      extra: { bytes: 640, records: 10, lost: 3 },
    }),
  ]);
  t.equal(rows.length, 1, 'baselines are no rows');
  t.match(rows[0], {
    key: 'series/emit/perf_percpu/48/bare/watermark',
    value: 100,
    spread: 4,
    repetitions: 3,
    bytes: 64,
    extra: { lost: 3 },
  });
});

t.test('what falls into some batches only is in no row, however many they are', async (t) => {
  // page faults of the same program on two kernels, as they were once measured: the page allocator in half of them
  const fault = (boot: string, detached: number[], attached: number[]): number | undefined =>
    toRows([
      reading({ boot, section: 'idle', variant: 'detached', source: 'perf_event', batch: 200, elapsed: detached }),
      reading({ boot, section: 'idle', variant: 'attached', source: 'perf_event', batch: 200, elapsed: attached }),
    ])[0]?.value;
  t.equal(fault('base', [864246, 872285, 871588], [931446, 931446, 942308]), 336);
  t.equal(fault('series', [872285, 864246, 871574], [939485, 931446, 939485]), 336);
});

t.test('where batches differ by nature it is the median', async (t) => {
  const elapsed = [30, 10, 20];
  for (const over of [
    { section: 'stream', variant: 'steady' },
    { section: 'growth', variant: 'perf_percpu', source: 'CPUs at once' },
    { ...KIND, boot: 'v1-inpage', variant: 'perf_percpu' },
    { ...KIND, boot: 'series-kvm', variant: 'perf_percpu' },
  ] as const)
    t.equal(typical(reading({ ...over, elapsed })), 20);
  t.equal(typical(reading({ ...KIND, variant: 'perf_percpu', elapsed })), 10);
});

t.test('a missing baseline is an error where there has to be one', async (t) => {
  t.throws(() => toRows([reading({ ...KIND, variant: 'perf_percpu' })]), MissingBaseline);
  t.throws(
    () =>
      toRows([reading({ ...KIND, boot: 'base', variant: 'loop_only' }), reading({ ...KIND, variant: 'perf_percpu' })]),
    MissingBaseline,
    'of another boot',
  );
  t.equal(toRows([reading({ section: 'growth', variant: 'chain', source: 'nesting depth', size: 3 })])[0]?.value, 10);
  t.equal(toRows([reading({ section: 'stream', variant: 'steady', source: 'perf' })])[0]?.value, 10);
});

t.test('keys say everything that tells rows apart', async (t) => {
  t.equal(
    rowKey({ boot: 'b', section: 'reach', variant: 'v', source: 'kprobe', size: null, fill: null, wake: null }),
    'b/reach/v/kprobe',
  );
  t.equal(
    rowKey({ boot: 'b', section: 'emit', variant: 'v', source: null, size: 8, fill: true, wake: 'record' }),
    'b/emit/v/8/filled/record',
  );
});

t.test('what must not be used', async (t) => {
  const cases: readonly [string, Parameters<typeof reading>[0], RegExp | null][] = [
    ['all arrived', { ...KIND, variant: 'perf_percpu', extra: { records: 10 } }, null],
    ['some are missing', { ...KIND, variant: 'perf_percpu', extra: { records: 9 } }, /9 records arrived, 10 were sent/],
    ['none were counted', { ...KIND, variant: 'dtrace_reserve' }, /0 records arrived/],
    ['failures', { section: 'reach', variant: 'direct', failed: 2 }, /2 operations failed/],
    ['a variant that sends nothing', { ...KIND, variant: 'lookup_percpu' }, null],
    [
      'records without header cannot be counted',
      { ...KIND, boot: 'v1-inpage', variant: 'dtrace_reserve', extra: { bytes: 480 } },
      null,
    ],
    [
      'but they take room',
      { ...KIND, boot: 'v1-inpage', variant: 'dtrace_reserve', extra: { bytes: 0 } },
      /nothing was written/,
    ],
    [
      'unless they were too large for a page',
      { ...KIND, size: 8192, boot: 'v1-inpage', variant: 'dtrace_reserve', extra: { bytes: 0 } },
      null,
    ],
    ['other records of that kernel can', { ...KIND, boot: 'v1-inpage', variant: 'perf_percpu' }, /0 records/],
  ];
  for (const [name, over, expected] of cases) {
    const found = problems([reading(over)]);
    if (expected === null) t.same(found, [], name);
    else t.match(found[0], expected, name);
  }
});

t.test('a record that v1 refused is no row', async (t) => {
  const loop = reading({ ...KIND, boot: 'v1-inpage', variant: 'loop_only' });
  const refused = reading({ ...KIND, size: 8192, boot: 'v1-inpage', variant: 'dtrace_reserve', extra: { bytes: 0 } });
  t.same(toRows([loop, refused]), []);
  t.equal(toRows([loop, { ...refused, size: 48, extra: { bytes: 480 } }]).length, 1);
});

t.test('median', async (t) => {
  const rows: readonly [readonly number[], number][] = [
    [[5], 5],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[7, 7, 900], 7],
  ];
  for (const [values, expected] of rows) t.equal(median(values), expected, values.join(' '));
  t.throws(() => median([]), RangeError);
});

t.test('spread and rounding', async (t) => {
  t.equal(spread([3, 9, 4]), 6);
  t.equal(round2(1.23456), 1.23);
  t.equal(round2(-0.001), 0, 'no negative zero in a table');
});
