import {
  BPF_OUTPUT,
  lostCount,
  PERF_RECORD_LOST,
  PERF_RECORD_SAMPLE,
  rawData,
  readU64,
  type PerfRecord,
} from '../scripts/guest/client.ts';
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { COMMIT, DISCARD, ERRNO, openBuffer, recordTotal } from './lib/buffer.ts';

/** enum nested_plan of progs/buffer-nested.h */
const PLAN = { COMMIT: 0n, DISCARD: 1n, DISCARD_ALONE: 2n, DISCARD_INNER: 3n };
/** enum nested_source */
const [OUTER, OUTPUT, INNER] = [0, 1, 2];

const words = (records: readonly PerfRecord[]): bigint[] =>
  records.filter((r) => r.type === PERF_RECORD_SAMPLE).map((r) => readU64(rawData(r)));

guestTestBothModes('D11: a discarded record is never seen, and its place is used again', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one');
  for (const size of [1, 8, 100, 1000, 4000]) {
    const before = await rig.ring.control();
    t.equal(await rig.one(size, 0xdeadn, DISCARD), 0);
    t.equal((await rig.result()).finish, 0);
    t.equal((await rig.ring.control()).dataHead, before.dataHead, `${size}: the head is where it was`);
    t.equal(await rig.one(16, 7n), 0);
    const records = await rig.ring.read();
    t.same(
      records.map((r) => [r.type, r.size, r.position]),
      [[PERF_RECORD_SAMPLE, recordTotal(16), before.dataHead]],
    );
    t.same(words(records), [7n]);
  }
});

guestTestBothModes('a thousand discards fill no ring', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one');
  const answers = await Promise.all(Array.from({ length: 1000 }, () => rig.one(1000, 0xdeadn, DISCARD)));
  t.same(
    answers.filter((answer) => answer !== 0),
    [],
  );
  t.equal(await rig.one(1000, 1n), 0);
  t.same(words(await rig.ring.read()), [1n]);
});

guestTestBothModes('discarding what was not reserved does nothing', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one');
  t.equal(await rig.one(4000, 1n), 0);
  t.equal(await rig.one(1000, 2n, DISCARD), ERRNO.ENOSPC);
  t.equal((await rig.result()).finish, 0);
  t.same(words(await rig.ring.read()), [1n]);
  t.equal(await rig.one(8, 3n, COMMIT), 0);
  const records = await rig.ring.read();
  t.same(
    records.map((r) => r.type),
    [PERF_RECORD_LOST, PERF_RECORD_SAMPLE],
    'the refused one counts as lost, whatever was meant for it',
  );
});

guestTestBothModes(
  'a loss is still told, once, when the record that would have told it is discarded',
  {},
  async (t, guest) => {
    const rig = await openBuffer(guest, 'buffer-one');
    await rig.one(4000, 1n);
    for (let i = 0; i < 5; i++) t.equal(await rig.one(1000), ERRNO.ENOSPC);
    await rig.ring.read();
    t.equal(await rig.one(1000, 0xdeadn, DISCARD), 0);
    t.equal(await rig.one(16, 2n), 0);
    t.equal(await rig.one(16, 3n), 0);
    const records = await rig.ring.read();
    const told = records.filter((r) => r.type === PERF_RECORD_LOST).map(lostCount);
    t.equal(
      told.reduce((sum, n) => sum + n, 0n),
      5n,
    );
    t.same(words(records), [2n, 3n]);
    t.ok(records[0]?.type === PERF_RECORD_LOST, 'before the first record that follows it');
  },
);

const ORDER: Readonly<Record<string, { plan: bigint; sources: readonly number[] }>> = {
  'nothing discarded': { plan: PLAN.COMMIT, sources: [OUTER, OUTPUT, INNER, OUTPUT, INNER] },
  'the outer record discarded, others behind it': { plan: PLAN.DISCARD, sources: [OUTPUT, INNER, OUTPUT, INNER] },
  'the inner records discarded': { plan: PLAN.DISCARD_INNER, sources: [OUTER, OUTPUT, OUTPUT] },
  'the outer record discarded, nothing behind it': { plan: PLAN.DISCARD_ALONE, sources: [] },
};

for (const [name, { plan, sources }] of Object.entries(ORDER)) {
  guestTest(`nested writers, own reader: ${name}`, async (t, guest) => {
    const rig = await openBuffer(guest, 'buffer-nested', { pages: 4 });
    await rig.object.attach('on_printk');
    await rig.object.map('.bss').update(0, planBytes(plan));
    for (let run = 0; run < 20; run++) {
      t.equal(await rig.fire('write_outer', plan, 0n, 0n), 0);
      const records = await rig.ring.read();
      t.same(words(records).map(Number), sources, `run ${run}`);
      t.same(
        records.filter((r) => r.type === PERF_RECORD_LOST && lostCount(r) !== 0n),
        [],
        'nothing was lost',
      );
      t.same(
        records.filter((r) => r.type !== PERF_RECORD_LOST && r.type !== PERF_RECORD_SAMPLE),
        [],
        'nothing that readers do not know',
      );
    }
  });
  guestTest(`nested writers, libbpf's perf_buffer: ${name}`, async (t, guest) => {
    const rig = await openBuffer(guest, 'buffer-nested', { attr: BPF_OUTPUT });
    const buffer = await guest.perfBuffer(rig.object.map('rings'), { pages: 4, attr: BPF_OUTPUT });
    await rig.object.attach('on_printk');
    await rig.object.map('.bss').update(0, planBytes(plan));
    for (let run = 0; run < 20; run++) {
      await rig.fire('write_outer', plan, 0n, 0n);
      const { result, samples, lost } = await buffer.consume();
      t.ok(result >= 0, `run ${run}: the reader knows every record (${result})`);
      t.same(
        samples.map((s) => Number(readU64(s.data))),
        sources,
      );
      t.same(
        lost.filter((l) => l.count !== 0n),
        [],
      );
    }
  });
}

function planBytes(plan: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, plan, true);
  return bytes;
}
