import t from 'tap';
import { profileOf, results, row } from '../testing/bench.ts';
import { endToEnd, endToEndTables } from './end-to-end.ts';
import type { Profile, Results, Row } from './types.ts';

type Shares = Parameters<typeof profileOf>[1];

const profile = (cpus: number, source: string, shares: Shares): Profile =>
  profileOf(`${cpus}/${source}`, shares, { boot: `stream-${cpus}cpu`, section: 'stream', variant: 'steady', source });

const TWO = [
  profile(2, 'dtrace', { '(BPF program)': 130, dtrace_convert_kprobe: 27, perf_output_end_contig: 50 }),
  profile(2, 'ringbuf', { '(BPF program)': 100, bpf_ringbuf_submit: 40 }),
  profile(2, 'perf', { '(BPF program)': 100, perf_output_begin: 900 }),
];
const ONE = [
  profile(1, 'dtrace', { '(BPF program)': 130, __switch_to: [77, 0.5], do_epoll_wait: [2000, 0.25] }),
  profile(1, 'ringbuf', { '(BPF program)': 100, __switch_to: [80, 0.4], do_epoll_wait: [1400, 0.2] }),
  profile(1, 'perf', { '(BPF program)': 100, __switch_to: [100, 0.8], do_epoll_wait: [4000, 0.4] }),
];

function overload(cpus: number, source: string, behind: number, lost: number): Row {
  const extra = { ring: 32768, behind, wait: 720000 + behind, lost, slice: 700000, delivered: 100, fired: 400 };
  const what = { boot: `stream-${cpus}cpu`, section: 'stream', variant: 'overload', source } as const;
  return row({ ...what, bytes: 64, repetitions: 2, extra });
}
const LOST = [overload(1, 'dtrace', 830, 5), overload(1, 'ringbuf', 920, 6), overload(1, 'perf', 370, 0)];

const of = (profiles: readonly Profile[], rows: readonly Row[] = []): Results => ({ ...results(rows), profiles });

t.test('where the instructions go: what is of a record, and what is of turns', async (t) => {
  const [record, turns, ...others] = endToEnd(of([...TWO, ...ONE]));
  t.match(record, /0\.000 context switches/);
  t.match(record, /: 207 instructions a firing, 140 through BPF's ring buffer, 67 more/);
  t.match(
    record,
    /perf_output_end_contig \+50, bpf_ringbuf_submit -40, \(BPF program\) \+30, dtrace_convert_kprobe \+27/,
  );
  t.match(record, /are \+57 of that; the ring is \+10\./);
  t.match(turns, /: 0\.250 a firing in this series, 0\.200 with BPF's ring buffer, 0\.400 with perf output\./);
  t.match(turns, /One takes 8000, 7200 and 8000\. That makes 207 into 2207, 140 into 1580, and 1000 into 4200\./);
  t.match(
    turns,
    /Of \+627 over the ring buffer \+67 are the record's, as on two CPUs; \+160 are what a turn takes more/,
  );
  t.match(
    turns,
    /a turn: do_epoll_wait \+1000, .*perf_output_end_contig -200.*\); \+400 are of there being more turns\./,
  );
  t.strictSame(others, []);
  t.match(endToEnd(of(TWO)), { length: 1 }, 'turns need both');
  t.strictSame(endToEnd(of(TWO.slice(1))), []);
});

t.test('what is lost is explained only where the explanation holds', async (t) => {
  const [one, ...others] = endToEnd(of([], LOST));
  t.match(one, /waits .*, 720370 to 720920 instructions at most, where the scheduler's slice is 700000/);
  t.match(
    one,
    /this series 830 \(room for 512, 5 lost\), BPF ring buffer 920 .*, perf output 370 \(room for 512, 0 lost\)/,
  );
  t.strictSame(others, []);
  const wrong = [...LOST.slice(0, 2), overload(1, 'perf', 370, 1)];
  t.strictSame(endToEnd(of([], wrong)), [], 'a loss that there was room for');
  t.strictSame(endToEnd(of([], [...LOST.slice(0, 2), overload(1, 'perf', 600, 0)])), []);
  const two = ['dtrace', 'ringbuf', 'perf'].map((source) => overload(2, source, 2000, 100));
  t.match(endToEnd(of([], two)), [/had none for 2000 to 2000 firings.*this series 50 of 200 \(room for 512\)/]);
  t.strictSame(endToEnd(of([], [...two.slice(0, 2), overload(2, 'perf', 500, 0)])), []);
});

t.test('the tables that the reasons are read from', async (t) => {
  const [functions, often, turns, lost] = endToEndTables(of([...TWO, ...ONE], LOST));
  t.strictSame(
    functions?.columns,
    [1, 2].flatMap((cpus) => ['dtrace', 'ringbuf', 'perf'].map((way) => `${cpus} CPU ${way}`)),
  );
  t.match(functions?.rows.find(({ label }) => label === 'dtrace_convert_kprobe')?.cells, [
    '-',
    '-',
    '-',
    '27.0',
    '-',
    '-',
  ]);
  t.match(often?.rows.find(({ label }) => label === 'context switches (__switch_to)')?.cells, [
    '0.500',
    '0.400',
    '0.800',
    '0.000',
  ]);
  t.strictSame(turns?.rows, [], 'not counted');
  t.strictSame(lost?.rows.at(-1), { label: '1 CPU, perf output', cells: ['720370', '370', '512', '0'] });
  t.strictSame(
    endToEndTables(of([])).map(({ rows }) => rows.length),
    [0, 0, 0, 0],
  );
});
