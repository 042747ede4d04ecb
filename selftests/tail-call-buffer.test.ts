/** Where DTRACE programs make tail calls, and what is open when one begins. */
import { SYSCALLS, readU64, type Guest } from '../scripts/guest/client.ts';
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { verdicts } from '../scripts/guest/verdicts.ts';
import { ERRNO } from './lib/buffer.ts';

const KPROBED = { nr: SYSCALLS.getpgid, args: [0n], cpu: 0 } as const;
const RUNS = 20;
const NOT_IN_MAIN = {
  code: 'EINVAL',
  log: /^tail_call at insn \d+ is not in the main program, as those of BPF_PROG_TYPE_DTRACE have to be$/m,
} as const;

guestTest('D24, D38: tail calls are in main programs, with nothing open', { seconds: 40 }, async (t, guest) => {
  await guest.sysctl('net.core.bpf_jit_enable', 1);
  await verdicts(t, guest, 'tail-call-buffer-rows');
});

for (const [extension, refused] of [
  ['extension_with_a_tail_call', true],
  ['extension_with_a_tail_call_in_a_function', true],
  ['extension_with_a_pair', false],
] as const) {
  guestTest(
    `D24, D38: an ${extension.replaceAll('_', ' ')} is ${refused ? 'refused' : 'accepted'}`,
    async (t, guest) => {
      await guest.sysctl('net.core.bpf_jit_enable', 1);
      const target = await guest.load('tail-call-buffer', { only: ['calls_replaceable'] });
      const attachTarget = { func: 'replaceable', prog: target.program('calls_replaceable').handle };
      const outcome = await guest.tryLoad('tail-call-buffer', {
        only: [extension],
        programs: { [extension]: { attachTarget } },
      });
      if (refused) t.match(outcome, { ok: false, ...NOT_IN_MAIN });
      else t.equal(outcome.ok ? 'accepted' : outcome.log, 'accepted');
    },
  );
}

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
