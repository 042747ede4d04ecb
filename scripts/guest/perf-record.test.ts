import t from 'tap';
import { u32, u64, concat } from './bytes.ts';
import { lostCount, parseRecords, rawData } from './perf-record.ts';

function record(type: number, body: Uint8Array): Uint8Array {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(type, 0);
  header.writeUInt16LE(8 + body.length, 6);
  return concat(header, body);
}
const sample = record(9, concat(u32(12), u32(1, 2, 3)));
const lost = record(2, u64(5, 1_000_000_000_000n));

t.test('records come with their positions and bodies', async (t) => {
  const records = parseRecords(concat(sample, lost), 4096n);
  t.match(records, [
    { type: 9, size: 24, position: 4096n },
    { type: 2, size: 24, position: 4120n },
  ]);
  const [first, second] = records;
  t.strictSame(first && Buffer.from(rawData(first)), Buffer.from(u32(1, 2, 3)));
  t.equal(second && lostCount(second), 1_000_000_000_000n, 'all 64 bits');
});

t.test('what cannot be a record is an error, not an end', async (t) => {
  t.throws(() => parseRecords(concat(sample, Buffer.alloc(8)), 0n), /no whole perf record at ring position 24: size 0/);
  t.throws(() => parseRecords(sample.subarray(0, 20), 0n), /size 24, 20 bytes/);
  t.throws(() => parseRecords(Buffer.alloc(4), 0n), /4 bytes/);
});

t.test('nothing is no record', async (t) => {
  t.strictSame(parseRecords(Buffer.alloc(0), 0n), []);
});

t.test('a kind is not taken for another', async (t) => {
  const [one] = parseRecords(lost, 0n);
  t.throws(() => one && rawData(one), /type 2 is not a sample/);
  const [two] = parseRecords(sample, 0n);
  t.throws(() => two && lostCount(two), /type 9 is not LOST/);
});
