/** What is the caller's own stays: R6-R9 and every stack slot, when a tail call across types comes back. */
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import type { LoadedObject } from '../scripts/guest/client.ts';
import type { Test } from '../scripts/guest/guest-test.ts';
import { readU64 } from '../scripts/guest/bytes.ts';
import { byBase } from './tables/by-base.ts';
import { rawTracepointArgs, RETURN, setInputs } from './tables/tail-call-values.ts';

/** D41: on 6.12 the verifier does not follow the tail call that succeeds. */
const FROM_STATIC_FUNCTION = { 'v6.12': 'refused', 'v7.3': 'accepted' } as const;

const REGISTERS = [
  0xa6a6_0000_0000_0001n,
  0xa7a7_0000_0000_0002n,
  0xa8a8_0000_0000_0003n,
  0xa9a9_0000_0000_0004n,
] as const;
const STACK_BASE = 0x57ac_0000_0000_1000n;

async function check(
  t: Test,
  object: LoadedObject,
  program: string,
  slots: number,
  returns: number,
  what: string,
): Promise<void> {
  await object.map('.bss').update(0, new Uint8Array(object.map('.bss').shape.valueSize));
  const { retval } = await object.program(program).testRun({ ctxIn: rawTracepointArgs(...REGISTERS, STACK_BASE) });
  t.equal(retval, returns, `${what}: returns ${returns}`);
  const seen = await object.map('.bss').get(0);
  const words = Array.from({ length: 4 + slots }, (_, index) => readU64(seen, 8 * index));
  t.same(words.slice(0, 4), REGISTERS, `${what}: R6-R9`);
  t.same(
    words.slice(4),
    Array.from({ length: slots }, (_, index) => STACK_BASE + BigInt(index + 1)),
    `${what}: ${slots} stack slots`,
  );
}

guestTestBothModes('R6-R9 and 504 bytes of stack survive a tail call that is not taken', {}, async (t, guest) => {
  const object = await guest.load('tail-call-registers', { only: ['callee_a', 'variable_index', 'constant_index'] });
  await object.map('progs').put(0, object.program('callee_a'));
  for (const slot of [1, 4, 0xffffffff]) {
    await setInputs(object, slot);
    await check(t, object, 'variable_index', 63, RETURN.fell, `variable index ${slot}`);
  }
  await check(t, object, 'constant_index', 63, RETURN.fell, 'constant index 1');
});

guestTest(
  "R6-R9 and 240 bytes of stack of the main program survive its subprogram's tail call, D41 [jit]",
  async (t, guest) => {
    await guest.sysctl('net.core.bpf_jit_enable', 1);
    const only = ['callee_a', 'subprogram'];
    if (byBase(guest.facts.hello.release, FROM_STATIC_FUNCTION) === 'refused') {
      const log = /^tail call from a static function into prog array 'progs' of BPF_PROG_TYPE_DTRACE is not allowed$/m;
      t.match(await guest.tryLoad('tail-call-registers', { only }), { ok: false, code: 'EINVAL', log });
      return;
    }
    const object = await guest.load('tail-call-registers', { only });
    await object.map('progs').put(0, object.program('callee_a'));
    await setInputs(object, 0);
    await check(t, object, 'subprogram', 30, RETURN.a, 'taken');
    await setInputs(object, 1);
    await check(t, object, 'subprogram', 30, RETURN.fell, 'not taken');
  },
);

guestTestBothModes('a caller may use all of its stack', {}, async (t, guest) => {
  const object = await guest.load('tail-call-registers', { only: ['callee_a', 'full_stack'] });
  await object.map('progs').put(0, object.program('callee_a'));
  const run = async (slot: number): Promise<number> => {
    await setInputs(object, slot);
    return (await object.program('full_stack').testRun({ ctxIn: rawTracepointArgs(...REGISTERS, STACK_BASE) })).retval;
  };
  t.equal(await run(0), RETURN.a, 'taken');
  t.equal(await run(1), RETURN.fell, 'not taken');
});
