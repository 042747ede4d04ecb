/**
 * The claims of the 2019 thread that are about cost, each with a verdict computed from the rows of this run. Numbers are
 * those of the rows; nothing here knows how a measurement should come out.
 */
import { NOTICEABLE, type Claim, type ClaimResult } from './claim.ts';
import { REACH_CLAIMS } from './claims-reach.ts';
import { ascending, distinct, lookupIn } from './lookup.ts';
import { cell } from './table.ts';
import type { Row } from './types.ts';

const OURS = 'dtrace_reserve';
const PERF = 'perf_percpu';
const RINGBUF = 'ringbuf_reserve';
const SMALL_BYTES = 64;
interface Pair {
  readonly size: number;
  readonly ours: Row;
  readonly theirs: Row;
}

/** Both rows at every size that has both; payload stored, watermark. */
function pairs(rows: readonly Row[], theirs: string, options: { readonly fill?: boolean; readonly boot?: string } = {}): Pair[] {
  const find = lookupIn(rows);
  const sizes = ascending(distinct(rows.filter((row) => row.section === 'emit'), (row) => row.size));
  return sizes.flatMap((size) => {
    const kind = { section: 'emit', size, fill: options.fill ?? true, wake: 'watermark' } as const;
    const mine = find({ ...kind, variant: OURS, boot: options.boot ?? 'series' });
    const other = find({ ...kind, variant: theirs });
    return mine === undefined || other === undefined ? [] : [{ size, ours: mine, theirs: other }];
  });
}

const both = (pair: Pair): Row[] => [pair.ours, pair.theirs];
const versus = (pair: Pair): string => `${cell(pair.ours.value)} against ${cell(pair.theirs.value)} instructions at ${pair.size} bytes`;
const cheaper = (pair: Pair): boolean => pair.ours.value < pair.theirs.value * (1 - NOTICEABLE);
const dearer = (pair: Pair): boolean => pair.ours.value > pair.theirs.value * (1 + NOTICEABLE);
const sizesOf = (list: readonly Pair[]): string => list.map((pair) => pair.size).join(', ');
const at48 = (list: readonly Pair[]): Pair | undefined => list.find((pair) => pair.size === 48) ?? list[0];

const CLAIMS: readonly Claim[] = [
  {
    id: 'C1',
    claim: 'No kernel patch is needed: a per-CPU array or hash and bpf_perf_event_output do it.',
    judge: (_, rows) => {
      const perf = pairs(rows, PERF);
      const shown = at48(perf);
      if (shown === undefined) return null;
      if (!perf.some(cheaper)) return { verdict: 'upheld', sentence: `The same records, and no dearer: ${versus(shown)}.`, rows: both(shown) };
      const ring = at48(pairs(rows, RINGBUF));
      const since = ring === undefined ? '' : ` BPF ring buffers, merged a year later, bring it to ${cell(ring.theirs.value)} without this series.`;
      return {
        verdict: 'it depends',
        sentence: `The same records can be had, but not at the same cost: ${versus(shown)}, cheaper at ${perf.filter(cheaper).length} of ${perf.length} sizes.${since}`,
        rows: [...both(shown), ...(ring === undefined ? [] : [ring.theirs])],
      };
    },
  },
  {
    id: 'C2',
    claim: 'A per-CPU array and bpf_perf_event_output achieve exactly the same.',
    judge: (_, rows) => {
      const shown = at48(pairs(rows, PERF));
      if (shown === undefined || shown.ours.bytes === null || shown.theirs.bytes === null) return null;
      const bytes = `${cell(shown.ours.bytes)} and ${cell(shown.theirs.bytes)} bytes of ring`;
      const same = shown.ours.bytes === shown.theirs.bytes;
      if (same && !cheaper(shown) && !dearer(shown)) return { verdict: 'upheld', sentence: `Same record, same cost: ${bytes}; ${versus(shown)}.`, rows: both(shown) };
      return { verdict: same ? 'it depends' : 'refuted', sentence: `${same ? 'Same record, not the same cost' : 'Not the same record'}: ${bytes}; ${versus(shown)}.`, rows: both(shown) };
    },
  },
  {
    id: 'C3',
    claim: 'Reserve and commit is slower than the existing mechanism.',
    judge: (_, rows) => {
      const now = pairs(rows, PERF);
      const posted = pairs(rows, PERF, { boot: 'v1-inpage' });
      const shown = at48(now);
      if (shown === undefined) return null;
      const slowNow = now.filter(dearer);
      const slowThen = posted.filter(dearer);
      const then = at48(posted);
      const history =
        then === undefined
          ? ''
          : ` With v1's page rule and zero fill put into this series: ${versus(then)}, ${slowThen.length === 0 ? 'slower at no size' : `slower at ${sizesOf(slowThen)} bytes`}.`;
      const verdict = slowNow.length === now.length ? 'upheld' : slowNow.length > 0 || slowThen.length > 0 ? 'it depends' : 'refuted';
      const today = slowNow.length === 0 ? `slower at none of ${now.length} sizes` : `slower at ${sizesOf(slowNow)} bytes`;
      return { verdict, sentence: `This series: ${versus(shown)}, ${today}.${history}`, rows: [...both(shown), ...(then === undefined ? [] : [then.ours])] };
    },
  },
  {
    id: 'C4',
    claim: 'The existing way is faster for small buffers, and has no multi-page issue.',
    judge: (_, rows) => {
      const all = pairs(rows, PERF);
      const small = all.filter((pair) => pair.size <= SMALL_BYTES);
      const first = small[0];
      const largest = all.at(-1);
      if (first === undefined || largest === undefined) return null;
      const slow = small.filter(dearer);
      const verdict = slow.length === small.length ? 'upheld' : slow.length > 0 ? 'it depends' : 'refuted';
      const where = slow.length === 0 ? `at no size up to ${SMALL_BYTES} bytes` : `at ${sizesOf(slow)} bytes`;
      return { verdict, sentence: `It is faster ${where}: ${versus(first)}; records over pages work: ${versus(largest)}.`, rows: [...both(first), ...both(largest)] };
    },
  },
  {
    id: 'C5',
    claim: 'No reserve call is necessary: a lookup gives a pointer to a large buffer.',
    judge: (find) => {
      const kind = { section: 'emit', size: 48, fill: false, wake: 'watermark' } as const;
      const pair = find({ ...kind, variant: OURS });
      const lookup = find({ ...kind, variant: 'lookup_percpu' });
      const whole = find({ ...kind, variant: PERF });
      if (pair === undefined || lookup === undefined || whole === undefined) return null;
      const verdict = pair.value < whole.value * (1 - NOTICEABLE) ? 'refuted' : 'upheld';
      return {
        verdict,
        sentence: `The lookup is cheap (${cell(lookup.value)} instructions), but what has to follow it is not: lookup and output take ${cell(whole.value)}, reserve, test and commit together ${cell(pair.value)} (48 bytes, nothing stored).`,
        rows: [lookup, whole, pair],
      };
    },
  },
  {
    id: 'C7',
    claim: 'No gaps and no stay-in-page: records that must not cross a page waste the ring.',
    judge: (_, rows) => {
      const find = lookupIn(rows);
      const kind = { section: 'emit', variant: OURS, fill: false, wake: 'watermark' } as const;
      const posted = rows.filter((row) => row.boot === 'v1-inpage' && row.variant === OURS && row.fill === false && row.wake === 'watermark' && row.bytes !== null && row.size !== null);
      const worst = [...posted].sort((a, b) => waste(b) - waste(a))[0];
      const bySize = posted.filter((row) => waste(row) > NOTICEABLE && row !== worst).map((row) => `${percent(waste(row))} at ${row.size ?? 0}`);
      const least = posted.find((row) => row.size === 48);
      const others = [...(least === undefined ? [] : [`${percent(waste(least))} at 48`]), ...bySize];
      const size = worst?.size ?? 48;
      const now = find({ ...kind, size });
      if (worst === undefined || now === undefined) return null;
      const gap = waste(worst) - waste(now);
      return {
        verdict: waste(worst) > NOTICEABLE ? 'upheld' : 'refuted',
        sentence: `The 2019 reservation takes ${cell(worst.bytes ?? undefined)} bytes of ring for ${size} of payload (${percent(waste(worst))} wasted${others.length === 0 ? '' : `; ${others.join(', ')}`}), this series ${cell(now.bytes ?? undefined)} (${percent(waste(now))}, its header): ${gap > 0 ? 'the objection was right, and is met' : 'no better now'}.`,
        rows: [worst, now],
      };
    },
  },
  {
    id: 'C8',
    claim: 'Use an output iterator that knows about page breaks instead of direct stores.',
    judge: (find, rows) => {
      const sizes = ascending(distinct(rows.filter((row) => row.variant === 'ringbuf_iterate'), (row) => row.size));
      const size = sizes.includes(48) ? 48 : sizes[0];
      if (size === undefined) return null;
      const kind = { section: 'emit', size, fill: true, wake: 'watermark' } as const;
      const iterate = find({ ...kind, variant: 'ringbuf_iterate' });
      const direct = find({ ...kind, variant: 'ringbuf_dynptr' });
      const ours = find({ ...kind, variant: OURS });
      if (iterate === undefined || direct === undefined || ours === undefined) return null;
      const each = (iterate.value - direct.value) / (size / 8);
      const verdict = each > 1 ? 'refuted' : 'upheld';
      return {
        verdict,
        sentence: `Storing through a helper costs ${cell(each)} instructions more for each 8 bytes than a direct store (${cell(iterate.value)} against ${cell(direct.value)} for ${size} bytes in one ring buffer); direct stores in this series: ${cell(ours.value)}.`,
        rows: [iterate, direct, ours],
      };
    },
  },
  {
    id: 'C9',
    claim: 'Direct writes are a nice optimisation at best; a benefit is far from clear.',
    judge: (_, rows) => {
      const perf = pairs(rows, PERF);
      const ring = pairs(rows, RINGBUF);
      const shown = at48(perf);
      const near = at48(ring);
      const largest = perf.at(-1);
      if (shown === undefined || largest === undefined) return null;
      const factor = (pair: Pair): string => (pair.theirs.value / pair.ours.value).toFixed(1);
      const overRing = near === undefined ? '' : ` Over BPF's ring buffer: ${versus(near)}, more than 2 % cheaper at ${ring.filter(cheaper).length} of ${ring.length} sizes.`;
      const verdict = !perf.some(cheaper) ? 'upheld' : perf.every(cheaper) && ring.every(cheaper) ? 'refuted' : 'it depends';
      return {
        verdict,
        sentence: `Against perf output it is ${factor(shown)} times cheaper at ${shown.size} bytes and ${factor(largest)} times at ${largest.size}.${overRing}`,
        rows: [...both(shown), ...both(largest), ...(near === undefined ? [] : [near.theirs])],
      };
    },
  },
  ...REACH_CLAIMS,
];

/** Share of the ring's bytes that is not payload. */
function waste(row: Row): number {
  return row.bytes === null || row.size === null ? 0 : (row.bytes - row.size) / row.bytes;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** Every claim, measured or not; a claim without its rows says so instead of guessing. */
export function judgeClaims(rows: readonly Row[]): ClaimResult[] {
  const find = lookupIn(rows);
  return CLAIMS.map(({ id, claim, judge }) => {
    const finding = judge(find, rows);
    if (finding === null) return { id, claim, verdict: 'not measured', sentence: 'The rows that would show it are not in this run.', shownBy: [] };
    return { id, claim, verdict: finding.verdict, sentence: finding.sentence, shownBy: finding.rows.map((row) => row.key) };
  });
}
