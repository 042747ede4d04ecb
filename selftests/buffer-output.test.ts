import { guestTest } from '../scripts/guest/guest-test.ts';
import { nativeJson } from './lib/native.ts';

interface Comparison {
  readonly records: number;
  readonly bytes: number;
  readonly wraps: number;
  readonly wrong: number;
  readonly first: string;
}

interface Row {
  readonly pages: number;
  readonly rounds: number;
  /** Bytes of data: from, to, step. */
  readonly sizes: readonly [number, number, number];
}

/** Both ends of what a record can be, pages that are crossed, and rings that are filled until nothing more fits. */
const ROWS: readonly Row[] = [
  { pages: 1, rounds: 4, sizes: [1, 72, 1] },
  { pages: 1, rounds: 4, sizes: [100, 4070, 97] },
  { pages: 8, rounds: 3, sizes: [4000, 30_000, 1111] },
  { pages: 32, rounds: 2, sizes: [65_509, 65_516, 1] },
];
const SECONDS = 20;

for (const { pages, rounds, sizes } of ROWS) {
  const [from, to, step] = sizes;
  const name = `libbpf reads the same bytes from a plain ring and in place: ${pages} pages, ${from} to ${to} bytes`;
  guestTest(name, { seconds: SECONDS }, async (t, guest) => {
    const args = [guest.progPath('buffer-output'), guest.progPath('buffer-data'), 1, pages, rounds, ...sizes];
    const found = await nativeJson<Comparison>(guest, ['buffer-output', ...args.map(String)], SECONDS);
    t.match(found, { wrong: 0, first: '' }, `${found.records} records, ${found.bytes} bytes compared`);
    t.equal(found.records, rounds * (Math.floor((to - from) / step) + 1));
    t.ok(found.wraps >= 3, `the ring was gone around ${found.wraps} times`);
  });
}
