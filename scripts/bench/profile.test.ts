import t from 'tap';
import {
  attribute,
  BadCounts,
  byInstructions,
  callsOf,
  instructions,
  namesOf,
  parseProfiled,
  profileTable,
  REST,
  symbolsOf,
} from './profile.ts';
import { profileOf } from '../testing/bench.ts';

const SYMBOLS = symbolsOf(
  [
    'ffffffff81000100 t reserve',
    'ffffffff81000000 T _text',
    'ffffffff81000200 d not_code',
    'ffffffff81000300 T commit',
    '',
  ].join('\n'),
);

t.test('counts go to the function that contains their address, calls to the one that begins there', async (t) => {
  const batch = [
    'ffffffff81000100 640 64',
    'ffffffff81000250 640 640',
    'ffffffff81000300 128 32',
    'ffffffffc0001000 64 64',
    '401000 64 1',
    '',
  ].join('\n');
  t.equal(instructions(batch), 1536);
  t.strictSame(attribute(batch, SYMBOLS, 64), [
    { name: 'reserve', value: 20, calls: 1 },
    { name: 'commit', value: 2, calls: 0.5 },
    { name: '(BPF program)', value: 1, calls: 0 },
    { name: '(user space)', value: 1, calls: 0 },
  ]);
  t.strictSame(
    attribute(batch, SYMBOLS, 160).at(-1),
    { name: REST, value: 0.8, calls: 0 },
    'small ones are kept together, and nothing is lost',
  );
  t.strictSame(byInstructions(['2 9 1\n', batch, '1 8 1\n2 0 1\n']), ['1 8 1\n2 0 1\n', '2 9 1\n', batch]);
});

t.test('a batch without an instruction is an error', async (t) => {
  for (const counts of [undefined, '', '\n']) t.throws(() => attribute(counts, SYMBOLS, 64), BadCounts);
});

t.test('small shares are in the sum only', async (t) => {
  const title = 'Where the instructions are';
  const [x, y] = [profileOf('x', { a: 10, b: 0.4 }), profileOf('y', { c: 2 })];
  const columns = [x, y].map((each) => ({ ...each, column: each.label }));
  t.same(profileTable(title, columns).rows, [
    { label: 'a', cells: ['10.0', '-'] },
    { label: 'c', cells: ['-', '2.0'] },
    { label: REST, cells: ['0.4', '-'] },
    { label: 'all', cells: ['10.4', '2.0'] },
  ]);
  t.same(profileTable(title, columns, ['c']).rows[1], { label: REST, cells: ['10.4', '-'] });
  t.same(profileTable(title, []).rows, []);
  t.strictSame(namesOf([profileOf('x', { a: -3, b: 2, [REST]: 9 })], 3), ['a']);
  t.equal(callsOf(profileOf('x', { a: [10, 3] }), 'a'), 3);
  t.equal(callsOf(x, 'absent'), 0);
});

t.test('what to profile, as it is typed', async (t) => {
  t.match(parseProfiled('emit-dtrace-48-0/dtrace_reserve'), {
    object: 'emit-dtrace-48-0',
    program: 'dtrace_reserve',
    wake: 'watermark',
    operations: 64,
  });
  t.match(parseProfiled('emit-48-0-one/ringbuf_reserve/record'), { wake: 'record', operations: 1 });
  t.equal(parseProfiled('emit-32768-0/perf_percpu')?.operations, 16);
  for (const wrong of ['emit-48-0', 'emit/x/y', '']) t.equal(parseProfiled(wrong), undefined, wrong);
});
