import t from 'tap';
import { compare, conclude, describeComparison, merge, relative } from './compare.ts';
import { emit, profileOf, results, row } from '../testing/bench.ts';

const one = (value: number) => emit('perf_percpu', value).slice(0, 1);

t.test('within one percent is reproduced', async (t) => {
  const comparison = compare(results(one(1000)), results(one(1009)));
  t.match(comparison, { comparable: true, compared: 1, differences: { length: 0 }, missing: { length: 0 } });
  t.match(describeComparison(comparison), /^reproduced: 1 rows within 1 %.*0\.89 %/);
});

t.test('beyond it is a difference, worst first', async (t) => {
  const before = results([...one(100), ...emit('ringbuf_reserve', 100)]);
  const comparison = compare(before, results([...one(103), ...emit('ringbuf_reserve', 110)]));
  t.same(
    comparison.differences.map((each) => each.now),
    [110, 110, 103],
  );
  t.match(describeComparison(comparison), /3 of 3 rows differ.*same source and tools/);
});

t.test('less than an instruction is rounding, not a percentage', async (t) => {
  t.same(
    compare(results(emit('ringbuf_output', 200)), results(emit('ringbuf_output', 202.9))).differences,
    [],
    'nor are three of a copy',
  );
  t.equal(compare(results(emit('ringbuf_output', 200)), results(emit('ringbuf_output', 203.1))).differences.length, 2);
  t.same(compare(results(one(8)), results(one(8.9))).differences, []);
});

t.test('other source or tools: said, and not comparable', async (t) => {
  for (const over of [{ tree: 'beef' }, { qemu: 'QEMU 8' }, { compiler: 'gcc 2' }, { cpu: 'other' }]) {
    const comparison = compare(results(one(100), over), results(one(200)));
    t.equal(comparison.comparable, false);
    t.match(describeComparison(comparison), /other source or tools/);
  }
});

t.test('rows that are gone are named; of sections that did not run they are not', async (t) => {
  const before = results([
    ...one(100),
    ...emit('perf_stack', 90),
    row({ section: 'idle', variant: 'attached', source: 'kprobe' }),
  ]);
  const comparison = compare(before, results(one(100)));
  t.same(comparison.missing, [
    'series/emit/perf_stack/48/filled/watermark',
    'series/emit/perf_stack/48/bare/watermark',
  ]);
  t.match(describeComparison(comparison), /2 rows of the earlier run are missing/);
});

t.test('races are not compared', async (t) => {
  const racing = (value: number) => [
    row({ section: 'stream', variant: 'steady', value }),
    row({ section: 'growth', boot: 'growth-8cpu', source: 'CPUs at once', variant: 'perf_percpu', size: 2, value }),
  ];
  t.equal(compare(results(racing(1)), results(racing(99))).compared, 0);
  t.match(describeComparison(compare(results(racing(1)), results(racing(99)))), /nothing to compare/);
});

t.test('relative difference', async (t) => {
  t.equal(relative(0, 0), 0);
  t.equal(relative(99, 100), 0.01);
  t.equal(relative(100, 99), 0.01, 'the order does not matter');
});

t.test('merging', async (t) => {
  const idle = row({ section: 'idle', variant: 'attached', source: 'kprobe', value: 1 });
  const now = results(emit('perf_percpu', 2));
  t.equal(merge(undefined, now), now);
  t.same(merge(results([idle, ...emit('perf_percpu', 1)]), now)?.rows, [idle, ...now.rows], 'the other section stays');
  t.equal(merge(results([idle], { tree: 'beef' }), now), null, 'rows of two trees are never mixed');
  t.same(
    merge(results(emit('perf_percpu', 1), { tree: 'beef' }), now)?.rows,
    now.rows,
    'nothing of the other tree would stay',
  );
});

t.test('profiles stay or go with the rows of their boot and section', async (t) => {
  const [idle, emitted, again] = [
    profileOf('idle', {}, { section: 'idle' }),
    profileOf('emit', { a: 1 }),
    profileOf('emit', { a: 2 }),
  ];
  const rows = [...emit('perf_percpu', 1), row({ section: 'idle', variant: 'attached' })];
  const before = { ...results(rows), profiles: [idle, emitted] };
  const now = results(emit('perf_percpu', 2));
  t.strictSame(merge(before, { ...now, profiles: [again] })?.profiles, [idle, again]);
  t.strictSame(merge(before, now)?.profiles, [idle], 'those of rows that are gone go with them');
});

t.test('a run against the committed results, a row each', async (t) => {
  const idle = row({ section: 'idle', variant: 'attached', source: 'kprobe', value: 1 });
  const before = results([idle, ...emit('perf_percpu', 100)]);
  const whole = (value: number, over = {}): ReturnType<typeof results> =>
    results([idle, ...emit('perf_percpu', value)], over);
  t.strictSame(conclude(undefined, before), {
    comparison: null,
    sentence: 'first run, nothing to compare with',
    merged: before,
    failed: false,
  });
  t.match(conclude(before, whole(100)), { failed: false, sentence: /^reproduced: 3 rows/ });
  t.match(
    conclude(before, whole(120)),
    { failed: true, sentence: /^2 of 3 rows differ/ },
    'the same source and tools, and other numbers',
  );
  t.match(conclude(before, results([idle, ...emit('perf_percpu', 100).slice(1)])), {
    failed: true,
    sentence: /1 rows of the earlier run are missing/,
  });
  t.match(
    conclude(before, results(emit('perf_percpu', 100))),
    { failed: false, merged: { rows: { length: 3 } } },
    'a section that did not run is not missing',
  );
  const other = whole(120, { tree: 'beef' });
  t.match(
    conclude(before, other),
    { failed: false, sentence: /other source or tools/, merged: { provenance: { tree: 'beef' } } },
    'of another tree the whole replaces',
  );
  t.match(
    conclude(before, results(emit('perf_percpu', 120), { tree: 'beef' })),
    { failed: false, merged: null },
    'and a part does not',
  );
});
