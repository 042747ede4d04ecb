import t from 'tap';
import { emit, reach } from './fixture.ts';
import { describeSizes, targets } from './targets.ts';

t.test('reserve and commit', async (t) => {
  const of = (ours: number) => targets([...emit('dtrace_pair_only', ours - 7), ...emit('dtrace_reserve', ours), ...emit('perf_percpu', 580), ...emit('ringbuf_reserve', 135)]).map((each) => each.reached);
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
  const woken = targets([...emit('dtrace_reserve', 580, record), ...emit('ringbuf_reserve', 502, record), ...emit('dtrace_reserve', 590, { ...record, size: 64 }), ...emit('ringbuf_reserve', 502, { ...record, size: 64 })]);
  t.match(woken, [{ what: /wake-up per record$/, reached: false, measured: 'not below ringbuf reserve at all sizes' }]);
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
  const rows = [...emit('dtrace_reserve', 150, { wake: 'record' }), ...emit('ringbuf_adaptive', 141, { wake: 'record' }), ...emit('ringbuf_reserve', 502, { wake: 'record' }), ...emit('dtrace_reserve', 520, { wake: 'polled' }), ...emit('ringbuf_reserve', 502, { wake: 'polled' }), ...emit('perf_percpu', 1030, { wake: 'polled' })];
  t.match(targets(rows).map((each) => each.reached), [true, false, false, true], 'the default is a rival of its own');
});

t.test('cross-type over same-type', async (t) => {
  const rows = [reach('cross_const', 35), reach('same_const', 15), reach('cross_var', 45), reach('same_var', 24)];
  t.match(targets(rows), [{ what: 'cross-type over same-type, kprobe, const index', measured: '20', reached: true }, { measured: '21', reached: false }]);
});
