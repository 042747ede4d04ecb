/** What a ring costs whom: nothing more than on the base unless its event was opened with write_in_place. */
import { guestTest } from '../scripts/guest/guest-test.ts';
import type { Guest } from '../scripts/guest/client.ts';
import { figures } from './lib/figures.ts';
import { nativeJson } from './lib/native.ts';

interface Charge {
  readonly mapped: number;
  readonly error: number;
  readonly pinnedKb: number;
  readonly pinnedAfterKb: number;
  readonly vmallocKb: number;
  /** Second mappings. */
  readonly areas: number;
  readonly areaBytes: number;
}

const RINGS = 1000;
const EPERM = 1;
const PAGE_KB = 4;
/** Of data; there is one more for the control page. */
const PAGES = 1;
/** Page tables of the second mapping: two entries for each page of data, rounded up. */
const EXTRA_PAGES = 1;
const GUARD_PAGES = 1;
const NOISE_KB = 256;

/** All locked memory shows as pinned, since none of it is free of charge. */
async function charge(guest: Guest, rings: number, asked: boolean, limitPages = 0): Promise<Charge> {
  await guest.sysctl('kernel.perf_event_paranoid', 2);
  await guest.sysctl('kernel.perf_event_mlock_kb', 0);
  return nativeJson<Charge>(guest, ['buffer-charge', ...[rings, PAGES, asked ? 1 : 0, limitPages].map(String)], 60);
}

const seen = (what: string, c: Charge): string =>
  `${what}: ${c.mapped} rings, ${c.pinnedKb} KiB locked, VmallocUsed +${c.vmallocKb} KiB, ${c.areas} second mappings`;

guestTest('1,000 rings that nobody writes in place are as on the base', { seconds: 60 }, async (t, guest) => {
  const c = await charge(guest, RINGS, false);
  figures(t, seen('not asked for', c));
  t.match(c, { mapped: RINGS, error: 0, areas: 0, areaBytes: 0 });
  t.equal(c.pinnedKb, RINGS * (PAGES + 1) * PAGE_KB, 'locked: the pages that user space has mapped');
  t.ok(Math.abs(c.vmallocKb) < NOISE_KB, `VmallocUsed: ${c.vmallocKb} KiB more`);
  t.equal(c.pinnedAfterKb, 0, 'and nothing after that');
});

guestTest('1,000 rings that are asked for are charged to their user', { seconds: 60 }, async (t, guest) => {
  const c = await charge(guest, RINGS, true);
  figures(t, seen('asked for', c));
  t.match(c, { mapped: RINGS, error: 0, areas: RINGS });
  t.equal(c.areaBytes, RINGS * (2 * PAGES + GUARD_PAGES) * PAGE_KB * 1024, 'address space: twice the data');
  t.equal(c.pinnedKb, RINGS * (PAGES + 1 + EXTRA_PAGES) * PAGE_KB, 'locked: the page tables as well');
  t.equal(c.pinnedAfterKb, 0, 'and nothing after that');
});

guestTest('the limit of locked memory holds with them included', async (t, guest) => {
  const limit = 12;
  t.match(await charge(guest, RINGS, false, limit), { mapped: limit / 2, error: EPERM }, 'not asked for');
  t.match(await charge(guest, RINGS, true, limit), { mapped: limit / 3, error: EPERM, areas: 4 }, 'asked for');
});
