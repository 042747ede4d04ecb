/**
 * Conversions next to other rewrites, arrays that cannot be told apart, and detours by which a caller could slip in.
 */
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { SYSCALLS, type Guest, type LoadedObject } from '../scripts/guest/client.ts';
import { readU64 } from '../scripts/guest/bytes.ts';
import { bpfProgram } from './tables/raw-program.ts';
import { rawTracepointArgs, RETURN, TAIL_CALL_LIMIT } from './tables/tail-call-values.ts';

async function load(guest: Guest, ...callers: readonly string[]): Promise<LoadedObject> {
  const object = await guest.load('tail-call-edges', { only: ['callee_a', 'callee_b', ...callers] });
  await object.map('progs').put(1, object.program('callee_a'));
  await object.map('others').put(1, object.program('callee_b'));
  return object;
}

async function run(object: LoadedObject, program: string, ...args: readonly number[]): Promise<number> {
  return (await object.program(program).testRun({ ctxIn: rawTracepointArgs(...args) })).retval;
}

guestTestBothModes('two DTRACE arrays at one call: the right one is called', {}, async (t, guest) => {
  const object = await load(guest, 'either_array', 'either_array_constant');
  for (const program of ['either_array', 'either_array_constant']) {
    t.equal(await run(object, program, 0, 1), RETURN.a, `${program}, first array`);
    t.equal(await run(object, program, 1, 1), RETURN.b, `${program}, second array`);
  }
  t.equal(await run(object, 'either_array', 1, 0), RETURN.fell, 'an empty slot of the second');
  t.equal(await run(object, 'either_array', 0, 9), RETURN.fell, 'out of range of the first');
});

guestTestBothModes('a DTRACE array and one of the own type at one call are refused', {}, async (t, guest) => {
  t.match(await guest.tryLoad('tail-call-edges', { only: ['mixed_arrays'] }), {
    ok: false,
    code: 'EINVAL',
    program: 'mixed_arrays',
    log: /^same tail_call insn cannot be used with prog arrays of different types$/m,
  });
});

guestTestBothModes('may_goto counts its turns in a slot of its own', {}, async (t, guest) => {
  const object = await load(guest, 'after_may_goto');
  for (const [slot, expected] of [
    [1, RETURN.a],
    [0, RETURN.fell],
  ] as const) {
    await object.map('.bss').update(0, new Uint8Array(8));
    t.equal(await run(object, 'after_may_goto', 0, slot), expected);
    t.equal(readU64(await object.map('.bss').get(0)), 100n, 'turns');
  }
});

guestTest('bpf_loop() is inlined on both sides of a call [jit]', async (t, guest) => {
  await guest.sysctl('net.core.bpf_jit_enable', 1);
  const object = await load(guest, 'around_bpf_loop');
  for (const [slot, expected, turns] of [
    [1, RETURN.a, 10n],
    [0, RETURN.fell, 20n],
  ] as const) {
    await object.map('.bss').update(0, new Uint8Array(8));
    t.equal(await run(object, 'around_bpf_loop', 0, slot), expected);
    t.equal(readU64(await object.map('.bss').get(0)), turns, 'turns');
  }
});

/** Its programs have a run context of their own kind, in which the cookie of a single probe is not found. */
const FOREIGN_RUN_CONTEXT = ['trace_kprobe_multi', 'trace_kprobe_session', 'trace_uprobe_multi'] as const;

for (const expectedAttachType of FOREIGN_RUN_CONTEXT) {
  guestTestBothModes(
    `${expectedAttachType.replace('trace_', '')} does not get there by way of a kprobe program`,
    {},
    async (t, guest) => {
      const dtrace = await guest.createMap({
        type: 'prog_array',
        keySize: 4,
        valueSize: 4,
        maxEntries: 2,
        mapExtra: BigInt(guest.progType('dtrace')),
      });
      const crosses = await guest.loadRaw(bpfProgram('kprobe', dtrace));
      for (const mapExtra of [0n, BigInt(guest.progType('kprobe'))]) {
        const spec = { type: 'prog_array', keySize: 4, valueSize: 4, maxEntries: 2, mapExtra };
        const what = mapExtra === 0n ? 'untyped' : 'typed KPROBE';
        const first = await guest.createMap(spec);
        await guest.loadRaw(bpfProgram('kprobe', first, { expectedAttachType }));
        t.match(
          await first.tryPut(0, crosses),
          { ok: false, code: 'EINVAL' },
          `${what} array: it is there first, and the kprobe program does not get in`,
        );
        const second = await guest.createMap(spec);
        await second.put(0, crosses);
        t.match(
          await guest.tryLoadRaw(bpfProgram('kprobe', second, { expectedAttachType })),
          { ok: false, code: 'EINVAL' },
          `${what} array: the kprobe program is there first`,
        );
      }
    },
  );
}

const FIRINGS = 20;

guestTest('D38: the longest chain of tail calls fits on the stack [jit]', async (t, guest) => {
  await guest.sysctl('net.core.bpf_jit_enable', 1);
  const object = await guest.load('tail-call-edges', { only: ['leaves_a_frame', 'ends_with_a_full_frame'] });
  await object.map('chain').put(0, object.program('leaves_a_frame'));
  await object.map('behind').put(0, object.program('ends_with_a_full_frame'));
  await object.attach('leaves_a_frame');
  await guest.syscall({ nr: SYSCALLS.getpgid, args: [0n], cpu: 0, times: FIRINGS });
  const bytes = await object.map('.bss').get(0);
  const [links = 0n, ends = 0n, stackBytes = 0n] = [1, 2, 3].map((word) => readU64(bytes, 8 * word));
  t.equal(links, BigInt(FIRINGS * (TAIL_CALL_LIMIT + 1)), 'each firing comes to the limit');
  t.equal(ends, links, 'each of its programs goes across, the last one first');
  t.ok(stackBytes > 0n, `the stack has been walked from there: ${stackBytes} bytes`);
});
