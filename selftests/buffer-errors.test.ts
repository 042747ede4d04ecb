import type { PerfAttr } from './agent/protocol.ts';
import {
  BPF_OUTPUT,
  cpuClock,
  lostCount,
  PERF_RECORD_LOST,
  PERF_RECORD_SAMPLE,
  PERF_SAMPLE,
  rawData,
  readU64,
  type Guest,
  type LoadedObject,
} from '../scripts/guest/client.ts';
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { balance, balanced, ERRNO, fire, openBuffer } from './lib/buffer.ts';

interface Provocation {
  readonly what: string;
  readonly errno: number;
  /** Makes slot 0 such that a reserve on CPU 0 has to fail. */
  readonly provoke: (guest: Guest, object: LoadedObject) => Promise<void>;
  readonly maxEntries?: number;
  readonly cpu?: number;
  readonly size?: bigint;
}

interface Wanted {
  readonly cpu?: number;
  readonly disable?: boolean;
}
const put =
  (attr: PerfAttr, pages: number, wanted: Wanted = {}) =>
  async (guest: Guest, object: LoadedObject): Promise<void> => {
    const event = await guest.perfEvent(attr, { cpu: wanted.cpu ?? 0 });
    if (pages > 0) {
      const mapped = await event.tryMap(pages);
      if (!mapped.ok) throw new Error(`map of ${pages} pages: ${mapped.code}`);
    }
    await object.map('rings').put(0, event);
    if (wanted.disable === true) await event.ioctl('disable');
  };
const IN_PLACE = BPF_OUTPUT.flags ?? [];

const PROVOCATIONS: readonly Provocation[] = [
  { what: 'the map has no slot for this CPU', errno: ERRNO.E2BIG, maxEntries: 1, cpu: 1, provoke: put(BPF_OUTPUT, 1) },
  { what: 'the slot is empty', errno: ERRNO.ENOENT, provoke: async () => undefined },
  { what: 'the event is no BPF output', errno: ERRNO.EINVAL, provoke: put(cpuClock(1_000_000_000n), 1) },
  { what: 'the size is 0', errno: ERRNO.EINVAL, size: 0n, provoke: put(BPF_OUTPUT, 1) },
  { what: 'the event was not opened for it', errno: ERRNO.EINVAL, provoke: put({ ...BPF_OUTPUT, flags: [] }, 1) },
  { what: 'the event belongs to another CPU', errno: ERRNO.EOPNOTSUPP, provoke: put(BPF_OUTPUT, 1, { cpu: 1 }) },
  { what: 'the event is switched off', errno: ERRNO.EOPNOTSUPP, provoke: put(BPF_OUTPUT, 1, { disable: true }) },
  { what: 'the event has no ring', errno: ERRNO.ENOSPC, provoke: put(BPF_OUTPUT, 0) },
  { what: 'the record is larger than any record', errno: ERRNO.E2BIG, size: 65517n, provoke: put(BPF_OUTPUT, 32) },
  { what: 'the record is larger than the ring', errno: ERRNO.E2BIG, size: 5000n, provoke: put(BPF_OUTPUT, 1) },
  { what: 'the size is negative', errno: ERRNO.E2BIG, size: 0xffff_fff8n, provoke: put(BPF_OUTPUT, 1) },
];

for (const { what, errno, provoke, maxEntries, cpu = 0, size = 64n } of PROVOCATIONS) {
  guestTestBothModes(`${errno}: ${what}`, {}, async (t, guest) => {
    const object = await guest.load('buffer-one', maxEntries === undefined ? {} : { maps: { rings: { maxEntries } } });
    await provoke(guest, object);
    t.equal(await fire(object, 'write_one', cpu, size, 0n, 1n, 1n), errno);
    const result = await object.map('results').get(0);
    const field = (i: number): bigint => BigInt.asIntN(64, readU64(result, 8 * i));
    t.same(
      [1, 2, 3, 4, 5].map(field),
      [0n, 1n, 1n, 0n, 1n],
      'commit 0, buf and buf_end NULL, nothing fits, the program went on',
    );
    t.same(await balance(object), balanced(guest, false), 'no lock and no preemption count is left');
  });
}

/** A record in place has a layout that is known before the data is. */
const NOT_IN_PLACE: readonly (readonly [string, PerfAttr])[] = [
  ...(['IP', 'TID', 'TIME', 'ADDR', 'CALLCHAIN', 'ID', 'CPU', 'PERIOD', 'STREAM_ID', 'IDENTIFIER'] as const).map(
    (field) =>
      [`with ${field} in its samples`, { ...BPF_OUTPUT, sampleType: PERF_SAMPLE.RAW | PERF_SAMPLE[field] }] as const,
  ),
  ['without raw data', { ...BPF_OUTPUT, sampleType: 0n }],
  ['written backward', { ...BPF_OUTPUT, flags: [...IN_PLACE, 'write_backward'] }],
  ['whose records carry an id', { ...BPF_OUTPUT, flags: [...IN_PLACE, 'sample_id_all'] }],
  ['of another software counter', { ...BPF_OUTPUT, config: 0n }],
  ['of another type', { ...BPF_OUTPUT, type: 0, config: 0n }],
];

guestTest('an event that is to be written in place and cannot be is not opened', async (t, guest) => {
  for (const [what, attr] of NOT_IN_PLACE) {
    t.match(await guest.tryPerfEvent(attr, { cpu: 0 }), { ok: false, code: 'EINVAL' }, what);
    const others = (attr.flags ?? []).filter((flag) => flag !== 'write_in_place');
    if (attr.type === 1)
      t.match(await guest.tryPerfEvent({ ...attr, flags: others }, { cpu: 0 }), { ok: true }, `${what}, not in place`);
  }
});

guestTest('a ring that says nothing of how far it was read is not for records in place', async (t, guest) => {
  const event = await guest.perfEvent(BPF_OUTPUT, { cpu: 0 });
  t.match(await event.tryMap(1, true), { ok: false, code: 'EINVAL' }, 'mapped read-only');
  t.match(await event.tryMap(1), { ok: true }, 'mapped writable');
});

guestTestBothModes('an event that children inherit does not get into the map', {}, async (t, guest) => {
  const object = await guest.load('buffer-one');
  const event = await guest.perfEvent({ ...BPF_OUTPUT, flags: [...IN_PLACE, 'inherit'] }, { cpu: 0 });
  const refused = await object.map('rings').tryPut(0, event);
  t.equal(
    refused.ok ? 'taken' : refused.code,
    'EOPNOTSUPP',
    'as for perf_event_output: which of the children would it be?',
  );
  t.equal(await fire(object, 'write_one', 0, 8n, 0n, 1n, 1n), ERRNO.ENOENT);
});

guestTestBothModes('a slot emptied and filled again: -ENOENT in between, served afterwards', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one');
  t.equal(await rig.one(8, 1n), 0);
  await rig.object.map('rings').delete(0);
  t.equal(await rig.one(8, 2n), ERRNO.ENOENT);
  await rig.object.map('rings').put(0, rig.event);
  t.equal(await rig.one(8, 3n), 0);
  t.same(
    (await rig.ring.read()).map((r) => readU64(rawData(r))),
    [1n, 3n],
  );
});

guestTestBothModes('a ring unmapped and mapped again: -ENOSPC in between, served afterwards', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one');
  t.equal(await rig.one(8, 1n), 0);
  await rig.ring.close();
  t.equal(await rig.one(8, 2n), ERRNO.ENOSPC);
  const again = await rig.event.map(2);
  t.equal(await rig.one(8, 3n), 0);
  const records = await again.read();
  t.same(
    records.filter((r) => r.type === PERF_RECORD_SAMPLE).map((r) => readU64(rawData(r))),
    [3n],
  );
});

guestTestBothModes('a paused ring takes nothing and says later what it did not take', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one');
  await rig.event.ioctl('pause_output', { arg: 1n });
  for (let i = 0; i < 3; i++) t.equal(await rig.one(8, 1n), ERRNO.ENOSPC);
  await rig.event.ioctl('pause_output', { arg: 0n });
  t.equal(await rig.one(8, 2n), 0);
  const [lost, sample] = await rig.ring.read();
  t.equal(lost?.type === PERF_RECORD_LOST && lostCount(lost), 3n);
  t.equal(sample && readU64(rawData(sample)), 2n);
});

guestTestBothModes('output redirected to the ring of another BPF output event arrives there', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one', { pages: 2 });
  const other = await guest.perfEvent(BPF_OUTPUT, { cpu: 0 });
  await other.ioctl('set_output', { other: rig.event });
  await rig.object.map('rings').put(0, other);
  for (let i = 0; i < 10; i++) t.equal(await rig.one(2000, BigInt(i)), i < 4 ? 0 : ERRNO.ENOSPC);
  t.same(
    (await rig.ring.read()).map((r) => readU64(rawData(r))),
    [0n, 1n, 2n, 3n],
  );
});

guestTest('output that is written in place is not redirected to a ring that was not asked for', async (t, guest) => {
  const asked = await guest.perfEvent(BPF_OUTPUT, { cpu: 0 });
  const plain = await guest.perfEvent({ ...BPF_OUTPUT, flags: [] }, { cpu: 0 });
  await plain.map(1);
  t.match(await asked.tryIoctl('set_output', { other: plain }), { ok: false, code: 'EINVAL' });
  const ring = await guest.perfEvent(BPF_OUTPUT, { cpu: 0 });
  await ring.map(1);
  const other = await guest.perfEvent({ ...BPF_OUTPUT, flags: [] }, { cpu: 0 });
  t.match(await other.tryIoctl('set_output', { other: ring }), { ok: true }, 'other output may go to one that was');
});

guestTestBothModes(
  'the tail moved beyond the head, or back: the kernel is not misled into writing outside',
  {},
  async (t, guest) => {
    const rig = await openBuffer(guest, 'buffer-one');
    for (const tail of [1n << 40n, 8n, 4088n, (1n << 64n) - 8n, 12n, 0n]) {
      await rig.ring.setTail(tail);
      for (let i = 0; i < 60; i++) {
        const answer = await rig.one(500, 1n);
        if (answer !== 0 && answer !== ERRNO.ENOSPC) t.fail(`tail ${tail}: ${answer}`);
      }
    }
    t.pass('every reserve was served or refused');
  },
);
