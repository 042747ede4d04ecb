/**
 * The claims of the 2019 thread that are about cost, each with a verdict computed from the rows of this run. Numbers
 * are those of the rows; nothing here knows how one should come out. Sentences are in texts/claims.texts.md.
 */
import { REACH_CLAIMS } from './claims-reach.ts';
import { cell } from './table.ts';
import { say } from './texts.ts';
import type { ClaimResult, Row, Verdict } from './types.ts';
import { find, select, sizesOf, type Wanted } from './variants.ts';
import { finding, need, NotMeasured, NOTICEABLE, verdictOf, type Judge } from './verdict.ts';

const OURS = 'dtrace_reserve';
const PERF = 'perf_percpu';
const RINGBUF = 'ringbuf_reserve';
const SMALL_BYTES = 64;
const FILLED = { section: 'emit', fill: true, wake: 'watermark' } as const;

interface Pair {
  readonly size: number;
  readonly ours: Row;
  readonly theirs: Row;
}

/** Both rows at every size that has both; payload stored, watermark. */
function pairs(rows: readonly Row[], theirs: string, ours: Wanted = {}): Pair[] {
  return sizesOf(select(rows, { section: 'emit' })).flatMap((size) => {
    const mine = find(rows, { ...FILLED, size, variant: OURS, ...ours });
    const other = find(rows, { ...FILLED, size, variant: theirs });
    return mine === undefined || other === undefined ? [] : [{ size, ours: mine, theirs: other }];
  });
}

const both = ({ ours, theirs }: Pair): Row[] => [ours, theirs];
const versus = ({ size, ours, theirs }: Pair): string =>
  say('versus', { ours: cell(ours.value), theirs: cell(theirs.value), size });
const cheaper = ({ ours, theirs }: Pair): boolean => ours.value < theirs.value * (1 - NOTICEABLE);
const dearer = ({ ours, theirs }: Pair): boolean => ours.value > theirs.value * (1 + NOTICEABLE);
const at48 = (list: readonly Pair[]): Pair | undefined => list.find((pair) => pair.size === 48) ?? list[0];
const atSizes = (list: readonly Pair[]): string => `at ${list.map((pair) => pair.size).join(', ')} bytes`;

/** Share of the ring's bytes that is not payload. */
const waste = ({ bytes, size }: Row): number => (bytes === null || size === null ? 0 : (bytes - size) / bytes);
const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

const EMIT_CLAIMS: Readonly<Record<string, Judge>> = {
  C1: (rows) => {
    const perf = pairs(rows, PERF);
    const shown = need(at48(perf));
    if (!perf.some(cheaper)) return finding('upheld', say('C1 no dearer', { versus: versus(shown) }), both(shown));
    const ring = at48(pairs(rows, RINGBUF));
    const since = ring === undefined ? '' : ` ${say('C1 since', { ringbuf: cell(ring.theirs.value) })}`;
    const values = { versus: versus(shown), cheaper: perf.filter(cheaper).length, sizes: perf.length, since };
    return finding('it depends', say('C1 dearer', values), [
      ...both(shown),
      ...(ring === undefined ? [] : [ring.theirs]),
    ]);
  },
  C2: (rows) => {
    const shown = need(at48(pairs(rows, PERF)));
    const [ours, theirs] = [need(shown.ours.bytes), need(shown.theirs.bytes)];
    const [verdict, same]: [Verdict, string] =
      ours !== theirs
        ? ['refuted', 'Not the same record']
        : cheaper(shown) || dearer(shown)
          ? ['it depends', 'Same record, not the same cost']
          : ['upheld', 'Same record, same cost'];
    return finding(
      verdict,
      say('C2 compared', { same, ours: cell(ours), theirs: cell(theirs), versus: versus(shown) }),
      both(shown),
    );
  },
  C3: (rows) => {
    const now = pairs(rows, PERF);
    const posted = pairs(rows, PERF, { boot: 'v1-inpage' });
    const [shown, then] = [need(at48(now)), at48(posted)];
    const [slow, slowThen] = [now.filter(dearer), posted.filter(dearer)];
    const slower = `slower ${slow.length === 0 ? `at none of ${now.length} sizes` : atSizes(slow)}`;
    const slowerThen = `slower ${slowThen.length === 0 ? 'at no size' : atSizes(slowThen)}`;
    const history = then === undefined ? '' : ` ${say('C3 posted', { versus: versus(then), slower: slowerThen })}`;
    const verdict = slow.length === 0 && slowThen.length > 0 ? 'it depends' : verdictOf(slow.length, now.length);
    const sentence = say('C3 compared', { versus: versus(shown), slower, posted: history });
    return finding(verdict, sentence, [...both(shown), ...(then === undefined ? [] : [then.ours])]);
  },
  C4: (rows) => {
    const all = pairs(rows, PERF);
    const small = all.filter((pair) => pair.size <= SMALL_BYTES);
    const [first, largest] = [need(small[0]), need(all.at(-1))];
    const slow = small.filter(dearer);
    const where = slow.length === 0 ? `at no size up to ${SMALL_BYTES} bytes` : atSizes(slow);
    const sentence = say('C4 compared', { where, small: versus(first), large: versus(largest) });
    return finding(verdictOf(slow.length, small.length), sentence, [...both(first), ...both(largest)]);
  },
  C5: (rows) => {
    const at = (variant: string): Row => need(find(rows, { ...FILLED, fill: false, size: 48, variant }));
    const [lookup, whole, pair] = [at('lookup_percpu'), at(PERF), at(OURS)];
    const sentence = say('C5 compared', {
      lookup: cell(lookup.value),
      output: cell(whole.value),
      reserve: cell(pair.value),
    });
    return finding(pair.value < whole.value * (1 - NOTICEABLE) ? 'refuted' : 'upheld', sentence, [lookup, whole, pair]);
  },
  C7: (rows) => {
    const posted = select(rows, { boot: 'v1-inpage', variant: OURS, fill: false, wake: 'watermark' }).filter(
      (row) => row.bytes !== null && row.size !== null,
    );
    const worst = need([...posted].sort((a, b) => waste(b) - waste(a))[0]);
    const now = need(find(rows, { ...FILLED, fill: false, variant: OURS, size: worst.size }));
    const least = posted.filter((row) => row.size === 48).slice(0, 1);
    const others = [...least, ...posted.filter((row) => waste(row) > NOTICEABLE && row !== worst)].map(
      (row) => `${percent(waste(row))} at ${row.size ?? 0}`,
    );
    const sentence = say('C7 compared', {
      bytes: cell(worst.bytes),
      size: need(worst.size),
      waste: percent(waste(worst)),
      others: others.length === 0 ? '' : `; ${others.join(', ')}`,
      now: cell(now.bytes),
      wasteNow: percent(waste(now)),
      conclusion: waste(worst) > waste(now) ? 'the objection was right, and is met' : 'no better now',
    });
    return finding(waste(worst) > NOTICEABLE ? 'upheld' : 'refuted', sentence, [worst, now]);
  },
  C8: (rows) => {
    const sizes = sizesOf(select(rows, { variant: 'ringbuf_iterate' }));
    const size = need(sizes.find((each) => each === 48) ?? sizes[0]);
    const at = (variant: string): Row => need(find(rows, { ...FILLED, size, variant }));
    const [iterate, direct, ours] = [at('ringbuf_iterate'), at('ringbuf_dynptr'), at(OURS)];
    const each = (iterate.value - direct.value) / (size / 8);
    const values = { iterate: cell(iterate.value), direct: cell(direct.value), ours: cell(ours.value) };
    return finding(each > 1 ? 'refuted' : 'upheld', say('C8 compared', { each: cell(each), size, ...values }), [
      iterate,
      direct,
      ours,
    ]);
  },
  C9: (rows) => {
    const [perf, ring] = [pairs(rows, PERF), pairs(rows, RINGBUF)];
    const [shown, largest, near] = [need(at48(perf)), need(perf.at(-1)), at48(ring)];
    const factor = ({ ours, theirs }: Pair): string => (theirs.value / ours.value).toFixed(1);
    const overRing =
      near === undefined
        ? ''
        : ` ${say('C9 ringbuf', { versus: versus(near), cheaper: ring.filter(cheaper).length, sizes: ring.length })}`;
    const verdict = !perf.some(cheaper) ? 'upheld' : [...perf, ...ring].every(cheaper) ? 'refuted' : 'it depends';
    const values = { factor: factor(shown), size: shown.size, largeFactor: factor(largest), large: largest.size };
    const all = [...both(shown), ...both(largest), ...(near === undefined ? [] : [near.theirs])];
    return finding(verdict, say('C9 compared', { ...values, ringbuf: overRing }), all);
  },
};

/** Every claim, measured or not; a claim without its rows says so instead of guessing. */
export function judgeClaims(rows: readonly Row[]): ClaimResult[] {
  return Object.entries({ ...EMIT_CLAIMS, ...REACH_CLAIMS }).map(([id, judge]) => {
    const claim = say(id);
    try {
      const { verdict, sentence, rows: shown } = judge(rows);
      return { id, claim, verdict, sentence, shownBy: shown.map((row) => row.key) };
    } catch (error: unknown) {
      if (!(error instanceof NotMeasured)) throw error;
      return { id, claim, verdict: 'not measured', sentence: say('not measured'), shownBy: [] };
    }
  });
}
