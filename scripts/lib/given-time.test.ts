import fc from 'fast-check';
import t from 'tap';
import {
  afterGiven,
  counted,
  crowdedShare,
  follow,
  longestWait,
  shareOf,
  within,
  type Clock,
  type Step,
  type Threads,
} from './given-time.ts';

const STEP_MS = 200;

/** The wall's time until `budgetMs` are over, when each step is like this one. */
function wallUntil(budgetMs: number, step: (at: number) => Omit<Step, 'wallMs'>): number {
  let [spentMs, wallMs] = [0, 0];
  for (let at = 0; spentMs < budgetMs; at++, wallMs += STEP_MS) spentMs += counted({ wallMs: STEP_MS, ...step(at) });
  return wallMs;
}

const ROWS = [
  {
    says: "a guest that sleeps for ever, or spins on a processor of its own: the wall's time",
    step: () => ({ waitedMs: 0, share: 1 }),
    factor: 1,
  },
  { says: 'half of a processor: twice the time', step: () => ({ waitedMs: STEP_MS / 2, share: 1 }), factor: 2 },
  {
    says: 'five of a hundred: twenty times the time',
    step: () => ({ waitedMs: 0.95 * STEP_MS, share: 1 }),
    factor: 20,
  },
  {
    says: 'nothing at all: a hundred times, and then it is over',
    step: () => ({ waitedMs: STEP_MS, share: 1 }),
    factor: 100,
  },
  {
    says: 'a processor every tenth time',
    step: (at: number) => ({ waitedMs: at % 10 === 9 ? 0 : STEP_MS, share: 1 }),
    factor: 1 / 0.109,
  },
  {
    says: 'a machine of which its hypervisor takes three quarters',
    step: () => ({ waitedMs: 0, share: 0.25 }),
    factor: 4,
  },
] as const;

for (const { says, step, factor } of ROWS) {
  t.test(says, async (t) => {
    const took = wallUntil(80_000, step) / 80_000;
    t.ok(took > factor * 0.97 && took < factor * 1.03, `${took} times`);
  });
}

t.test('it is never faster than the wall, and never stands still', async () => {
  const steps = fc.record({
    wallMs: fc.integer({ min: 1, max: 2_000 }),
    waitedMs: fc.nat(10_000),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(fc.property(steps, (step) => counted(step) <= step.wallMs && counted(step) >= step.wallMs / 100));
});

t.test('what passes while the one who looks stands still is not counted', async (t) => {
  t.equal(counted({ wallMs: 3600_000, waitedMs: 0, share: 1 }), 2_000);
});

const threads = (
  rows: Readonly<Record<string, readonly [ranMs: number, waitedMs: number, runnable?: boolean]>>,
): Threads =>
  new Map(Object.entries(rows).map(([id, [ranMs, waitedMs, runnable = false]]) => [id, { ranMs, waitedMs, runnable }]));

t.test('the thread that waited longest counts, and one that is new from its start', async (t) => {
  t.equal(longestWait(threads({ 1: [0, 100], 2: [0, 50] }), threads({ 1: [0, 110], 2: [0, 90], 3: [0, 30] })), 40);
  t.equal(longestWait(threads({ 1: [0, 100] }), threads({})), 0, 'none is left');
});

t.test('a wait that lasts is seen before the kernel adds it up, and is not counted twice', async (t) => {
  let before = threads({ 1: [5, 100, true] });
  const waited: number[] = [];
  // the kernel adds 650 when the thread runs again
  for (const seen of [
    [5, 100, true],
    [5, 100, true],
    [5, 100, true],
    [8, 750, true],
    [208, 750, true],
  ] as const) {
    const after = follow(before, threads({ 1: seen }), STEP_MS);
    waited.push(longestWait(before, after));
    before = after;
  }
  t.strictSame(waited, [200, 200, 200, 50, 0]);
  t.strictSame(
    follow(threads({ 1: [5, 100] }), threads({ 1: [5, 100] }), STEP_MS),
    threads({ 1: [5, 100] }),
    'one that sleeps waits for nothing',
  );
  t.strictSame(
    follow(threads({}), threads({ 1: [0, 0, true] }), STEP_MS),
    threads({ 1: [0, 0, true] }),
    'of a new one nothing is known',
  );
});

const SLICES = fc.array(
  fc.record({ waitMs: fc.integer({ min: 0, max: 900 }), runMs: fc.integer({ min: 1, max: 30 }) }),
  {
    minLength: 20,
    maxLength: 60,
  },
);

/** What the kernel says at `nowMs` of a thread that waits and runs by turns. */
function seenAt(slices: readonly { waitMs: number; runMs: number }[], nowMs: number): readonly [number, number, true] {
  let [at, ran, waited] = [0, 0, 0];
  for (const { waitMs, runMs } of slices) {
    if ((at += waitMs) > nowMs) break;
    waited += waitMs;
    ran += Math.min(runMs, nowMs - at);
    at += runMs;
  }
  return [ran, waited, true];
}

t.test('a thread that always wants a processor is charged for what it had, however short its turns are', async () => {
  fc.assert(
    fc.property(SLICES, (slices) => {
      const endMs = slices.reduce((sum, { waitMs, runMs }) => sum + waitMs + runMs, 0);
      let [before, spent, ran] = [threads({ 1: [0, 0, true] }), 0, 0];
      for (let now = STEP_MS; now <= endMs; now += STEP_MS) {
        const seen = seenAt(slices, now);
        const after = follow(before, threads({ 1: seen }), STEP_MS);
        spent += counted({ wallMs: STEP_MS, waitedMs: longestWait(before, after), share: 1 });
        [before, ran] = [after, seen[0]];
      }
      // a wait that lasts, and in whose step it still ran, is not known yet
      return spent >= ran - 1e-6 && spent <= ran + STEP_MS + endMs / 100;
    }),
  );
});

t.test('work that is over in time, and work that is not', async (t) => {
  let now = 0;
  const clock: Clock = { nowMs: () => (now += 40) };
  t.equal(await within(clock, 1_000, Promise.resolve('done')), 'done');
  t.equal(await within(clock, 100, new Promise(() => undefined)), undefined);
});

t.test('stolen time, from /proc/stat', async (t) => {
  const stat = (user: number, stolen: number): string => `cpu  ${user} 0 0 500 0 0 0 ${stolen} 0 0\ncpu0 1 2 3\n`;
  t.equal(shareOf(stat(100, 0), stat(125, 75)), 0.25);
  t.equal(shareOf(stat(100, 7), stat(200, 7)), 1);
  t.equal(shareOf('', ''), 1, 'a system without it');
});

t.test('how crowded it is, from /proc/loadavg', async (t) => {
  t.equal(crowdedShare('18.01 9.00 4.00 20/315 4711\n', 2), 0.1);
  t.equal(crowdedShare('0.00 0.00 0.00 1/315 4711\n', 2), 1);
  t.equal(crowdedShare('', 2), 1);
});

t.test('a budget ends by its clock, once, and not when it is cancelled', async (t) => {
  let now = 0;
  let ended = 0;
  const clock: Clock = { nowMs: () => now };
  await new Promise<void>((resolve) => {
    const cancel = afterGiven(clock, 100, () => t.fail('cancelled'));
    afterGiven(clock, 1_000, () => {
      ended += 1;
      t.ok(now >= 1_000);
      resolve();
    });
    cancel();
    const tick = setInterval(() => {
      now += 500;
      if (now > 3_000) clearInterval(tick);
    }, 5);
  });
  await new Promise((resolve) => setTimeout(resolve, 120));
  t.equal(ended, 1);
});
