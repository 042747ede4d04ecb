import t from 'tap';
import { emit, reach, row } from '../testing/bench.ts';
import { describeSizes, targets } from './targets.ts';

t.test('reserve and commit', async (t) => {
  const of = (ours: number) =>
    targets([
      ...emit('dtrace_pair_only', ours - 7),
      ...emit('dtrace_reserve', ours),
      ...emit('perf_percpu', 580),
      ...emit('ringbuf_reserve', 135),
    ]).map((each) => each.reached);
  t.same(of(120), [true, true, true, true, true]);
  t.same(of(131), [true, false, true, true, true]);
  t.same(of(136), [false, false, false, true, false]);
  t.same(of(150), [false, false, false, false, false]);
  t.same(targets([]), []);
});

t.test('the loser is named', async (t) => {
  const all = targets([...emit('dtrace_reserve', 120), ...emit('perf_stack', 119), ...emit('lookup_percpu', 5)]);
  t.match(all.at(-1), { what: /watermark$/, reached: false, measured: 'not below perf, stack at 48' });
  const record = { wake: 'record' } as const;
  const woken = targets([
    ...emit('dtrace_reserve', 580, record),
    ...emit('ringbuf_reserve', 502, record),
    ...emit('dtrace_reserve', 590, { ...record, size: 64 }),
    ...emit('ringbuf_reserve', 502, { ...record, size: 64 }),
  ]);
  t.match(woken, [
    {
      what: 'below every alternative that is forced to wake for each record, at every size',
      reached: false,
      measured: 'not below ringbuf reserve at all sizes',
    },
  ]);
});

t.test('sizes in few words', async (t) => {
  const all = [8, 16, 48, 64, 128];
  t.equal(describeSizes(all, all), 'all sizes');
  t.equal(describeSizes([8, 16, 48, 128], all), '8 to 48 and 128');
  t.equal(describeSizes([8, 16], all), '8 and 16');
  t.equal(describeSizes([48], all), '48');
  t.equal(describeSizes([48], [48]), '48');
});

t.test('how the reader is told', async (t) => {
  const rows = [
    ...emit('dtrace_reserve', 150, { wake: 'record' }),
    ...emit('ringbuf_adaptive', 141, { wake: 'record' }),
    ...emit('ringbuf_reserve', 502, { wake: 'record' }),
    ...emit('dtrace_reserve', 520, { wake: 'polled' }),
    ...emit('ringbuf_reserve', 502, { wake: 'polled' }),
    ...emit('perf_percpu', 1030, { wake: 'polled' }),
  ];
  t.strictSame(
    targets(rows).map((each) => each.reached),
    [true, false, false, true],
    'the default is a rival of its own',
  );
  const record = { wake: 'record' } as const;
  const large = { wake: 'record', size: 64 } as const;
  const lost = targets([
    ...emit('dtrace_reserve', 150, record),
    ...emit('ringbuf_adaptive', 141, record),
    ...emit('dtrace_reserve', 200, large),
    ...emit('ringbuf_adaptive', 198, large),
  ]);
  t.match(lost.at(-1), {
    what: /default notification.*at every size$/,
    reached: false,
    measured: 'above at every size: 2 to 9 instructions more (150 to 200 against 141 to 198)',
  });
  const won = targets([
    ...emit('dtrace_reserve', 140, record),
    ...emit('ringbuf_adaptive', 141, record),
    ...emit('dtrace_reserve', 200, large),
    ...emit('ringbuf_adaptive', 201, large),
  ]);
  t.match(won.at(-1), { reached: true, measured: 'all 2 sizes' });
});

t.test('cross-type over same-type', async (t) => {
  const rows = [reach('cross_const', 35), reach('same_const', 15), reach('cross_var', 45), reach('same_var', 24)];
  t.match(targets(rows), [
    { what: 'cross-type over same-type, kprobe, const index', measured: '20', reached: true },
    { measured: '21', reached: false },
  ]);
});

t.test('from end to end: the firing, the reader, and what arrives under overload', async (t) => {
  const stream = (source: string, variant: string, value: number, extra: Record<string, number>) =>
    row({ boot: 'stream-1cpu', section: 'stream', variant, source, value, extra });
  const of = (firing: number, reader: number, delivered: number) =>
    targets([
      stream('dtrace', 'steady', firing, { reader }),
      stream('ringbuf', 'steady', 1000, { reader: 31 }),
      stream('dtrace', 'overload', 2000, { delivered }),
      stream('ringbuf', 'overload', 2000, { delivered: 500 }),
      stream('perf', 'overload', 2000, { delivered: 700 }),
    ]).map((each) => each.reached);
  t.strictSame(of(999, 40, 701), [true, true, true]);
  t.strictSame(of(1000, 41, 700), [false, false, false]);
  t.strictSame(targets([stream('dtrace', 'overload', 2000, { delivered: 1 })]), [], 'nothing to compare with');
});
