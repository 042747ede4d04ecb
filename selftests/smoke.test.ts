import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { readU32, readU64, SYSCALLS, u32 } from '../scripts/guest/client.ts';

const CALLS = 25;

guestTestBothModes('a kprobe counts the calls of one process', {}, async (t, guest, mode) => {
  const object = await guest.load('smoke', { only: ['on_getpgid'] });
  const { jitedLen } = await object.program('on_getpgid').info();
  t.equal(jitedLen > 0, mode === 'jit', `the program is ${mode === 'jit' ? 'compiled' : 'interpreted'}`);
  await object.map('.bss').update(0, u32(guest.facts.hello.agentPid));
  const link = await object.attach('on_getpgid');
  await guest.syscall({ nr: SYSCALLS.getpgid, args: [0n], times: CALLS, cpu: 1 });
  t.equal(await object.map('hits').getU64(0), BigInt(CALLS));
  await link.close();
  await guest.syscall({ nr: SYSCALLS.getpgid, args: [0n], times: CALLS });
  t.equal(await object.map('hits').getU64(0), BigInt(CALLS), 'a detached program counts no more');
});

guestTestBothModes('a raw tracepoint sends samples that perf_buffer reads', {}, async (t, guest) => {
  const { agentPid } = guest.facts.hello;
  const object = await guest.load('smoke', { only: ['on_sys_enter'] });
  await object.map('.bss').update(0, u32(agentPid));
  await object.attach('on_sys_enter');
  const buffer = await guest.perfBuffer(object.map('events'));
  for (const cpu of [0, 1]) await guest.syscall({ nr: SYSCALLS.getpgid, args: [0n], times: CALLS, cpu });
  const { samples, lost } = await buffer.consume();
  t.equal(lost.length, 0, 'nothing lost');
  for (const cpu of [0, 1]) {
    const there = samples.filter((sample) => sample.cpu === cpu);
    t.equal(there.length, CALLS, `all samples of cpu ${cpu}`);
    for (const { data } of there) {
      t.match(
        { nr: readU64(data), pid: readU32(data, 8), cpu: readU32(data, 12) },
        { nr: BigInt(SYSCALLS.getpgid), pid: agentPid, cpu },
      );
    }
  }
});

guestTestBothModes('a store past the value is refused', {}, async (t, guest) => {
  const refused = await guest.tryLoad('smoke', { only: ['past_the_value'] });
  t.equal(refused.ok, false);
  if (!refused.ok) {
    t.match({ code: refused.code, program: refused.program }, { code: 'EACCES', program: 'past_the_value' });
    t.match(refused.log, /invalid access to map value, value_size=8 off=8 size=8/);
  }
});

guestTest('a program may be loaded with the capabilities for it, and not without', async (t, guest) => {
  const load = (caps: readonly string[]): Promise<string> =>
    guest.withCaps(caps, async () => {
      const tried = await guest.tryLoad('smoke', { only: ['on_getpgid'] });
      return tried.ok ? 'loaded' : tried.code;
    });
  t.equal(await load(['bpf', 'perfmon']), 'loaded');
  t.equal(await load(['bpf']), 'EPERM');
  t.equal(await load([]), 'EPERM');
});
