/** A tail call that succeeds ends a function in the middle: what that means for the record that is open. */
import { SYSCALLS, rawData, readU64, BPF_OUTPUT, type Guest } from '../scripts/guest/client.ts';
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { verdicts } from '../scripts/guest/verdicts.ts';
import { ERRNO, fire } from './lib/buffer.ts';
import { byBase } from './tables/by-base.ts';

const WORD = 0x4141414141414141n;
const KPROBED = { nr: SYSCALLS.getpgid, args: [0n], cpu: 0 } as const;
const RUNS = 20;
interface Refusal {
  readonly code: string;
  readonly log: RegExp;
}
const RETURN_OPEN: Refusal = {
  code: 'EINVAL',
  log: /^return from a function that has a tail call before bpf_buffer_commit/m,
};

guestTest('D24: a function with a tail call returns with nothing open', { seconds: 40 }, async (t, guest) => {
  await guest.sysctl('net.core.bpf_jit_enable', 1);
  await verdicts(t, guest, 'tail-call-buffer-rows');
});

for (const [extension, refused] of [
  [
    'extension_victim',
    { 'v6.12': RETURN_OPEN, 'v7.3': { code: 'EACCES', log: / loaded without bpf_buffer_reserve of buffer \d+$/m } },
  ],
  ['extension_sound', null],
] as const) {
  guestTest(
    `D24: in an extension: ${extension.replace('_', ' ')} is ${refused === null ? 'accepted' : 'refused'}`,
    async (t, guest) => {
      await guest.sysctl('net.core.bpf_jit_enable', 1);
      const target = await guest.load('tail-call-buffer', { only: ['calls_replaceable'] });
      const attachTarget = { func: 'replaceable', prog: target.program('calls_replaceable').handle };
      const outcome = await guest.tryLoad('tail-call-buffer', {
        only: [extension],
        programs: { [extension]: { attachTarget } },
      });
      if (refused === null) t.equal(outcome.ok ? 'accepted' : outcome.log, 'accepted');
      else t.match(outcome, { ok: false, ...byBase<Refusal>(guest.facts.hello.release, refused) });
    },
  );
}

const ENTRIES = ['enter', 'enter_kprobe'];

guestTest('D24: what calls a function goes on behind it when its tail call has been taken [jit]', async (t, guest) => {
  await guest.sysctl('net.core.bpf_jit_enable', 1);
  const object = await guest.load('tail-call-buffer', { only: [...ENTRIES, 'writes_behind_it', 'just_return'] });
  const event = await guest.perfEvent(BPF_OUTPUT, { cpu: 0 });
  const ring = await event.map(1);
  await object.map('rings').put(0, event);
  await object.map('jmp').put(0, object.program('writes_behind_it'));
  await object.map('jmp').put(1, object.program('just_return'));
  t.equal(await fire(object, 'enter', 0), 7);
  await object.attach('enter_kprobe');
  await guest.syscall({ ...KPROBED, times: RUNS });
  t.same(
    (await ring.read()).map((record) => readU64(rawData(record))),
    Array<bigint>(RUNS + 1).fill(WORD),
    'every record has arrived',
  );
});

/** Leaves something else on the agent's kernel stack, deeper than a probe goes. */
async function disturb(guest: Guest): Promise<void> {
  await guest.readFile('/proc/self/status');
  await guest.readFile('/proc/interrupts');
}

guestTestBothModes('D24: a firing begins with nothing open, whatever has been on its stack', {}, async (t, guest) => {
  const object = await guest.load('tail-call-buffer', { only: ['enter_kprobe', 'finds'] });
  await object.map('jmp').put(0, object.program('finds'));
  await object.attach('enter_kprobe');
  for (let i = 0; i < RUNS; i++) {
    await disturb(guest);
    await guest.syscall({ ...KPROBED, times: 1 });
  }
  const bytes = await object.map('.bss').get(0);
  const found = [0, 1, 2, 3, 4].map((i) => BigInt.asIntN(64, readU64(bytes, 8 * i)));
  t.same(
    found,
    [BigInt(ERRNO.ENOENT), 0n, 0n, 0n, BigInt(RUNS)],
    'no event: the commit does nothing, buf and buf_end are NULL',
  );
});
