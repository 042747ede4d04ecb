import fc from 'fast-check';
import t from 'tap';
import { advance, afterGiven, crowdedShare, longestWait, shareOf, type Clock, type Reading, type Step } from './given-time.ts';

const START: Reading = { nowMs: 0, owedMs: 0 };
const STEP_MS = 200;

/** The wall's time until `budgetMs` are over, when each step is like this one. */
function wallUntil(budgetMs: number, step: (at: number) => Omit<Step, 'wallMs'>): number {
  let [reading, wallMs] = [START, 0];
  for (let at = 0; reading.nowMs < budgetMs; at++, wallMs += STEP_MS) reading = advance(reading, { wallMs: STEP_MS, ...step(at) });
  return wallMs;
}

const ROWS = [
  { says: 'a guest that sleeps for ever, or spins on a processor of its own: the wall\'s time', step: () => ({ waitedMs: 0, share: 1 }), factor: 1 },
  { says: 'half of a processor: twice the time', step: () => ({ waitedMs: STEP_MS / 2, share: 1 }), factor: 2 },
  { says: 'five of a hundred: twenty times the time', step: () => ({ waitedMs: 0.95 * STEP_MS, share: 1 }), factor: 20 },
  { says: 'nothing at all: a hundred times, and then it is over', step: () => ({ waitedMs: STEP_MS, share: 1 }), factor: 100 },
  { says: 'waits that are told only when they are over', step: (at: number) => ({ waitedMs: at % 10 === 9 ? 5 * STEP_MS : 0, share: 1 }), factor: 2 },
  { says: 'a machine of which its hypervisor takes three quarters', step: () => ({ waitedMs: 0, share: 0.25 }), factor: 4 },
] as const;

for (const { says, step, factor } of ROWS) {
  t.test(says, async (t) => {
    const took = wallUntil(80_000, step) / 80_000;
    t.ok(took > factor * 0.97 && took < factor * 1.03, `${took} times`);
  });
}

t.test('it never goes back, never faster than the wall, and never stands still', async () => {
  const steps = fc.array(fc.record({ wallMs: fc.nat(2_000), waitedMs: fc.nat(10_000), share: fc.double({ min: 0, max: 1, noNaN: true }) }));
  fc.assert(fc.property(steps, (all) => {
    let reading = START;
    return all.every((step) => {
      const before = reading.nowMs;
      reading = advance(reading, step);
      const passed = reading.nowMs - before;
      return passed <= step.wallMs + 1e-6 && passed >= step.wallMs / 100 - 1e-6;
    });
  }));
});

t.test('what passes while the one who looks stands still is nobody\'s', async (t) => {
  t.equal(advance(START, { wallMs: 3600_000, waitedMs: 0, share: 1 }).nowMs, 2_000);
});

t.test('the thread that waited longest counts, and one that is new from its start', async (t) => {
  t.equal(longestWait(new Map([['1', 100], ['2', 50]]), new Map([['1', 110], ['2', 90], ['3', 30]])), 40);
  t.equal(longestWait(new Map([['1', 100]]), new Map()), 0, 'none is left');
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
