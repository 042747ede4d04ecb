import { guestTest } from '../scripts/guest/guest-test.ts';
import { figures } from './lib/figures.ts';
import { nativeJson, scaled, soak } from './lib/native.ts';

interface Memory {
  readonly freeKb: number;
  readonly slabKb: number;
  readonly vmallocKb: number;
  readonly areas: number;
}
interface Run {
  readonly turns: number;
  readonly written: number;
  readonly read: number;
  readonly before: Memory;
  readonly after: Memory;
  readonly holding4096: Memory;
}

/** What a guest's own doings move these by; a leak of one small ring a turn is far more. */
const NOISE_KB = 4096;

const seconds = soak ? 1800 : 60;
guestTest(
  'rings of 1 to 4096 pages, mapped, written, read and unmapped: nothing stays',
  { seconds },
  async (t, guest) => {
    const turns = soak ? 10_000 : Math.max(39, scaled(guest, 260));
    const run = await nativeJson<Run>(guest, ['buffer-memory', guest.progPath('buffer-data'), String(turns)], seconds);
    const { before, after, holding4096 } = run;
    const kb = (m: Memory): string =>
      `free ${m.freeKb}, slab ${m.slabKb}, vmalloc ${m.vmallocKb} KiB, ${m.areas} areas`;
    figures(
      t,
      `${run.turns} rings of 1 to 4096 pages; before: ${kb(before)}; after: ${kb(after)}; ` +
        `with one of 4096 pages: ${kb(holding4096)}`,
    );
    t.equal(run.turns, turns);
    t.equal(run.written, turns * 6, 'each ring took six records');
    t.equal(run.read, run.written, 'and gave them back');
    t.ok(
      before.freeKb - after.freeKb < NOISE_KB,
      `free memory: ${before.freeKb} KiB before, ${after.freeKb} after ${turns} rings`,
    );
    t.ok(after.slabKb - before.slabKb < NOISE_KB, `slab: ${before.slabKb} KiB before, ${after.slabKb} after`);
    t.ok(
      after.vmallocKb - before.vmallocKb < NOISE_KB,
      `vmalloc: ${before.vmallocKb} KiB before, ${after.vmallocKb} after`,
    );
    t.equal(after.areas, before.areas, 'vmalloc areas of rings');
    t.equal(holding4096.areas, after.areas + 1, 'one that is held shows among them');
    t.ok(
      after.freeKb - holding4096.freeKb > 12 * 1024,
      `a ring of 16 MiB shows in that measure: ${after.freeKb - holding4096.freeKb} KiB`,
    );
  },
);
