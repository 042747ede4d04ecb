import { guestTest } from '../scripts/guest/guest-test.ts';
import type { Guest } from '../scripts/guest/client.ts';
import { figures } from './lib/figures.ts';
import { nativeJson, soak } from './lib/native.ts';

interface Sweep {
  readonly fired: number;
  readonly records: number;
  readonly bytes: number;
  readonly bad: number;
  readonly refused: number;
  readonly misplaced: number;
  readonly dirtyPadding: number;
  readonly lost: number;
  readonly others: number;
  readonly first: string;
}

/**
 * Where a record starts in the ring: inside a page, ending on, starting on and crossing a border, and the same for the
 * wrap.
 */
const OFFSET_CLASSES = 9;

interface Rows {
  readonly pages: number;
  readonly sizes: readonly string[];
}
/** Both sides of every limit: perf's rounding to 8, a page, the ring, and 65,516 bytes of data. */
const SHORT: readonly Rows[] = [
  { pages: 1, sizes: ['1-40', '41-500+13', '501-2000+97', '2001-2030+3', '2040-4060+201', '4060-4076+4'] },
  { pages: 8, sizes: ['4072-4096+3', '8160-8196+6', '12276-12292+5', '16376-16384+4', '20000'] },
  { pages: 32, sizes: ['32740-32772+11', '49152', '65500', '65509-65516'] },
];
const LONG: readonly Rows[] = [
  { pages: 1, sizes: ['1-4076'] },
  { pages: 32, sizes: ['4076-65516+8', '4077-65516+104', '65400-65516'] },
];

function check(t: import('../scripts/guest/guest-test.ts').Test, sweep: Sweep, records: number, what: string): void {
  figures(t, `${what}: ${sweep.records} records, ${sweep.bytes} bytes compared, ${sweep.bad} wrong`);
  t.same(
    {
      bad: sweep.bad,
      refused: sweep.refused,
      misplaced: sweep.misplaced,
      dirtyPadding: sweep.dirtyPadding,
      lost: sweep.lost,
      others: sweep.others,
      first: sweep.first,
    },
    { bad: 0, refused: 0, misplaced: 0, dirtyPadding: 0, lost: 0, others: 0, first: '' },
    what,
  );
  t.equal(sweep.records, records, `${what}: ${records} records, ${sweep.bytes} bytes compared`);
}

function sizeCount(sizes: readonly string[]): number {
  return sizes.reduce((sum, text) => {
    const [from = 0, to = from, step = 1] = text.split(/[-+]/).map(Number);
    return sum + Math.floor((to - from) / step) + 1;
  }, 0);
}

const rows = soak ? LONG : SHORT;
const seconds = soak ? 600 : 20;

for (const { pages, sizes } of rows) {
  guestTest(`every byte, at every class of offset, ring of ${pages} pages`, { seconds }, async (t, guest: Guest) => {
    const sweep = await nativeJson<Sweep>(
      guest,
      ['buffer-data', guest.progPath('buffer-data'), '1', String(pages), ...sizes],
      seconds,
    );
    check(t, sweep, sizeCount(sizes) * OFFSET_CLASSES, `sizes ${sizes.join(' ')}`);
  });
}

for (const { pages, sizes } of rows) {
  guestTest(`every byte, by libbpf's perf_buffer, ring of ${pages} pages`, { seconds }, async (t, guest) => {
    const sweep = await nativeJson<Sweep>(
      guest,
      ['buffer-data-libbpf', guest.progPath('buffer-data'), '1', String(pages), ...sizes],
      seconds,
    );
    check(t, sweep, sizeCount(sizes), `sizes ${sizes.join(' ')}`);
  });
}
