import t from 'tap';
import { emit, reach } from './fixture.ts';
import { targets } from './targets.ts';

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
  t.match(woken, [{ what: /wake-up per record$/, reached: false, measured: 'not below ringbuf reserve at 48, 64' }]);
});

t.test('cross-type over same-type', async (t) => {
  const rows = [reach('cross_const', 35), reach('same_const', 15), reach('cross_var', 45), reach('same_var', 24)];
  t.match(targets(rows), [{ what: 'cross-type over same-type, kprobe, const index', measured: '20', reached: true }, { measured: '21', reached: false }]);
});
