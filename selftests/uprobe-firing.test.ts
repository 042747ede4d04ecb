/**
 * What a program for a uprobe hands on is of its own firing, although another task's firing of the same program
 * preempts it between any two instructions. `npm test` runs what fits in seconds; the soak runs a million firings.
 * Where the kernel does not preempt programs, the ids in the map are right by luck: the debug configuration does.
 */
import { guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { readU64, u32, type Guest, type LoadedObject } from '../scripts/guest/client.ts';
import { figures } from './lib/figures.ts';
import { scaled, soak } from './lib/native.ts';

const TASKS = ['firing_of_low', 'firing_of_high'] as const;
const MISTAKES = [
  'ids from a map',
  'ids of another firing',
  'the cookie of another firing',
  'another task',
  'another kind of probe',
  'fell through',
] as const;
const CPU = 1;
const TURNS = 64;
const FIRINGS = 1_000_000;
const DAILY_FIRINGS = 60_000;
const AT_ONCE = 5000;

interface Tally {
  readonly fired: readonly bigint[];
  readonly overtaken: bigint;
  readonly mistakes: Record<string, bigint>;
}

async function readTally(object: LoadedObject): Promise<Tally> {
  const bytes = await object.map('.bss').get(0);
  return {
    fired: TASKS.map((_, task) => readU64(bytes, 8 * task)),
    overtaken: readU64(bytes, 8 * TASKS.length),
    mistakes: Object.fromEntries(MISTAKES.map((name, at) => [name, readU64(bytes, 8 * (TASKS.length + 1 + at))])),
  };
}

const sum = (counts: readonly bigint[]): bigint => counts.reduce((a, b) => a + b, 0n);

/** A million, or what a short run affords. */
function wanted(guest: Guest): bigint {
  return BigInt(soak ? FIRINGS : scaled(guest, DAILY_FIRINGS));
}

guestTestBothModes(
  'D35: two tasks that preempt each other in one program: each firing is handed on as what it is',
  { seconds: soak ? 600 : 60 },
  async (t, guest) => {
    const object = await guest.load('uprobe-firing');
    await object.map('progs').put(0, object.program('callee'));
    await object.map('.data.in').update(0, u32(TURNS));
    for (const [task, func] of TASKS.entries())
      await object.attach('fires', {
        kind: 'uprobe',
        path: guest.facts.nativeLib,
        func,
        cookie: BigInt(task + 1) * 0x1_0000_0001n,
      });

    let tally = await readTally(object);
    for (let turn = 0; turn < 10_000 && sum(tally.fired) < wanted(guest); turn++) {
      const { value } = await guest.native({
        lib: 'native',
        symbol: 'nat_fire_in_two_tasks',
        returns: 'int',
        args: [{ u64: BigInt(turn * AT_ONCE) }, { u64: BigInt(AT_ONCE) }, { int: CPU }],
      });
      t.equal(value, 0n, `${AT_ONCE} firings of the lower task`);
      tally = await readTally(object);
    }

    const { fired, overtaken, mistakes } = tally;
    figures(
      t,
      `${sum(fired)} firings, ${fired.join(' and ')} of the two tasks, ${sum(Object.values(mistakes))} wrong; ` +
        `in ${overtaken} the map had the ids of another one`,
    );
    t.ok(sum(fired) >= wanted(guest), `${sum(fired)} firings`);
    t.same(mistakes, Object.fromEntries(MISTAKES.map((name) => [name, 0n])), 'nothing wrong in any of them');
    for (const [task, name] of TASKS.entries()) t.ok((fired[task] ?? 0n) > 0n, `${name} fired`);
    if (guest.facts.kconfig.CONFIG_PREEMPT === 'y')
      t.ok(overtaken > 0n, `${overtaken} of them were preempted before the tail call, and a map would have lied`);
  },
);
