import t from 'tap';
import { ARRAYS, CALLERS, cellName, cells, crossTypeRefusal, ORDERS } from './matrix.ts';

t.test('every caller meets every array in both orders, once', async (t) => {
  const names = cells().map(cellName);
  t.equal(names.length, CALLERS.length * ARRAYS.length * ORDERS.length);
  t.equal(new Set(names).size, names.length);
});

t.test('the order matters for untyped arrays only', async (t) => {
  for (const caller of CALLERS) {
    for (const array of ['typed dtrace', 'typed own'] as const) {
      const [first, second] = cells().filter((cell) => cell.caller === caller && cell.array === array);
      t.same(
        { load: first?.load, insert: first?.insert },
        { load: second?.load, insert: second?.insert },
        `${caller.name}, ${array}`,
      );
    }
  }
});

t.test('exactly the four sources and DTRACE itself get into a DTRACE array', async (t) => {
  const accepted = cells()
    .filter((cell) => cell.array === 'typed dtrace' && cell.load === 'accepted')
    .map((cell) => cell.caller.name);
  t.same([...new Set(accepted)], ['kprobe', 'kretprobe', 'uprobe', 'tracepoint', 'raw_tp', 'perf_event', 'dtrace']);
});

t.test('the refusal names the caller as the uapi header does', async (t) => {
  const socket = CALLERS.find((caller) => caller.name === 'socket');
  t.ok(socket);
  if (socket)
    t.match(
      "x\ntail call from BPF_PROG_TYPE_SOCKET_FILTER into prog array 'matrix' of BPF_PROG_TYPE_DTRACE is not allowed\ny",
      crossTypeRefusal(socket),
    );
});
