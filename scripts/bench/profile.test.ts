import t from 'tap';
import { attribute, BadCounts, parseProfiled, profileTable, symbolAddress } from './profile.ts';

const MAP = [
  'ffffffff81000000 T _text',
  'ffffffff81000100 t reserve',
  'ffffffff81000200 d not_code',
  'ffffffff81000300 T commit',
  '',
].join('\n');

t.test('counts go to the function that contains their address', async (t) => {
  const counts = [
    'marks 4',
    'ffffffff81000100 640',
    'ffffffff81000250 640',
    'ffffffff81000300 256',
    'ffffffffc0001000 128',
    '401000 64',
    '',
  ].join('\n');
  t.same(attribute(counts, MAP, 64), [
    { name: 'reserve', value: 10 },
    { name: 'commit', value: 2 },
    { name: '(BPF program)', value: 1 },
    { name: '(user space)', value: 0.5 },
  ]);
});

t.test('a run without a batch is an error', async (t) => {
  for (const counts of ['marks 1\n', 'marks 0\n', '']) t.throws(() => attribute(counts, MAP, 64), BadCounts);
});

t.test('the mark', async (t) => {
  t.equal(symbolAddress(MAP, 'commit'), 'ffffffff81000300');
  t.equal(symbolAddress(MAP, 'absent'), undefined);
});

t.test('small shares are in the sum only', async (t) => {
  const table = profileTable([
    {
      label: 'x',
      shares: [
        { name: 'a', value: 10 },
        { name: 'b', value: 0.4 },
      ],
    },
    { label: 'y', shares: [{ name: 'c', value: 2 }] },
  ]);
  t.same(table.rows, [
    { label: 'a', cells: ['10.0', '-'] },
    { label: 'c', cells: ['-', '2.0'] },
    { label: 'all', cells: ['10.4', '2.0'] },
  ]);
  t.same(profileTable([]).rows, []);
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
