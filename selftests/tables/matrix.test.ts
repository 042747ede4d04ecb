import t from 'tap';
import { ARRAYS, callersOn, cellName, cells, crossTypeRefusal, ORDERS } from './matrix.ts';

/** Without DTRACE itself. */
const SOURCES = [
  ...['kprobe', 'kretprobe', 'uprobe', 'tracepoint', 'raw_tp', 'raw_tp.w', 'perf_event'],
  ...['kprobe.multi', 'kprobe.session', 'uprobe.multi', 'fentry', 'fexit', 'tp_btf'],
];
const SOURCES_OF = [
  ['6.12.117', SOURCES],
  ['7.3.4', [...SOURCES, 'uprobe.session', 'fsession', 'fentry.multi', 'fexit.multi', 'fsession.multi']],
] as const;

for (const [release, sources] of SOURCES_OF) {
  const CALLERS = callersOn(release);
  t.test(`${release}: every caller meets every array in both orders, once`, async (t) => {
    const names = cells(CALLERS).map(cellName);
    t.equal(names.length, CALLERS.length * ARRAYS.length * ORDERS.length);
    t.equal(new Set(names).size, names.length);
  });

  t.test(`${release}: the order matters for untyped arrays only`, async (t) => {
    for (const caller of CALLERS) {
      for (const array of ['typed dtrace', 'typed own'] as const) {
        const [first, second] = cells(CALLERS).filter((cell) => cell.caller === caller && cell.array === array);
        t.same(
          { load: first?.load, insert: first?.insert },
          { load: second?.load, insert: second?.insert },
          `${caller.name}, ${array}`,
        );
      }
    }
  });

  t.test(`${release}: exactly the sources and DTRACE itself get into a DTRACE array`, async (t) => {
    const accepted = cells(CALLERS)
      .filter((cell) => cell.array === 'typed dtrace' && cell.load === 'accepted')
      .map((cell) => cell.caller.name);
    t.same([...new Set(accepted)], [...sources, 'dtrace']);
  });

  t.test(`${release}: the refusal names the caller as the uapi header does`, async (t) => {
    const socket = CALLERS.find((caller) => caller.name === 'socket');
    t.ok(socket);
    const call = 'tail call from BPF_PROG_TYPE_SOCKET_FILTER';
    if (socket)
      t.match(
        ['x', `${call} into prog array 'matrix' of BPF_PROG_TYPE_DTRACE is not allowed`, 'y'].join('\n'),
        crossTypeRefusal(socket),
      );
  });
}

t.test('a sleepable program may use prog arrays from 7.3 on, and none of DTRACE', async (t) => {
  const rows = (release: string): unknown[] =>
    cells(callersOn(release))
      .filter(({ caller }) => caller.sleepable)
      .map(({ load, insert }) => [load === 'accepted' ? load : 'refused', insert]);
  t.ok(rows('6.12.117').every((row) => JSON.stringify(row).startsWith('["refused"')));
  const each = [
    ['accepted', 'refused'],
    ['refused', 'accepted'],
    ['refused', 'accepted'],
    ['refused', 'accepted'],
    ['accepted', 'refused'],
    ['accepted', 'refused'],
  ];
  t.strictSame(rows('7.3.4'), [...each, ...each, ...each, ...each], 'fentry.multi.s, uprobe.s, tp.s and raw_tp.s');
});
