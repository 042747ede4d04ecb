/** Slots, arrays and attachments that change while kprobes fire on two CPUs: no firing is lost, none ends twice. */
import { guestTest, type GuestTestOptions, type Test } from '../scripts/guest/guest-test.ts';
import { SYSCALLS, type Guest, type LoadedObject } from '../scripts/guest/client.ts';
import { readRuns, setInputs, type Run } from './tables/tail-call-values.ts';

const CALLERS = ['constant_index', 'variable_index'] as const;

/**
 * A JITed call with a constant index is a jump that is patched, byte by byte, while it is executed. Real processors
 * have rules for that. TCG with a thread for each CPU can run an int3 that was replaced, see scripts/guest/machines.ts,
 * and the kernel dies: not of what is tested here. The same storm over a same-type array, with no conversion in sight,
 * dies of the same int3, and kprobes that come and go under fire kill the unpatched 6.12 (a call to 0). In one thread
 * it does not happen.
 */
function pokes(caller: string, mode: string): GuestTestOptions {
  if (caller !== 'constant_index' || mode !== 'jit') return {};
  return {
    needs: ({ facts }) =>
      facts.accel === 'kvm' || facts.inTurn
        ? null
        : 'TCG with a thread for each CPU may run a breakpoint after it was replaced',
  };
}

/** A test for each caller, JITed and interpreted. */
function stormTest(
  name: string,
  options: (caller: string, mode: string) => GuestTestOptions,
  body: (t: Test, guest: Guest, caller: string) => Promise<void>,
): void {
  for (const mode of ['jit', 'interpreter'] as const) {
    for (const caller of CALLERS) {
      guestTest(`${name}, ${caller.replace('_', ' ')} [${mode}]`, options(caller, mode), async (t, guest) => {
        await guest.sysctl('net.core.bpf_jit_enable', mode === 'jit' ? 1 : 0);
        await body(t, guest, caller);
      });
    }
  }
}

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
  t.equal(
    runs.a + runs.b + runs.fell,
    runs.fired,
    `fired ${runs.fired} = a ${runs.a} + b ${runs.b} + fell ${runs.fell}`,
  );
}

async function load(guest: Guest, caller: string): Promise<LoadedObject> {
  const object = await guest.load('tail-call-storm', { only: [caller, 'callee_a', 'callee_b', 'keeper'] });
  await setInputs(object, 0);
  return object;
}

stormTest('a slot is replaced and emptied while probes fire', pokes, async (t, guest, caller) => {
  const turns = Math.max(10, Math.round(150 / guest.facts.slowness));
  const object = await load(guest, caller);
  await object.attach(caller);
  await duringStorm(guest, async () => {
    const { value } = await guest.native({
      lib: 'native',
      symbol: 'nat_churn_slot',
      returns: 'int',
      args: [
        { fd: object.map('progs').handle },
        { int: 0 },
        { fd: object.program('callee_a').handle },
        { fd: object.program('callee_b').handle },
        { int: turns },
      ],
    });
    t.equal(value, 0n, `${turns} rounds of filling, replacing and emptying`);
  });
  const runs = await readRuns(object);
  checkSum(t, runs);
  t.ok(runs.a > 0n && runs.b > 0n && runs.fell > 0n, 'each state of the slot was met');
});

stormTest('the last reference of user space to an array goes while probes use it', pokes, async (t, guest, caller) => {
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
  t.ok(runs.fell > 0n, 'an array that cannot be filled any more is emptied');
});

stormTest(
  'the caller is detached and attached in flight',
  () => ({}),
  async (t, guest, caller) => {
    const object = await load(guest, caller);
    await object.map('progs').put(0, object.program('callee_a'));
    // what is patched in and out at the function's entry would be what kills TCG
    await object.attach('keeper');
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
    t.equal(runs.fell, 0n, 'all of them arrived');
  },
);

/**
 * The same changes with no firing under way: each firing meets what the slot holds then, by the patched jump as well.
 */
stormTest(
  'a slot is replaced and emptied between two firings of an attached probe',
  () => ({}),
  async (t, guest, caller) => {
    const object = await load(guest, caller);
    await object.attach(caller);
    const met = async (): Promise<Partial<Record<Run, bigint>>> => {
      const before = await readRuns(object);
      await guest.syscall({ nr: SYSCALLS.getpgid, args: [0n] });
      const after = await readRuns(object);
      return Object.fromEntries(
        (['fired', 'a', 'b', 'fell'] as const)
          .filter((run) => after[run] > before[run])
          .map((run) => [run, after[run] - before[run]]),
      );
    };
    const progs = object.map('progs');
    for (let turn = 0; turn < 5; turn++) {
      t.same(await met(), { fired: 1n, fell: 1n }, 'empty');
      await progs.put(0, object.program('callee_a'));
      t.same(await met(), { fired: 1n, a: 1n }, 'filled');
      await progs.put(0, object.program('callee_b'));
      t.same(await met(), { fired: 1n, b: 1n }, 'replaced');
      await progs.delete(0);
    }
  },
);

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) if (await holds()) return;
  throw new Error('what the test waits for did not happen');
}
