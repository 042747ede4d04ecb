import { guestTest } from '../scripts/guest/guest-test.ts';
import { figures } from './lib/figures.ts';
import { nativeJson, scaled, soak } from './lib/native.ts';

/** struct account and struct order_count, a CPU. */
interface Account {
  readonly next: number;
  readonly pending: number;
  readonly seen: number;
  readonly lost: number;
  readonly lostRecords: number;
  readonly doubled: number;
  readonly unexplained: number;
  readonly overcounted: number;
  readonly torn: number;
  readonly discardedSeen: number;
  readonly others: number;
  readonly tries: number;
  readonly sequence: number;
  readonly full: number;
  readonly failed: number;
  readonly discarded: number;
  readonly wild: number;
  readonly formatLost: number;
}
interface Run {
  readonly broken: number;
  readonly disturbed: number;
  readonly ms: number;
  readonly cpus: readonly Account[];
}

interface Row {
  readonly reader: 'eager' | 'slow' | 'stopped' | 'killed';
  readonly pages: number;
  /** Tries of each CPU: short form, and soak's. */
  readonly tries: number;
  readonly long: number;
  readonly loses: boolean;
}
// Stopping and killing happen every 40 or 55 ms: there have to be writers for several of those on fast machines, too.
const ROWS: readonly Row[] = [
  { reader: 'eager', pages: 512, tries: 100_000, long: 10_000_000, loses: false },
  { reader: 'slow', pages: 8, tries: 60_000, long: 10_000_000, loses: true },
  { reader: 'stopped', pages: 16, tries: 1_000_000, long: 10_000_000, loses: true },
  { reader: 'killed', pages: 16, tries: 1_000_000, long: 10_000_000, loses: true },
];

for (const { reader, pages, tries, long, loses } of ROWS) {
  const seconds = soak ? 1200 : 20;
  guestTest(`every number read or counted as lost, in order, once: reader ${reader}`, { seconds }, async (t, guest) => {
    const records = soak ? long : scaled(guest, tries);
    const run = await nativeJson<Run>(
      guest,
      ['buffer-order', guest.progPath('buffer-order'), reader, String(pages), String(records)],
      seconds,
    );
    t.equal(run.broken, 0, 'the ring held records and nothing else');
    t.equal(run.cpus.length, guest.facts.hello.cpus);
    if (reader === 'stopped' || reader === 'killed') t.ok(run.disturbed >= 2, `${run.disturbed} times ${reader}`);
    for (const [cpu, a] of run.cpus.entries()) {
      const what =
        `cpu ${cpu}: ${a.tries} tries, ${a.seen} seen, ${a.lost} lost in ${a.lostRecords} LOST records, ` +
        `${a.discarded} discarded, ${run.ms} ms`;
      figures(t, what);
      t.same(
        {
          doubled: a.doubled,
          unexplained: a.unexplained,
          overcounted: a.overcounted,
          torn: a.torn,
          discardedSeen: a.discardedSeen,
          others: a.others,
          failed: a.failed,
          wild: a.wild,
        },
        { doubled: 0, unexplained: 0, overcounted: 0, torn: 0, discardedSeen: 0, others: 0, failed: 0, wild: 0 },
        what,
      );
      t.equal(a.tries, records + 2, 'all were tried');
      t.equal(a.next + a.pending, a.sequence, 'the last number is accounted for');
      t.equal(a.seen + a.lost, a.sequence, 'seen and lost are all there were');
      t.equal(a.lost, a.full, 'every -ENOSPC is counted as lost, and nothing else is');
      t.equal(a.formatLost, a.lost, 'PERF_FORMAT_LOST agrees');
      t.ok(a.seen > 0 && a.discarded > 0);
      if (loses) t.ok(a.lost > 0, 'the reader was too slow for some');
      else t.ok(a.seen > a.lost, 'most were read');
    }
  });
}
