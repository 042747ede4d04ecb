import { readFileSync } from 'node:fs';
import t from 'tap';
import { clean, isMarker } from './console-text.ts';
import { PHRASES } from './phrases.ts';
import { findSplats } from './splat.ts';
import { EXCUSED, HARMLESS, REPORTS } from './splat-fixtures.ts';
import { findUnreadable } from './unreadable.ts';

/** Numbers from 0 to below 1, the same for a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** In turn, one to three letters each, as two processors write to one port. */
function mix(one: string, other: string, next: () => number): string {
  let [a, b, out] = [0, 0, ''];
  while (a < one.length || b < other.length) {
    out += one.slice(a, (a += 1 + Math.floor(next() * 3)));
    out += other.slice(b, (b += 1 + Math.floor(next() * 3)));
  }
  return out;
}

const OTHERS = [
  'Starting the reader, which waits until the writer in its ring has a page',
  'systemd[1]: Mounted the file system of the kernel for traces, and of the debugger.',
  'dtrace: description matched 12 probes; CPU ID FUNCTION:NAME 0 77 read:entry 4096 bash',
];
const MIXINGS = 40;
const STAMP = '[   41.100099] ';

for (const line of REPORTS) {
  const text = clean(line).replace(/^\[[^\]]*\](?:\[[^\]]*\])? /, '');
  t.test(`mixed with another writer: ${text.slice(0, 60)}`, async (t) => {
    const next = random(41);
    const silent = Array.from({ length: MIXINGS }, (_, nth) =>
      mix(text, OTHERS[nth % OTHERS.length] ?? '', next),
    ).filter((mixed) => findSplats([`${STAMP}${mixed}`]).length === 0);
    t.strictSame(silent.slice(0, 9), [], `${silent.length} of ${MIXINGS} are silent`);
  });
}

t.test('a phrase is one that ordinary text does not have by chance', async (t) => {
  t.equal(
    findUnreadable([...HARMLESS, ...EXCUSED.map(([line]) => STAMP + line)].filter((line) => line !== '')),
    undefined,
  );
  // two harmless writers may mix theirs: that hides no report, where none of them quotes one
  const next = random(42);
  for (const line of HARMLESS.filter((text) => !isMarker(text) && !PHRASES.some((phrase) => text.includes(phrase))))
    t.equal(findUnreadable([STAMP + mix(clean(line), OTHERS[0] ?? '', next)]), undefined, line);
});

for (const configuration of ['default', 'debug']) {
  const boot = readFileSync(new URL(`boots/${configuration}.txt`, import.meta.url), 'latin1').split('\n');
  t.test(`an ordinary boot has no splat: ${configuration}`, async (t) => {
    t.ok(boot.length > 200);
    t.strictSame(findSplats(boot), []);
    // without its stamps each line has others that may be read on with it
    t.equal(findUnreadable(boot.map((line) => line.replace(/^\[[^\]]*\] /, ''))), undefined);
  });
  t.test(`in it each report is seen: ${configuration}`, async (t) => {
    const next = random(43);
    for (const line of REPORTS) {
      const at = Math.floor(next() * boot.length);
      t.ok(findSplats([...boot.slice(0, at).slice(-3), line, ...boot.slice(at, at + 3)]).length > 0, line.slice(0, 70));
    }
  });
}
