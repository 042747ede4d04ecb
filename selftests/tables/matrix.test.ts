import t from 'tap';
import { ARRAYS, callersOn, cellName, cells, crossTypeRefusal, ORDERS } from './matrix.ts';

/** Without DTRACE itself. */
const SOURCES = [
  ...['kprobe', 'kretprobe', 'uprobe', 'uretprobe', 'tracepoint', 'tp/syscalls', 'raw_tp', 'raw_tp.w', 'perf_event'],
  ...['kprobe.multi', 'kprobe.session', 'uprobe.multi', 'usdt', 'usdt, single', 'fentry', 'fexit', 'tp_btf'],
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

/** Of two orders: an untyped array, one of DTRACE, and one of its own. */
const NONE_OF_DTRACE = [
  ['accepted', 'refused'],
  ['refused', 'accepted'],
  ['refused', 'accepted'],
  ['refused', 'accepted'],
  ['accepted', 'refused'],
  ['accepted', 'refused'],
];

t.test('a sleepable program may use prog arrays from 7.3 on, and none of DTRACE', async (t) => {
  const sleepers = (release: string): ReturnType<typeof callersOn> =>
    callersOn(release).filter(({ sleepable }) => sleepable);
  const rows = (caller: ReturnType<typeof callersOn>[number]): unknown[] =>
    cells([caller]).map(({ load, insert }) => [load === 'accepted' ? load : 'refused', insert]);
  for (const caller of sleepers('6.12.117'))
    t.ok(
      cells([caller]).every(({ load }) => load !== 'accepted'),
      caller.name,
    );
  for (const caller of sleepers('7.3.4')) t.strictSame(rows(caller), NONE_OF_DTRACE, caller.name);
  t.ok(sleepers('6.12.117').length < sleepers('7.3.4').length);
});

t.test('what is refused has a reason', async (t) => {
  for (const release of ['6.12.117', '7.3.4'])
    for (const { name, mayCallDtrace, because } of callersOn(release))
      if (mayCallDtrace === 'no' || mayCallDtrace === 'nothing') t.ok(because, `${release}: ${name}`);
});
