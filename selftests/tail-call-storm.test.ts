/** Slots, arrays and attachments that change while kprobes fire on two CPUs: no firing is lost, none ends twice. */
import { guestTestBothModes } from './harness/guest-test.ts';
import type { Guest, LoadedObject } from './harness/client.ts';
import type { Test } from './harness/guest-test.ts';
import { readRuns, setInputs, type Run } from './tables/tail-call-values.ts';

const CALLERS = ['constant_index', 'variable_index'] as const;

async function duringStorm(guest: Guest, change: () => Promise<void>): Promise<void> {
  await guest.native({ lib: 'native', symbol: 'nat_storm_begin', returns: 'int' });
  try {
    await change();
  } finally {
    await guest.native({ lib: 'native', symbol: 'nat_storm_end', returns: 'u64' });
  }
}

/** Every firing has ended in one of the three places. */
function checkSum(t: Test, runs: Record<Run, bigint>): void {
  t.ok(runs.fired > 0n, `${runs.fired} firings`);
  t.equal(runs.a + runs.b + runs.fell, runs.fired, `fired ${runs.fired} = a ${runs.a} + b ${runs.b} + fell ${runs.fell}`);
}

async function load(guest: Guest, caller: string): Promise<LoadedObject> {
  const object = await guest.load('tail-call-storm', { only: [caller, 'callee_a', 'callee_b'] });
  await setInputs(object, 0);
  return object;
}

guestTestBothModes('a slot is replaced and emptied while probes fire', { seconds: 30 }, async (t, guest) => {
  const turns = Math.max(10, Math.round(150 / guest.facts.slowness));
  for (const caller of CALLERS) {
    const object = await load(guest, caller);
    await object.attach(caller);
    await duringStorm(guest, async () => {
      const { value } = await guest.native({
        lib: 'native', symbol: 'nat_churn_slot', returns: 'int',
        args: [{ fd: object.map('progs').handle }, { int: 0 }, { fd: object.program('callee_a').handle }, { fd: object.program('callee_b').handle }, { int: turns }],
      });
      t.equal(value, 0n, `${turns} rounds of filling, replacing and emptying`);
    });
    const runs = await readRuns(object);
    checkSum(t, runs);
    t.ok(runs.a > 0n && runs.b > 0n && runs.fell > 0n, `${caller}: each state of the slot was met`);
  }
});

guestTestBothModes('the last reference of user space to an array goes while probes use it', {}, async (t, guest) => {
  for (const caller of CALLERS) {
    const object = await load(guest, caller);
    await object.map('progs').put(0, object.program('callee_a'));
    await object.attach(caller);
    await duringStorm(guest, async () => {
      await until(async () => (await readRuns(object)).a > 0n);
      await object.map('progs').close();
      await until(async () => (await readRuns(object)).fell > 0n);
    });
    const runs = await readRuns(object);
    checkSum(t, runs);
    t.ok(runs.fell > 0n, `${caller}: an array that nobody can fill any more is emptied`);
  }
});

guestTestBothModes('the caller is detached and attached in flight', {}, async (t, guest) => {
  for (const caller of CALLERS) {
    const object = await load(guest, caller);
    await object.map('progs').put(0, object.program('callee_a'));
    await duringStorm(guest, async () => {
      for (let turn = 0; turn < 5; turn++) {
        const before = (await readRuns(object)).fired;
        const link = await object.attach(caller);
        await until(async () => (await readRuns(object)).fired > before);
        t.equal(await link.close(), 0);
      }
    });
    const runs = await readRuns(object);
    checkSum(t, runs);
    t.equal(runs.fell, 0n, `${caller}: all of them arrived`);
  }
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) if (await holds()) return;
  throw new Error('what the test waits for did not happen');
}
