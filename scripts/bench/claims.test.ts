import t from 'tap';
import { judgeClaims } from './claims.ts';
import { emit, reach, row } from '../testing/bench.ts';
import type { Row } from './types.ts';

const NO_RETPOLINE = { boot: 'series-no-retpoline' };
const V1 = { boot: 'v1-inpage' };

/** What the rows say, and the verdict that has to follow; both ways for every claim. */
const CASES: readonly [id: string, name: string, rows: readonly Row[], verdict: string, says: RegExp][] = [
  [
    'C1',
    'ours cheaper',
    [...emit('dtrace_reserve', 110), ...emit('perf_percpu', 580), ...emit('ringbuf_reserve', 135)],
    'it depends',
    /110 against 580.*135/,
  ],
  ['C1', 'ours no cheaper', [...emit('dtrace_reserve', 580), ...emit('perf_percpu', 580)], 'upheld', /no dearer/],
  [
    'C2',
    'same bytes, other cost',
    [...emit('dtrace_reserve', 110), ...emit('perf_percpu', 580)],
    'it depends',
    /64 and 64 bytes/,
  ],
  [
    'C2',
    'same bytes, same cost',
    [...emit('dtrace_reserve', 100), ...emit('perf_percpu', 101)],
    'upheld',
    /Same record, same cost/,
  ],
  [
    'C2',
    'other bytes',
    [...emit('dtrace_reserve', 110, { bytes: 48 }), ...emit('perf_percpu', 580)],
    'refuted',
    /48 and 64/,
  ],
  [
    'C3',
    'faster',
    [...emit('dtrace_reserve', 110), ...emit('perf_percpu', 580)],
    'refuted',
    /slower at none of 1 sizes/,
  ],
  ['C3', 'slower', [...emit('dtrace_reserve', 900), ...emit('perf_percpu', 580)], 'upheld', /slower at 48/],
  [
    'C3',
    'slower only with the page rule and fill of 2019',
    [...emit('dtrace_reserve', 110), ...emit('dtrace_reserve', 2400, V1), ...emit('perf_percpu', 580)],
    'it depends',
    /With v1's page rule and zero fill put into this series: 2400 against 580.*slower at 48/,
  ],
  [
    'C4',
    'faster when small',
    [...emit('dtrace_reserve', 110), ...emit('perf_percpu', 580)],
    'refuted',
    /at no size up to 64/,
  ],
  ['C4', 'slower when small', [...emit('dtrace_reserve', 700), ...emit('perf_percpu', 580)], 'upheld', /at 48 bytes/],
  [
    'C5',
    'pair cheaper than copy',
    [...emit('dtrace_reserve', 110), ...emit('perf_percpu', 580), ...emit('lookup_percpu', 9)],
    'refuted',
    /cheap \(9 instructions\)/,
  ],
  [
    'C5',
    'pair dearer',
    [...emit('dtrace_reserve', 700), ...emit('perf_percpu', 580), ...emit('lookup_percpu', 9)],
    'upheld',
    /together 700/,
  ],
  [
    'C7',
    'gaps at more sizes',
    [
      ...emit('dtrace_reserve', 1, { ...V1, size: 2056, bytes: 4096 }),
      ...emit('dtrace_reserve', 1, { ...V1, size: 1368, bytes: 2048 }),
      ...emit('dtrace_reserve', 1, { size: 2056, bytes: 2072 }),
    ],
    'upheld',
    /50 % wasted; 33 % at 1368/,
  ],
  [
    'C7',
    'gaps',
    [
      ...emit('dtrace_reserve', 1, { ...V1, size: 1368, bytes: 2048 }),
      ...emit('dtrace_reserve', 1, { size: 1368, bytes: 1384 }),
    ],
    'upheld',
    /33 % wasted.*the objection was right/,
  ],
  [
    'C8',
    'helper dearer',
    [...emit('ringbuf_iterate', 500), ...emit('ringbuf_dynptr', 230), ...emit('dtrace_reserve', 110)],
    'refuted',
    /45 instructions more/,
  ],
  [
    'C8',
    'helper as cheap',
    [...emit('ringbuf_iterate', 230), ...emit('ringbuf_dynptr', 230), ...emit('dtrace_reserve', 110)],
    'upheld',
    /costs 0/,
  ],
  [
    'C9',
    'cheaper than both',
    [...emit('dtrace_reserve', 110), ...emit('perf_percpu', 550), ...emit('ringbuf_reserve', 135)],
    'refuted',
    /5\.0 times/,
  ],
  [
    'C9',
    'cheaper than one',
    [...emit('dtrace_reserve', 150), ...emit('perf_percpu', 550), ...emit('ringbuf_reserve', 135)],
    'it depends',
    /cheaper at 0 of 1/,
  ],
  ['C9', 'no cheaper', [...emit('dtrace_reserve', 600), ...emit('perf_percpu', 550)], 'upheld', /0\.9 times/],
  [
    'C13',
    'variable index pays',
    [
      reach('same_const', 15),
      reach('same_var', 24),
      reach('bpf2bpf', 8),
      reach('same_const', 15, NO_RETPOLINE),
      reach('same_var', 18, NO_RETPOLINE),
    ],
    'it depends',
    /variable index 6 instructions.*constant one 0/,
  ],
  [
    'C13',
    'nobody pays',
    [
      reach('same_const', 15),
      reach('same_var', 24),
      reach('bpf2bpf', 8),
      reach('same_const', 15, NO_RETPOLINE),
      reach('same_var', 24, NO_RETPOLINE),
    ],
    'refuted',
    /24 to 24/,
  ],
  [
    'C13',
    'both pay',
    [
      reach('same_const', 25),
      reach('same_var', 24),
      reach('bpf2bpf', 8),
      reach('same_const', 15, NO_RETPOLINE),
      reach('same_var', 18, NO_RETPOLINE),
    ],
    'upheld',
    /15 to 25/,
  ],
  [
    'C14',
    'call cheaper',
    [reach('bpf2bpf', 8), reach('cross_const', 33), reach('same_const', 15)],
    'it depends',
    /18 more than a same-type one/,
  ],
  [
    'C14',
    'call dearer',
    [reach('bpf2bpf', 80), reach('cross_const', 33), reach('same_const', 15)],
    'refuted',
    /Not in instructions/,
  ],
  [
    'C21',
    'nested',
    [row({ section: 'growth', source: 'nesting depth', variant: 'chain', size: 8 })],
    'refuted',
    /^8 DTRACE programs/,
  ],
  [
    'C22',
    'nothing changed',
    [reach('same_const', 15), reach('same_const', 15, { boot: 'base' })],
    'upheld',
    /^None of 1 takes more.*1 of 1 .* same to the instruction/,
  ],
  [
    'C22',
    'everything changed',
    [reach('same_const', 16), reach('same_const', 15, { boot: 'base' })],
    'refuted',
    /15 to 16/,
  ],
  [
    'C22',
    'something changed',
    [
      reach('same_const', 15),
      reach('same_const', 15, { boot: 'base' }),
      reach('global', 9),
      reach('global', 8, { boot: 'base' }),
    ],
    'it depends',
    /^1 of 2 takes more.*15 to 15|8 to 9/,
  ],
  [
    'C22',
    'an instruction in a thousand is no notice',
    [...emit('perf_percpu', 1001), ...emit('perf_percpu', 1000, { boot: 'base' })],
    'upheld',
    /largest increase is 1 \(1000 to 1001\)/,
  ],
];

for (const [id, name, rows, verdict, says] of CASES) {
  t.test(`${id}: ${name}`, async (t) => {
    const result = judgeClaims(rows).find((claim) => claim.id === id);
    t.equal(result?.verdict, verdict);
    t.match(result?.sentence, says);
    for (const key of result?.shownBy ?? [])
      t.ok(
        rows.some((each) => each.key === key),
        key,
      );
    t.ok((result?.shownBy.length ?? 0) > 0, 'shown by rows');
  });
}

t.test('without rows nothing is claimed', async (t) => {
  const all = judgeClaims([]);
  t.same([...new Set(all.map((claim) => claim.verdict))], ['not measured']);
  t.same(
    all.map((claim) => claim.id),
    ['C1', 'C2', 'C3', 'C4', 'C5', 'C7', 'C8', 'C9', 'C13', 'C14', 'C21', 'C22'],
  );
});
