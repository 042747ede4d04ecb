/**
 * Three levels of DTRACE programs on one CPU, each with a context of its own. `npm test` runs what fits in seconds; the
 * soak runs a million firings and more.
 */
import { guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { figures } from './lib/figures.ts';
import { tracepointsArePreempted } from './tables/preempted.ts';
import { cpuClock, readU64, u32, type Guest, type LoadedObject } from '../scripts/guest/client.ts';

const LEVELS = ['task_kprobe', 'task_uprobe', 'task_raw_tp', 'middle', 'clock', 'timer'] as const;
type Level = (typeof LEVELS)[number];
const MISMATCHES = [
  'not finalized',
  'wrong pair of ids',
  'changed ids',
  'changed registers',
  'changed arguments',
  'changed kind',
  'fell through',
] as const;
const ROUNDS_AT_ONCE = 2000;
const PERIOD_NS = 250_000n;
const CPUS = [0, 1] as const;

interface Tally {
  readonly fired: Record<Level, bigint>;
  readonly nested: Record<Level, bigint>;
  readonly twiceNested: Record<Level, bigint>;
  readonly mismatches: Record<string, bigint>;
}

async function readTally(object: LoadedObject): Promise<Tally> {
  const bytes = await object.map('.bss').get(0);
  const words = (from: number, names: readonly string[]): Record<string, bigint> =>
    Object.fromEntries(names.map((name, index) => [name, readU64(bytes, 8 * (from + index))]));
  const n = LEVELS.length;
  return {
    fired: words(0, LEVELS),
    nested: words(n, LEVELS),
    twiceNested: words(2 * n, LEVELS),
    mismatches: words(3 * n, MISMATCHES),
  };
}

const sum = (counts: Record<string, bigint>): bigint => Object.values(counts).reduce((a, b) => a + b, 0n);

/** A million, or what a short run affords. */
function wanted({ length, slowness }: Guest['facts']): bigint {
  return length === 'soak' ? 1_000_000n : BigInt(Math.round(120_000 / slowness));
}

/** A bit a level: what can be preempted has no ids from a map. */
const levelsWithoutMap = (guest: Guest): number =>
  LEVELS.reduce(
    (bits, level, at) =>
      level === 'task_uprobe' ||
      (level === 'task_raw_tp' &&
        tracepointsArePreempted({ release: guest.facts.hello.release, kconfig: guest.facts.kconfig }))
        ? bits | (1 << at)
        : bits,
    0,
  );

guestTestBothModes('C21: contexts of all levels stay intact', { seconds: 120 }, async (t, guest) => {
  const object = await guest.load('dtrace-nesting');
  await Promise.all(LEVELS.map((level, slot) => object.map('progs').put(slot, object.program(`${level}_callee`))));
  await object.map('.data.in').update(0, u32(guest.facts.hello.agentPid, 24, levelsWithoutMap(guest)));

  for (const cpu of CPUS) {
    const event = await guest.perfEvent(cpuClock(PERIOD_NS), { cpu });
    await object.attach('clock', { kind: 'perf_event', event: event.handle });
  }
  for (const level of ['task_kprobe', 'task_raw_tp', 'middle', 'timer'] as const) await object.attach(level);
  await object.attach('task_uprobe', { kind: 'uprobe', path: guest.facts.nativeLib, func: 'nest_target' });

  let tally = await readTally(object);
  for (let turn = 0; turn < 10_000 && sum(tally.fired) < wanted(guest.facts); turn++) {
    const { value } = await guest.native({
      lib: 'native',
      symbol: 'nat_nest',
      returns: 'int',
      args: [{ u64: BigInt(ROUNDS_AT_ONCE) }],
    });
    t.equal(value, 0n, `${ROUNDS_AT_ONCE} rounds on each CPU`);
    tally = await readTally(object);
  }

  const each = LEVELS.map(
    (level) =>
      `${level}: ${tally.fired[level]} firings, ${tally.nested[level]} inside another level, ` +
      `${tally.twiceNested[level]} inside two`,
  );
  figures(t, `${sum(tally.fired)} firings, ${sum(tally.mismatches)} mismatches; ${each.join('; ')}`);
  t.ok(sum(tally.fired) >= wanted(guest.facts), `${sum(tally.fired)} firings`);
  t.same(tally.mismatches, Object.fromEntries(MISMATCHES.map((name) => [name, 0n])), 'no mismatch in any of them');
  for (const level of LEVELS) t.ok(tally.fired[level] > 0n, `${level} fired`);
  t.ok(tally.nested.middle > 0n, `a raw tracepoint inside another level: ${tally.nested.middle}`);
  t.ok(tally.nested.clock > 0n, `a clock interrupt inside another level: ${tally.nested.clock}`);
  t.ok(
    tally.twiceNested.clock + tally.twiceNested.timer > 0n,
    `an interrupt inside two levels: ${tally.twiceNested.clock + tally.twiceNested.timer}`,
  );
});
