import t from 'tap';
import { frameOf, startsOf } from './run-contexts.ts';

t.test('the frame of the function that is asked for', async (t) => {
  const text = '0xffffffff81450b90 perf_tp_event [vmlinux]:\t\t320\n0xffffffff81450540 __perf_event [vmlinux]:80\n';
  t.equal(frameOf('__perf_event', text), 80);
  t.equal(frameOf('perf_tp_event', text), 320);
  t.equal(frameOf('perf_event', text), undefined);
  t.equal(frameOf('perf_event', ''), undefined);
});

t.test('addresses are those of the names and of nothing that is similar', async (t) => {
  const map = 'ffffffff81450540 T trace_call_bpf\nffffffff81450b90 t trace_call_bpf.cold\nffffffff81450c00 T other\n';
  t.same(startsOf(['trace_call_bpf'], map), [{ name: 'trace_call_bpf', start: 0xffffffff81450540n }]);
});
