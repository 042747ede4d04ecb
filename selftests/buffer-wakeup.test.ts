import { BPF_OUTPUT, PERF_RECORD_LOST, readU32, u32, u64, type Guest } from '../scripts/guest/client.ts';
import { guestTest, guestTestBothModes, type Test } from '../scripts/guest/guest-test.ts';
import type { NativeArg } from './agent/call-shapes.ts';
import { figures } from './lib/figures.ts';
import { nativeJson, scaled, soak } from './lib/native.ts';
import { DISCARD, openBuffer, recordTotal, woken, type BufferRig } from './lib/buffer.ts';

const SIZE = 100;
const TOTAL = recordTotal(SIZE);

/** enum nested_plan of progs/buffer-nested.h: one record (it spins for no time), five of both kinds, none. */
const PLAN = { ONE: 4n, FIVE: 0n, DISCARD_BOTH: 5n };
const NESTED_RECORD = recordTotal(64);

/** After which of `n` records (counted from 1) the reader is woken. The ring is read along, so it never fills. */
async function wakeUps(rig: BufferRig, n: number): Promise<number[]> {
  const at: number[] = [];
  for (let i = 1; i <= n; i++) {
    await rig.one(SIZE, BigInt(i));
    if (await woken(rig)) at.push(i);
    if (i % 8 === 0) await rig.ring.readRaw();
  }
  return at;
}

/**
 * perf wakes when more than the watermark has been written since the mark before. In the ring is what was `written`
 * before the first of `n`.
 */
function byWatermark(bytes: number, n: number, total = TOTAL, written = 0): number[] {
  const at: number[] = [];
  for (let i = 1, mark = 0; i <= n; i++) {
    if (written + i * total - mark <= bytes) continue;
    mark += bytes;
    at.push(i);
  }
  return at;
}

guestTestBothModes('D12: wakeup_events = 1 wakes for one record, once', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one');
  t.equal(await woken(rig), false, 'nothing yet');
  await rig.one(SIZE);
  t.equal(await woken(rig), true);
  t.equal(await woken(rig), false, 'no second time');
  t.same(await wakeUps(rig, 6), [1, 2, 3, 4, 5, 6]);
});

guestTestBothModes('wakeup_events = 3 wakes for every third record', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one', { attr: { ...BPF_OUTPUT, wakeupEvents: 3 } });
  t.same(await wakeUps(rig, 12), [3, 6, 9, 12]);
});

for (const watermark of [1, 1000, 2048]) {
  guestTestBothModes(`wakeup_watermark = ${watermark} wakes at the watermark`, {}, async (t, guest) => {
    const rig = await openBuffer(guest, 'buffer-one', {
      attr: { ...BPF_OUTPUT, wakeupWatermark: watermark },
    });
    t.same(
      await wakeUps(rig, 40),
      watermark < TOTAL ? Array.from({ length: 40 }, (_, i) => i + 1) : byWatermark(watermark, 40),
    );
  });
}

guestTestBothModes('neither given: perf wakes at half the ring', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one', {
    attr: { ...BPF_OUTPUT, wakeupEvents: 0 },
  });
  t.same(await wakeUps(rig, 60), byWatermark(2048, 60));
});

guestTest('no wake-up storm: a watermark of half of 32 pages wakes once in that many bytes', async (t, guest) => {
  const attr = { ...BPF_OUTPUT, wakeupWatermark: 65536 };
  const rig = await openBuffer(guest, 'buffer-one', { pages: 32, attr });
  const watcher = await guest.watchWakeups([rig.event]);
  for (let i = 0; i < 40; i++) {
    await Promise.all(Array.from({ length: 8 }, () => rig.one(4096 - 12)));
    await rig.ring.readRaw();
  }
  const [times] = await watcher.stop();
  t.equal(times, Math.floor((320 * 4096 - 1) / 65536), '320 records of 4 KiB');
});

guestTestBothModes('a discarded record wakes nobody', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one');
  for (let i = 0; i < 5; i++) await rig.one(SIZE, 0n, DISCARD);
  t.equal(await woken(rig), false);
  await rig.one(SIZE);
  t.equal(await woken(rig), true);
});

const TRIES = 200;

/** Until the watcher has seen so many wake-ups, or does not. */
async function counted(watcher: Awaited<ReturnType<Guest['watchWakeups']>>, times: number): Promise<void> {
  for (let tries = 0; tries < TRIES && ((await watcher.counts())[0] ?? 0) < times; tries++);
}

/** The outer record goes beyond the watermark. Both are taken back, the nested one first; then nothing is beyond it. */
async function discardBeyondTheWatermark(
  t: Test,
  guest: Guest,
  watermark: number,
): Promise<{ rig: BufferRig; written: number }> {
  const attr = { ...BPF_OUTPUT, wakeupWatermark: watermark };
  const rig = await openBuffer(guest, 'buffer-nested', { pages: 8, attr });
  await rig.object.attach('on_printk');
  const written = 6 * NESTED_RECORD;
  for (let i = 0; i < 6; i++) await rig.fire('write_outer', PLAN.ONE);
  await rig.object.map('.bss').update(0, u64(PLAN.DISCARD_BOTH));
  for (let i = 0; i < 3; i++) t.equal(await rig.fire('write_outer', PLAN.DISCARD_BOTH, 0n, 0n, BigInt(watermark)), 0);
  await rig.object.map('.bss').update(0, u64(0n));
  t.equal((await rig.ring.control()).dataHead, BigInt(written), 'nothing is left of the discarded ones');
  return { rig, written };
}

const AFTER_DISCARDS = [
  { kind: 'records in place', plan: PLAN.ONE, total: NESTED_RECORD },
  { kind: 'records of both kinds', plan: PLAN.FIVE, total: 5 * NESTED_RECORD },
];

for (const { kind, plan, total } of AFTER_DISCARDS) {
  const [watermark, n] = [1000, 60];

  guestTestBothModes(
    `discards within discards move no mark: ${kind} wake at the watermark after them`,
    {},
    async (t, guest) => {
      const { rig, written } = await discardBeyondTheWatermark(t, guest, watermark);
      t.equal(await woken(rig), false);
      const at: number[] = [];
      for (let i = 1; i <= n; i++) {
        await rig.fire('write_outer', plan);
        if (await woken(rig)) at.push(i);
        if (i % 8 === 0) await rig.ring.readRaw();
      }
      t.same(at, byWatermark(watermark, n, total, written));
    },
  );

  guestTest(
    `discards within discards move no mark: who sleeps is woken by ${kind} as often as without`,
    async (t, guest) => {
      const { rig, written } = await discardBeyondTheWatermark(t, guest, watermark);
      const watcher = await guest.watchWakeups([rig.event]);
      const expected = byWatermark(watermark, n, total, written);
      for (let i = 1; i <= n; i++) {
        await rig.fire('write_outer', plan);
        // two at once are one for a watcher that has not run yet
        if (expected.includes(i)) await counted(watcher, expected.indexOf(i) + 1);
        if (i % 8 === 0) await rig.ring.readRaw();
      }
      t.same(await watcher.stop(), [expected.length]);
    },
  );
}

guestTestBothModes('a reserve that found no room wakes nobody again', {}, async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one');
  await rig.one(4000);
  t.equal(await woken(rig), true);
  for (let i = 0; i < 5; i++) await rig.one(SIZE);
  t.equal(await woken(rig), false);
});

guestTest('records of both kinds are counted together for wakeup_events', async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-nested', { pages: 8, attr: { ...BPF_OUTPUT, wakeupEvents: 5 } });
  await rig.object.attach('on_printk');
  /* Outer, and twice output and inner: five records in a run. */
  const answers: boolean[] = [];
  for (let i = 0; i < 4; i++) {
    await rig.fire('write_outer', 0n, 0n, 0n);
    answers.push(await woken(rig));
  }
  t.same(answers, [true, true, true, true], 'five records, one wake-up');
  t.equal((await rig.ring.read()).length, 20);
});

interface Waited {
  readonly broken: number;
  readonly waitsInStep: number;
  readonly samplesInStep: number;
  readonly waits: number;
  readonly timeouts: number;
  readonly lost: number;
  readonly samples: number;
}

interface Joined {
  readonly broken: number;
  readonly hungUp: number;
  readonly early: number;
  readonly woken: number;
}

const READERS: readonly { readonly how: string; readonly name: string }[] = [
  { how: 'poll', name: 'poll' },
  { how: 'epoll', name: 'level-triggered epoll' },
  { how: 'edge', name: 'edge-triggered epoll' },
  { how: 'two', name: 'two threads that poll one ring' },
  { how: 'alias', name: 'poll of another event of the same ring' },
  { how: 'moved', name: 'poll of an event whose output is moved from ring to ring meanwhile' },
  { how: 'busy', name: 'poll, and reading without it, by turns' },
  { how: 'signal', name: 'signals' },
];

for (const { how, name } of READERS) {
  const seconds = soak ? 300 : 20;
  guestTest(`a reader that sleeps is woken whenever there is something: ${name}`, { seconds }, async (t, guest) => {
    // moving the outputs waits for two grace periods a step
    const fewer = how === 'moved' ? (soak ? 10 : 4) : 1;
    const [steps, storm] = soak ? [20_000 / fewer, 200_000] : [scaled(guest, 1000 / fewer), scaled(guest, 8000)];
    const run = await nativeJson<Waited>(
      guest,
      ['buffer-wakeup', guest.progPath('buffer-order'), how, String(steps), String(storm)],
      seconds,
    );
    figures(
      t,
      `${run.samplesInStep} records in step, ${run.samples} in all, ${run.waits} waits, ` +
        `${run.timeouts} timed out, ${run.lost} wake-ups lost`,
    );
    t.equal(run.broken, 0, 'all was read');
    t.equal(run.lost, 0, 'no wait ended with something to read and no wake-up for it');
    t.ok(run.samplesInStep > steps / 2, `${run.samplesInStep} records in ${steps} steps`);
    // The wait for the next one may have begun.
    if (how === 'signal')
      t.ok(
        [0, 1].includes(run.waitsInStep - run.samplesInStep),
        `a signal for each of ${run.samplesInStep}: ${run.waitsInStep}`,
      );
  });
}

/* There was no poll since the last record, so the next one wakes no poller: the event is told when it joins. */
guestTest('an event that joins a ring with something to read is woken, edge-triggered epoll', async (t, guest) => {
  const run = await nativeJson<Joined>(guest, ['buffer-wakeup-joined', guest.progPath('buffer-order'), '20'], 20);
  t.same(run, { broken: 0, hungUp: 20, early: 0, woken: 20 });
});

guestTestBothModes(
  'D31: what was lost wakes at the watermark, though the record behind it is discarded',
  {},
  async (t, guest) => {
    const rig = await openBuffer(guest, 'buffer-one', {
      attr: { ...BPF_OUTPUT, wakeupWatermark: 1 },
    });
    for (let answer = 0; answer === 0; ) answer = await rig.one(SIZE);
    await rig.ring.read();
    await woken(rig);
    t.equal(await woken(rig), false, 'the reader has seen it all');
    t.equal(await rig.one(SIZE, 0n, DISCARD), 0);
    t.equal(await woken(rig), true, 'there is something to read');
    t.same(
      (await rig.ring.read()).map(({ type, size }) => [type, size]),
      [[PERF_RECORD_LOST, 24]],
    );
    t.equal(await rig.one(SIZE, 0n, DISCARD), 0);
    t.equal(await woken(rig), false, 'a discarded record alone is nothing');
  },
);

guestTest('D32: poll and epoll answer with what is documented, and nothing else', async (t, guest) => {
  const rig = await openBuffer(guest, 'buffer-one');
  const c = (symbol: string, ...args: NativeArg[]) => guest.native({ lib: 'c', symbol, returns: 'int', args });
  const [IN, RDNORM] = [0x1, 0x40];

  await rig.one(SIZE);
  const pollfd = Buffer.concat([u32(rig.event.fd), u32(0x7fff)]);
  const polled = await c('poll', { bytes: pollfd, out: true }, { u64: 1n }, { int: 0 });
  t.equal(Number(polled.value), 1);
  t.equal(readU32(polled.outs[0] ?? new Uint8Array(8), 4) >>> 16, IN | RDNORM);

  // All bits but EPOLLEXCLUSIVE, which is for itself.
  const [EPOLLEXCLUSIVE, ADD] = [2 ** 28, 1];
  const wanted = Buffer.concat([u32(0xffff_ffff - EPOLLEXCLUSIVE), u32(0), u32(0)]);
  const epoll = Number((await c('epoll_create1', { int: 0 })).value);
  t.ok(epoll > 0);
  await c('epoll_ctl', { int: epoll }, { int: ADD }, { int: rig.event.fd }, { bytes: wanted });
  await rig.one(SIZE);
  const answer = await c('epoll_wait', { int: epoll }, { bytes: Buffer.alloc(12), out: true }, { int: 1 }, { int: 0 });
  t.equal(Number(answer.value), 1);
  t.equal(readU32(answer.outs[0] ?? new Uint8Array(12), 0), IN | RDNORM);
  await c('close', { int: epoll });
});
