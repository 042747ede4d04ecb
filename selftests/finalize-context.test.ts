/** bpf_finalize_context(): where the ids of an enabling come from, and that they are never those of an older firing. */
import { byBase, type ByBase } from './tables/by-base.ts';
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import type { Guest, LoadedObject } from '../scripts/guest/client.ts';
import { readU32, readU64 } from '../scripts/guest/bytes.ts';
import { rawTracepointArgs } from './tables/tail-call-values.ts';

const CALLEES = ['finalize_array', 'finalize_percpu', 'finalize_one_cpu', 'no_finalize'] as const;
type Callee = (typeof CALLEES)[number];
const BPF_F_TEST_RUN_ON_CPU = 1;
const E2BIG = 7n;
const EOPNOTSUPP = 95n;

interface Seen {
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
  readonly error: bigint;
  readonly runs: bigint;
}

async function load(guest: Guest): Promise<LoadedObject> {
  const object = await guest.load('finalize-context');
  await Promise.all(CALLEES.map((name, slot) => object.map('progs').put(slot, object.program(name))));
  return object;
}

/** Leaves ids in the caller's map and goes to `callee` on `cpu`. */
async function fire(
  object: LoadedObject,
  caller: string,
  callee: Callee,
  ids: readonly [number, number],
  cpu: number,
): Promise<Seen> {
  await object
    .program(caller)
    .testRun({ ctxIn: rawTracepointArgs(ids[0], ids[1], CALLEES.indexOf(callee)), flags: BPF_F_TEST_RUN_ON_CPU, cpu });
  const bytes = await object.map('.bss').get(0);
  return {
    before: [readU32(bytes, 0), readU32(bytes, 4)],
    after: [readU32(bytes, 8), readU32(bytes, 12)],
    error: BigInt.asIntN(64, readU64(bytes, 16)),
    runs: readU64(bytes, 24),
  };
}

guestTestBothModes("the ids come from this CPU's element", {}, async (t, guest) => {
  const object = await load(guest);
  let id = 0xe0000001;
  for (const [caller, callee] of [
    ['leave_in_array', 'finalize_array'],
    ['leave_in_percpu', 'finalize_percpu'],
  ] as const) {
    for (const cpu of [0, 1, 1, 0]) {
      id += 2;
      const ids = [id, id + 1] as const;
      t.match(
        await fire(object, caller, callee, ids, cpu),
        { before: [0, 0], after: ids, error: 0n },
        `${callee} on CPU ${cpu}`,
      );
    }
  }
});

guestTestBothModes('ids of an older firing are never seen', {}, async (t, guest) => {
  const object = await load(guest);
  for (const cpu of [0, 1]) {
    await fire(object, 'leave_in_percpu', 'finalize_percpu', [71, 72], cpu);
    t.match(
      await fire(object, 'leave_in_percpu', 'no_finalize', [73, 74], cpu),
      { before: [0, 0], after: [0, 0] },
      `without bpf_finalize_context() on CPU ${cpu}`,
    );
  }
});

guestTestBothModes("a map without this CPU's element is an error, and the ids stay 0", {}, async (t, guest) => {
  const object = await load(guest);
  await object.map('one_cpu').update(0, Buffer.from([1, 0, 0, 0, 2, 0, 0, 0]));
  t.match(
    await fire(object, 'leave_in_percpu', 'finalize_one_cpu', [5, 6], 0),
    { after: [1, 2], error: 0n },
    'CPU 0 is in it',
  );
  t.match(
    await fire(object, 'leave_in_percpu', 'finalize_one_cpu', [5, 6], 1),
    { before: [0, 0], after: [0, 0], error: -E2BIG },
    'CPU 1 is not',
  );
});

guestTestBothModes('ids stay through a tail call to another DTRACE program', {}, async (t, guest) => {
  const object = await load(guest);
  await object.map('progs').put(2, object.program('finalize_and_go_on'));
  const seen = await fire(object, 'leave_in_percpu', 'finalize_one_cpu', [31, 32], 1);
  t.match(seen, { before: [31, 32], after: [31, 32], runs: 1n });
});

guestTest('what the ids are is data: any value arrives as it is', async (t, guest) => {
  const object = await load(guest);
  for (const ids of [
    [0xffffffff, 0xffffffff],
    [0, 1],
    [0xffff8880, 0xdead0000],
    [0x80000000, 0x7fffffff],
  ] as const) {
    t.match(
      await fire(object, 'leave_in_array', 'finalize_array', ids, 1),
      { after: ids, error: 0n },
      ids.map((id) => id.toString(16)).join(', '),
    );
  }
});

guestTestBothModes(
  'D35: the ids of a uprobe are never those of another firing: its cookie is its own, a map is refused',
  {},
  async (t, guest) => {
    const object = await guest.load('finalize-context', { only: ['leave_from_uprobe', 'finalize_or_cookie'] });
    await object.map('progs').put(0, object.program('finalize_or_cookie'));
    const cookie = 0x0000_005c_0000_005bn;
    await object.attach('leave_from_uprobe', {
      kind: 'uprobe',
      path: guest.facts.nativeLib,
      func: 'uprobe_plain',
      cookie,
    });
    await guest.native({ lib: 'native', symbol: 'uprobe_plain', returns: 'u64', args: [{ u64: 1n }] });
    const bytes = await object.map('.bss').get(0);
    t.same(
      [0, 4, 8, 12].map((at) => readU32(bytes, at)),
      [0, 0, 0, 0],
      'no ids, though there are some in the map',
    );
    t.same(
      [readU64(bytes, 16), readU64(bytes, 24)].map((word) => BigInt.asIntN(64, word)),
      [-EOPNOTSUPP, 1n],
    );
    t.equal(await object.map('.data.cookie').getU64(0), cookie);
  },
);

const HIDES: ByBase<readonly string[]> = {
  'v6.12': ['without_preemption'],
  'v7.3': ['without_preemption', 'without_interrupts'],
};

guestTest(
  'D45: a program that disables preemption or interrupts itself finalizes nothing meanwhile',
  async (t, guest) => {
    for (const program of byBase(guest.facts.hello.release, HIDES)) {
      const outcome = await guest.tryLoad('finalize-context', { only: [program] });
      const log = /^bpf_finalize_context\(\) with preemption(?: or interrupts)? disabled by the program$/m;
      t.match(outcome, { ok: false, code: 'EINVAL', program, log });
    }
  },
);

/** Linux 6.12 itself calls no global function where preemption is disabled. */
const ITS_OWN = /^global function calls are not allowed with preemption disabled/m;
const IN_GLOBAL = {
  'v6.12': { in_global_function: ITS_OWN, call_without_preemption: ITS_OWN },
  'v7.3': {
    in_global_function: /^bpf_finalize_context\(\) in a global function$/m,
    call_without_preemption:
      /^tail call into another type from a global function of a program that disables preemption/m,
  },
} as const;

guestTest('D46: nor does one in a global function, whose callers may have disabled them', async (t, guest) => {
  const load = (program: string): ReturnType<Guest['tryLoad']> =>
    guest.tryLoad('finalize-context', { only: [program] });
  for (const [program, log] of Object.entries(byBase(guest.facts.hello.release, IN_GLOBAL)))
    t.match(await load(program), { ok: false, code: 'EINVAL', program, log });
  t.match(await load('call_with_preemption'), { ok: true }, 'if nothing in the program does');
});
