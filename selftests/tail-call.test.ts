/** What a tail call from a raw tracepoint program into DTRACE programs does, slot by slot and limit by limit. */
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import type { Guest, LoadedObject } from '../scripts/guest/client.ts';
import { byBase, type ByBase } from './tables/by-base.ts';
import {
  clearRuns,
  rawTracepointArgs,
  readRuns,
  RETURN,
  setInputs,
  TAIL_CALL_LIMIT,
} from './tables/tail-call-values.ts';

const CALLEES = ['callee_a', 'callee_b', 'callee_loops', 'callee_goes_on'] as const;
const CALLERS = [
  'constant_index',
  'constant_index_past_the_end',
  'variable_index',
  'hopper',
  'own_then_cross',
  'own_target',
] as const;
const SUBPROGRAM_CALLERS = ['subprogram_constant', 'subprogram_variable', 'subprogram_then_main'] as const;
const NO_SUBPROGRAMS: ByBase<RegExp> = {
  'v6.12': /^tail_calls are not allowed in non-JITed programs with bpf-to-bpf calls$/m,
  'v7.3': /^mixing of tail_calls and bpf-to-bpf calls is not supported$/m,
};

/** Slot n of `progs` holds callee n, unless it is not in `slots`. */
async function load(
  guest: Guest,
  programs: readonly string[],
  slots: readonly number[] = [0, 1, 2, 3],
): Promise<LoadedObject> {
  const object = await guest.load('tail-call', { only: [...CALLEES, ...programs] });
  await Promise.all(slots.map((slot) => object.map('progs').put(slot, object.program(CALLEES[slot] ?? ''))));
  return object;
}

async function run(object: LoadedObject, program: string): Promise<number> {
  return (await object.program(program).testRun({ ctxIn: rawTracepointArgs(1, 2, 3, 4) })).retval;
}

guestTestBothModes('a filled slot is called, and the callee has the last word', {}, async (t, guest) => {
  const object = await load(guest, CALLERS);
  t.equal(await run(object, 'constant_index'), RETURN.a, 'constant index');
  for (const [slot, value] of [
    [0, RETURN.a],
    [1, RETURN.b],
  ] as const) {
    await setInputs(object, slot);
    t.equal(await run(object, 'variable_index'), value, `variable index ${slot}`);
  }
  await setInputs(object, 0);
  t.match(await readRuns(object), { a: 2n, b: 1n }, 'each callee ran as often as it was called');
});

guestTestBothModes('an empty slot and an index out of range fall through', {}, async (t, guest) => {
  const object = await load(guest, CALLERS, [1]);
  t.equal(await run(object, 'constant_index'), RETURN.fell, 'empty slot, constant index');
  t.equal(await run(object, 'constant_index_past_the_end'), RETURN.fell, 'constant index past the end');
  for (const slot of [0, 3, 4, 5, 0x7fffffff, 0x80000000, 0xffffffff]) {
    await setInputs(object, slot);
    t.equal(await run(object, 'variable_index'), RETURN.fell, `variable index ${slot}`);
  }
  t.match(await readRuns(object), { a: 0n, b: 0n, loop: 0n, on: 0n }, 'no callee ran');
});

guestTestBothModes('a slot is filled, replaced and emptied between two runs', {}, async (t, guest) => {
  const object = await load(guest, CALLERS, []);
  const progs = object.map('progs');
  const both = async (what: string, expected: number): Promise<void> => {
    t.equal(await run(object, 'constant_index'), expected, `constant index, ${what}`);
    t.equal(await run(object, 'variable_index'), expected, `variable index, ${what}`);
  };
  await both('still empty', RETURN.fell);
  await progs.put(0, object.program('callee_a'));
  await both('filled', RETURN.a);
  await progs.put(0, object.program('callee_b'));
  await both('replaced', RETURN.b);
  await progs.delete(0);
  await both('emptied', RETURN.fell);
  await progs.put(0, object.program('callee_a'));
  await both('filled again', RETURN.a);
});

/** What is in a slot when its caller is compiled is jumped to from the start; the caller is not told of it later. */
guestTestBothModes('a slot is filled before its caller is loaded', {}, async (t, guest, mode) => {
  const filled = await load(guest, []);
  const maps = { progs: { reuse: filled.map('progs').handle } };
  const callers = ['constant_index', 'variable_index', ...(mode === 'jit' ? SUBPROGRAM_CALLERS : [])];
  const object = await guest.load('tail-call', { only: callers, maps });
  await setInputs(object, 0);
  t.equal(await run(object, 'constant_index'), RETURN.a, 'constant index');
  t.equal(await run(object, 'variable_index'), RETURN.a, 'variable index');
  if (mode === 'jit')
    t.equal(await run(object, 'subprogram_constant'), RETURN.main + RETURN.a, 'constant index in a subprogram');
  await filled.map('progs').put(0, filled.program('callee_b'));
  t.equal(await run(object, 'constant_index'), RETURN.b, 'constant index, replaced');
  if (mode === 'jit')
    t.equal(
      await run(object, 'subprogram_constant'),
      RETURN.main + RETURN.b,
      'constant index in a subprogram, replaced',
    );
  await filled.map('progs').delete(0);
  t.equal(await run(object, 'constant_index'), RETURN.fell, 'constant index, emptied');
  if (mode === 'jit')
    t.equal(
      await run(object, 'subprogram_constant'),
      RETURN.main + RETURN.fellInSubprogram,
      'constant index in a subprogram, emptied',
    );
});

guestTestBothModes('33 tail calls to the one across, and 33 behind it', {}, async (t, guest) => {
  const object = await load(guest, CALLERS);
  await object.map('own').put(0, object.program('hopper'));
  const hop = async (hops: number, slot: number): Promise<number> => {
    await clearRuns(object);
    await setInputs(object, slot, hops);
    return run(object, 'hopper');
  };
  t.equal(await hop(TAIL_CALL_LIMIT, 0), RETURN.a, '33 of the own type, then one across');
  t.match(await readRuns(object), { hop: 34n, a: 1n });
  t.equal(await hop(TAIL_CALL_LIMIT + 1, 0), RETURN.fellOwn, 'the 34th of the own type falls through');
  t.match(await readRuns(object), { hop: 34n, a: 0n });
  t.equal(await hop(0, 2), RETURN.loop, 'one across, then DTRACE to DTRACE until the limit');
  t.match(await readRuns(object), { hop: 1n, loop: 34n });
  t.equal(await hop(20, 2), RETURN.loop, '20 of the own type, one across, then the same');
  t.match(await readRuns(object), { hop: 21n, loop: 34n });
});

guestTestBothModes('a DTRACE program tail-calls on', {}, async (t, guest) => {
  const object = await load(guest, CALLERS);
  await setInputs(object, 3);
  t.equal(await run(object, 'variable_index'), RETURN.b, 'the second callee has the last word');
  t.match(await readRuns(object), { on: 1n, b: 1n });
  await object.map('progs').delete(1);
  t.equal(await run(object, 'variable_index'), RETURN.fell, 'and falls through like any other');
});

guestTestBothModes('calls of the own type and across live in one program', {}, async (t, guest) => {
  const object = await load(guest, CALLERS);
  await setInputs(object, 1);
  t.equal(await run(object, 'own_then_cross'), RETURN.b, 'own slot empty: the one across is taken');
  await object.map('own').put(3, object.program('own_target'));
  t.equal(await run(object, 'own_then_cross'), RETURN.own, 'own slot filled');
});

guestTest('subprograms make tail calls across types [jit]', async (t, guest) => {
  await guest.sysctl('net.core.bpf_jit_enable', 1);
  const object = await load(guest, SUBPROGRAM_CALLERS);
  await setInputs(object, 1);
  t.equal(
    await run(object, 'subprogram_constant'),
    RETURN.main + RETURN.a,
    'constant index: the callee returns to the main program',
  );
  t.equal(await run(object, 'subprogram_variable'), RETURN.main + RETURN.b, 'variable index');
  t.equal(await run(object, 'subprogram_then_main'), RETURN.main + RETURN.b, 'the second array is empty');
  await setInputs(object, 4);
  t.equal(
    await run(object, 'subprogram_variable'),
    RETURN.main + RETURN.fellInSubprogram,
    'out of range: the subprogram goes on',
  );
  await object.map('others').put(0, object.program('callee_a'));
  t.equal(
    await run(object, 'subprogram_then_main'),
    RETURN.a,
    'the subprogram falls through, the main program does not',
  );
  await object.map('progs').delete(0);
  t.equal(
    await run(object, 'subprogram_constant'),
    RETURN.main + RETURN.fellInSubprogram,
    'empty slot, constant index',
  );
});

guestTest('subprograms with tail calls are refused [interpreter]', async (t, guest) => {
  await guest.sysctl('net.core.bpf_jit_enable', 0);
  const log = byBase(guest.facts.hello.release, NO_SUBPROGRAMS);
  for (const program of SUBPROGRAM_CALLERS) {
    t.match(
      await guest.tryLoad('tail-call', { only: [program] }),
      { ok: false, code: 'EINVAL', program, log },
      program,
    );
  }
});

guestTest('constants are blinded and the call still arrives [jit]', async (t, guest) => {
  await guest.sysctl('net.core.bpf_jit_enable', 1);
  await guest.sysctl('net.core.bpf_jit_harden', 2);
  const object = await load(guest, [...CALLERS, ...SUBPROGRAM_CALLERS]);
  await setInputs(object, 1);
  t.equal(await run(object, 'constant_index'), RETURN.a, 'constant index');
  t.equal(await run(object, 'variable_index'), RETURN.b, 'variable index');
  t.equal(await run(object, 'subprogram_constant'), RETURN.main + RETURN.a, 'subprogram');
  await object.map('progs').delete(0);
  t.equal(await run(object, 'constant_index'), RETURN.fell, 'empty slot');
});
