import {
  BPF_OUTPUT,
  lostCount,
  PERF_RECORD_LOST,
  PERF_RECORD_SAMPLE,
  rawData,
  readU64,
  type PerfRecord,
} from '../scripts/guest/client.ts';
import { guestTestBothModes, type Test } from '../scripts/guest/guest-test.ts';
import {
  balance,
  balanced,
  COMMIT,
  DISCARD,
  ERRNO,
  LARGEST_DATA,
  openBuffer,
  recordTotal,
  type BufferRig,
} from './lib/buffer.ts';

const PAGE = 4096;
const SIZE = 100;
/** perf keeps one byte free so that a full ring is not an empty one. */
const CAPACITY = Math.floor((PAGE - 1) / recordTotal(SIZE));
const FORMAT_LOST = 1n << 4n;

/** Numbered records until the ring is full, then `more` that find no room. */
async function fill(t: Test, rig: BufferRig, more: number, first = 0): Promise<void> {
  const answers = await Promise.all(
    Array.from({ length: CAPACITY + more }, (_, i) => rig.one(SIZE, BigInt(first + i))),
  );
  t.same(answers.slice(0, CAPACITY), Array<number>(CAPACITY).fill(0), `${CAPACITY} records fit`);
  t.same(answers.slice(CAPACITY), Array<number>(more).fill(ERRNO.ENOSPC), `${more} do not: -ENOSPC`);
}
const number = (record: PerfRecord): number => Number(readU64(rawData(record)));
const samples = (records: readonly PerfRecord[]): number[] =>
  records.filter((r) => r.type === PERF_RECORD_SAMPLE).map(number);
const count = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);

guestTestBothModes(
  'a full ring: -ENOSPC, buf and buf_end NULL, the commit does nothing, the program goes on',
  {},
  async (t, guest) => {
    const rig = await openBuffer(guest, 'buffer-one');
    await fill(t, rig, 1);
    t.same(await rig.result(), {
      reserve: ERRNO.ENOSPC,
      finish: 0,
      bufIsNull: true,
      endIsNull: true,
      fits: false,
      runs: CAPACITY + 1,
    });
    const control = await rig.ring.control();
    t.equal(control.dataHead, BigInt(CAPACITY * recordTotal(SIZE)), 'the head did not move');
    t.same(samples(await rig.ring.read()), count(CAPACITY), 'all that fitted is there');
  },
);

guestTestBothModes(
  'D9: served, discarded or refused: no lock and no preemption count is left',
  {},
  async (t, guest) => {
    const rig = await openBuffer(guest, 'buffer-one');
    for (const [what, action] of [
      ['commit', COMMIT],
      ['discard', DISCARD],
    ] as const) {
      t.equal(await rig.one(SIZE, 1n, action), 0);
      t.same(await balance(rig.object), balanced(guest, true), what);
    }
    await rig.ring.read();
    await fill(t, rig, 1);
    t.same(await balance(rig.object), balanced(guest, false), 'full');
    t.equal(await rig.one(SIZE, 1n, DISCARD), ERRNO.ENOSPC);
    t.same(await balance(rig.object), balanced(guest, false), 'full, and what was not reserved is discarded');
    await rig.ring.read();
    t.equal(await rig.one(SIZE), 0);
    t.same(await balance(rig.object), balanced(guest, true), 'a LOST record in front');
  },
);

guestTestBothModes(
  'D24: a reserve that fails behind a record finds nothing open, neither does its commit',
  {},
  async (t, guest) => {
    const rig = await openBuffer(guest, 'buffer-one');
    t.equal(await rig.fire('write_two', BigInt(SIZE), COMMIT, 5n, 1n, BigInt(LARGEST_DATA + 1)), ERRNO.E2BIG);
    t.match(await rig.result(0), { reserve: 0, finish: 0, bufIsNull: false, endIsNull: false });
    t.match(await rig.result(1), { reserve: ERRNO.E2BIG, finish: 0, bufIsNull: true, endIsNull: true, fits: false });
    t.same(await balance(rig.object, 1), balanced(guest, false));
    t.equal(await rig.one(SIZE, 6n), 0);
    t.same(samples(await rig.ring.read()), [5, 6]);
  },
);

guestTestBothModes('the next record after a full ring is preceded by an exact LOST', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one', { attr: { ...BPF_OUTPUT, readFormat: FORMAT_LOST } });
  await fill(t, rig, 7);
  t.equal((await rig.ring.read()).length, CAPACITY, 'nothing is said of the loss yet');
  t.equal(await rig.one(SIZE, 1000n), 0);
  t.equal(await rig.one(SIZE, 1001n), 0);
  const [lost, ...after] = await rig.ring.read();
  t.equal(lost?.type, PERF_RECORD_LOST);
  t.equal(lost?.size, 24, 'header, id, count');
  if (lost?.type === PERF_RECORD_LOST) t.equal(lostCount(lost), 7n);
  t.same(samples(after), [1000, 1001]);
  t.equal(after.length, 2, 'said once');
  t.equal((await rig.event.count())[1], 7n, 'and PERF_FORMAT_LOST agrees');
});

guestTestBothModes(
  'D9: a reserve that failed leaves nothing behind: the next one in the same run works',
  {},
  async (t, guest) => {
    const rig = await openBuffer(guest, 'buffer-one', { pages: 4 });
    for (let turn = 0; turn < 50; turn++) {
      /* 12,000 bytes fit once into four pages; the small record, with the LOST in front of it, fits every time. */
      await rig.fire('write_two', 12_000n, 0n, BigInt(turn), 0n, 16n);
    }
    const [large, small] = [await rig.result(0), await rig.result(1)];
    t.equal(large.reserve, ERRNO.ENOSPC);
    t.equal(large.finish, 0);
    t.equal(small.reserve, 0);
    t.equal(small.finish, 0);
    t.same([large.runs, small.runs], [50, 50], 'every run went on to its end');
    const records = await rig.ring.read();
    t.equal(records[0]?.size, recordTotal(12_000), 'the first large one fitted');
    t.equal(samples(records).at(-1), 49, 'the last small one is there');
  },
);

guestTestBothModes('D5: nearly full: what the reader has not read yet stays as it was', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one', { pages: 2 });
  const fits = Math.floor((2 * PAGE - 1) / recordTotal(SIZE));
  for (let turn = 0; turn < 3; turn++) {
    await Promise.all(count(fits).map((i) => rig.one(SIZE, BigInt(i))));
    const twenty = BigInt(20 * recordTotal(SIZE));
    const { dataTail } = await rig.ring.control();
    await rig.ring.setTail(dataTail + twenty);
    await Promise.all(count(20, fits).map((i) => rig.one(SIZE, BigInt(i))));
    t.same(samples(await rig.ring.read()), count(fits, 20), `turn ${turn}: unread records and new ones, none wiped`);
  }
});

guestTestBothModes(
  'D6: a LOST record goes in front of a record nearly a page long, and both are whole',
  {},
  async (t, guest) => {
    const rig = await openBuffer(guest, 'buffer-one', { pages: 4 });
    for (const [turn, size] of [4040, 4060, 4064, 4072, 4076, 4080, 4084, 4092, 4096, 5000, 8180].entries()) {
      const fillers = await Promise.all(count(5).map(() => rig.one(4000, 1n)));
      t.ok(fillers.includes(ERRNO.ENOSPC), `${size}: some were lost`);
      const lostBefore = fillers.filter((answer) => answer === ERRNO.ENOSPC).length;
      await rig.ring.read();
      const guard = BigInt(turn) << 32n;
      t.equal(await rig.one(size, guard, 0n, size), 0);
      t.equal((await rig.result()).fits, true, `${size}: the buffer is as long as asked for`);
      t.equal(await rig.one(64, guard + 1n), 0);
      const records = await rig.ring.read();
      t.same(
        records.map((r) => [r.type, r.size]),
        [
          [PERF_RECORD_LOST, 24],
          [PERF_RECORD_SAMPLE, recordTotal(size)],
          [PERF_RECORD_SAMPLE, recordTotal(64)],
        ],
      );
      t.equal(records[0] && lostCount(records[0]), BigInt(lostBefore));
      t.equal(records[1] && readU64(rawData(records[1])), guard);
      t.equal(records[2] && readU64(rawData(records[2])), guard + 1n);
    }
  },
);

guestTestBothModes('too large is -E2BIG, reserves nothing and counts as no loss', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one', { pages: 32, attr: { ...BPF_OUTPUT, readFormat: FORMAT_LOST } });
  t.equal(
    await rig.one(LARGEST_DATA, 5n, 0n, LARGEST_DATA),
    0,
    `${LARGEST_DATA} bytes are the most that 16 bits can say`,
  );
  t.equal((await rig.result()).fits, true);
  for (const size of [LARGEST_DATA + 1, LARGEST_DATA + 8, 65536, 65536 + 64, 131072, 0x7fffffff]) {
    t.equal(await rig.one(size), ERRNO.E2BIG, `${size}`);
    t.same(
      { ...(await rig.result()), runs: 0 },
      { reserve: ERRNO.E2BIG, finish: 0, bufIsNull: true, endIsNull: true, fits: false, runs: 0 },
    );
  }
  t.equal(await rig.one(8, 6n), 0);
  const records = await rig.ring.read();
  t.same(
    records.map((r) => [r.type, r.size]),
    [
      [PERF_RECORD_SAMPLE, 65528],
      [PERF_RECORD_SAMPLE, recordTotal(8)],
    ],
  );
  t.equal((await rig.event.count())[1], 0n, 'PERF_FORMAT_LOST');
});

guestTestBothModes('larger than the ring is -E2BIG, even when the ring is empty', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one');
  t.equal(await rig.one(PAGE - 20, 1n), 0, 'the most that a ring of one page takes');
  await rig.ring.read();
  t.equal(await rig.one(PAGE + 8 - 12), ERRNO.E2BIG);
  t.equal(await rig.one(2 * PAGE), ERRNO.E2BIG);
  t.equal(await rig.one(8, 3n), 0);
  t.same(samples(await rig.ring.read()), [3], 'and nothing is reported as lost');
});
