import { lostCount, PERF_RECORD_LOST, PERF_RECORD_SAMPLE, rawData, readU64 } from '../scripts/guest/client.ts';
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { openBuffer, recordTotal } from './lib/buffer.ts';

guestTest('D4: a reserve clears nothing: what a program leaves unwritten is what the ring held', async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-data');
  /* Four records of a quarter of the ring each; then one that is not written, where the first of them was. */
  const size = 1024 - 12;
  const written: Uint8Array[] = [];
  for (let i = 0; i < 4; i++) {
    t.equal(await rig.fire('write_record', BigInt(size), BigInt(i)), 0);
    written.push(...(await rig.ring.read()).map(rawData));
  }
  t.equal(await rig.fire('write_padding', BigInt(size)), 0);
  const [unwritten] = await rig.ring.read();
  t.equal(unwritten?.position, 4096n, 'around the ring once');
  /* The last word of a record is cleared, as padding may be in it. */
  t.same(unwritten && rawData(unwritten).slice(0, size - 8), written[0]?.slice(0, size - 8));
});

guestTestBothModes("D13: no content is special: zeroes, a LOST record's type, anything", {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one');
  const words = [0n, 2n, 9n, (24n << 48n) | 2n, 1n << 32n, (1n << 64n) - 1n];
  for (const word of words) t.equal(await rig.one(64, word), 0);
  const records = await rig.ring.read();
  t.same(
    records.map((r) => r.type),
    words.map(() => PERF_RECORD_SAMPLE),
  );
  t.same(
    records.map((r) => readU64(rawData(r))),
    words,
  );
});

guestTest('D14: more than 65,535 records lost are counted as what they are', { seconds: 40 }, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-order');
  const bursts = 2200;
  for (let i = 0; i < bursts; i += 100)
    await Promise.all(Array.from({ length: 100 }, () => rig.fire('write_burst', 32n)));
  const counts = await rig.object.map('counts').get(rig.cpu);
  const [tries, full] = [readU64(counts, 0), readU64(counts, 16)];
  t.equal(tries, BigInt(bursts * 32));
  t.ok(full > 65_535n, `${full} refused`);
  await rig.ring.read();
  await rig.fire('write_burst', 1n);
  const [lost] = await rig.ring.read();
  t.equal(lost?.type === PERF_RECORD_LOST && lostCount(lost), full);
});

guestTestBothModes('a record written by compiled and by interpreted programs is the same', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one', { pages: 4 });
  const sizes = [1, 3, 7, 8, 9, 63, 64, 65, 4000];
  for (const [i, size] of sizes.entries()) {
    t.equal(await rig.one(size, BigInt(i), 0n, size), 0);
    t.equal((await rig.result()).fits, true, `${size} bytes fit`);
    t.equal(await rig.one(size, BigInt(i), 1n, size + 1), 0);
    t.equal((await rig.result()).fits, false, `${size + 1} do not: the end is where it was asked for`);
  }
  const records = await rig.ring.read();
  t.same(
    records.map((r) => r.size),
    sizes.map(recordTotal),
  );
  t.same(
    records.map((r) => rawData(r).length),
    sizes.map((size) => recordTotal(size) - 12),
  );
});
