import t from 'tap';
import { profileOf, results, row } from '../testing/bench.ts';
import { OURS_PLAIN, OURS_QUIET, OURS_WOKEN, RINGBUF_PLAIN, RINGBUF_QUIET, RINGBUF_WOKEN } from './profile.ts';
import { remains } from './remains.ts';

const PROFILES = [
  profileOf(OURS_PLAIN, { reserve: 90, end: 30 }),
  profileOf(RINGBUF_PLAIN, { ring: 140 }),
  profileOf(OURS_WOKEN, { reserve: 90, end: 8, count: 36, interrupt: 400 }),
  profileOf(RINGBUF_WOKEN, { ring: 140, interrupt: 395 }),
  profileOf(OURS_QUIET, { reserve: 90, end: 8, count: 36, told: 11 }),
  profileOf(RINGBUF_QUIET, { ring: 146 }),
];

t.test('a wake-up that is needed and one that is not, by what a profile has beyond that of a record', async (t) => {
  const [reached, notPolled, wakeUp, ...others] = remains({ ...results([]), profiles: PROFILES });
  t.match(reached, /^Every figure is reached/);
  t.match(notPolled, /: 25 instructions more .*: count \+36, end -22, told \+11\), 6 in BPF's .* take 120 and 140,/);
  t.match(wakeUp, /: 414 instructions in perf's ring, 395 in BPF's .* differs: count \+36, end -22, interrupt \+5\./);
  t.strictSame(others, []);
  t.strictSame(
    remains({ ...results([]), profiles: PROFILES.slice(2) }).length,
    1,
    'nothing without what to compare with',
  );
  t.strictSame(remains(results([])), []);
});

t.test('each way to notify has a sentence with the numbers of its rows', async (t) => {
  const at = (variant: string, wake: 'record' | 'polled', value: number): ReturnType<typeof row> =>
    row({ section: 'emit', variant, size: 48, fill: false, wake, value });
  const rows = (['record', 'polled'] as const).flatMap((wake, more) => [
    at('dtrace_reserve', wake, 150 + more),
    at('ringbuf_reserve', wake, 500 + more),
    at('ringbuf_adaptive', wake, 140 + more),
    at('perf_percpu', wake, 1000 + more),
  ]);
  t.match(remains({ ...results(rows), profiles: PROFILES }).slice(-4), [
    /once .*: 150 instructions .* takes 500 when .*, and 140 with .* perf output 1000\.$/,
    /^A wake-up that is asked for/,
    /: 151, against 501 \(forced\), 141 \(default\) and 1001 \(perf output\)\.$/,
    /^A wake-up is an interrupt/,
  ]);
});
