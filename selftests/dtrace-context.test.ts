/** Every field of the context, from every source, against a reading that does not come from it. */
import { guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { cpuClock, pageFaults, SYSCALLS, type Guest, type LoadedObject } from '../scripts/guest/client.ts';
import type { Attachment } from './agent/protocol.ts';
import type { Test } from '../scripts/guest/guest-test.ts';
import { REGISTER_FILE } from './tables/registers.ts';
import { setInputs } from './tables/tail-call-values.ts';
import {
  abiArguments,
  decodeExpected,
  decodeSeen,
  PROBE_KIND,
  type Expected,
  type Seen,
} from './tables/dtrace-context.ts';

/**
 * Six arguments without a bit in common position; off is a whole page, and no flag that would make mmap() do anything.
 */
const MMAP_ARGS = [
  0x1111_0000_0000_1000n,
  0x2222_0000_0000_0002n,
  0x3333_0000_0000_0003n,
  0x4444n,
  0x5555_5555n,
  0x6666_0000_0000_6000n,
];
const PAGE_SHIFT = 12n;
const EBADF = 9n;
const PRIO_DEFAULT = 120;

interface Firing {
  readonly expected: Expected;
  readonly seen: Seen;
}

async function load(guest: Guest, caller: string, pid: number): Promise<LoadedObject> {
  const object = await guest.load('dtrace-context', { only: ['snapshot', caller] });
  await object.map('progs').put(0, object.program('snapshot'));
  await setInputs(object, pid, 0);
  return object;
}

async function read(object: LoadedObject): Promise<Firing> {
  return {
    expected: decodeExpected(await object.map('.data.expected').get(0)),
    seen: decodeSeen(await object.map('.data.seen').get(0)),
  };
}

/** What holds for a firing of any source. */
function checkCommon(t: Test, { expected, seen }: Firing): void {
  t.ok(seen.fired > 0n, 'fired');
  t.equal(seen.fired, expected.fired, 'every firing of the caller arrived');
  t.match(seen, { ecb_id: 0, probe_id: 0 }, 'ids are 0 before bpf_finalize_context()');
  t.equal(seen.task, expected.current, 'task is current');
  t.match(seen, { task_pid: expected.tid, task_tgid: expected.pid }, 'and may be looked into');
  t.match(seen, { tid: expected.tid, pid: expected.pid, cpu: expected.cpu });
}

/** A system call of the agent's own main thread, on CPU 1. */
async function agentFires(
  guest: Guest,
  caller: string,
  to: Attachment | undefined,
  fire: () => Promise<unknown>,
): Promise<Firing> {
  const object = await load(guest, caller, guest.facts.hello.agentPid);
  const link = await object.attach(caller, to);
  await fire();
  await link.close();
  return read(object);
}

guestTestBothModes('kprobe: registers and six arguments of a known call', {}, async (t, guest) => {
  let tid = 0;
  const firing = await agentFires(guest, 'from_kprobe', undefined, async () => {
    ({ tid } = await guest.syscall({ nr: SYSCALLS.mmap, args: MMAP_ARGS, cpu: 1 }));
  });
  checkCommon(t, firing);
  t.same(firing.seen.regs, firing.expected.regs, 'all registers');
  t.same(
    firing.seen.argv,
    [...MMAP_ARGS.slice(0, 5), (MMAP_ARGS[5] ?? 0n) >> PAGE_SHIFT, 0n, 0n, 0n, 0n, 0n, 0n],
    'arguments, and nothing after them',
  );
  t.match(firing.seen, {
    kind: PROBE_KIND.kprobe,
    cpu: 1,
    tid,
    pid: guest.facts.hello.agentPid,
    prio: PRIO_DEFAULT,
    state: 0n,
    uid: 0,
    euid: 0,
    gid: 0,
    egid: 0,
  });
});

guestTestBothModes('kretprobe: the registers at the return', {}, async (t, guest) => {
  const firing = await agentFires(guest, 'from_kretprobe', undefined, () =>
    guest.syscall({ nr: SYSCALLS.mmap, args: MMAP_ARGS, cpu: 1 }),
  );
  checkCommon(t, firing);
  t.same(firing.seen.regs, firing.expected.regs, 'all registers');
  t.equal(
    BigInt.asIntN(64, firing.seen.regs[REGISTER_FILE.result] ?? 0n),
    -EBADF,
    'the return value is in its register',
  );
  t.same(
    firing.seen.argv.slice(0, 6),
    abiArguments(firing.expected.regs),
    "argv is the ABI's registers, whatever they hold by now",
  );
  t.equal(firing.seen.kind, PROBE_KIND.kprobe);
});

guestTestBothModes('uprobe: registers and six arguments of a call in user space', {}, async (t, guest) => {
  const args = [
    0xa1a1_0000_0000_0001n,
    0xa2a2_0000_0000_0002n,
    0xa3a3_0000_0000_0003n,
    0xa4a4_0000_0000_0004n,
    0xa5a5_0000_0000_0005n,
    0xa6a6_0000_0000_0006n,
  ];
  const firing = await agentFires(
    guest,
    'from_uprobe',
    { kind: 'uprobe', path: guest.facts.nativeLib, func: 'uprobe_six' },
    () => guest.native({ lib: 'native', symbol: 'uprobe_six', returns: 'u64', args: args.map((u64) => ({ u64 })) }),
  );
  checkCommon(t, firing);
  t.same(firing.seen.regs, firing.expected.regs, 'all registers');
  t.same(firing.seen.argv.slice(0, 6), args, 'arguments');
  t.equal(firing.seen.kind, PROBE_KIND.uprobe);
});

guestTestBothModes(
  'tracepoint: the registers that came with the record, and where the record is',
  {},
  async (t, guest) => {
    const firing = await agentFires(
      guest,
      'from_tracepoint',
      { kind: 'tracepoint', category: 'syscalls', name: 'sys_enter_getpgid' },
      () => guest.syscall({ nr: SYSCALLS.getpgid, args: [0n], cpu: 1 }),
    );
    checkCommon(t, firing);
    t.same(firing.seen.regs, firing.expected.regs, 'all registers');
    t.ok(
      (firing.seen.regs[REGISTER_FILE.ip] ?? 0n) > REGISTER_FILE.kernelText,
      'of the place of the tracepoint in the kernel',
    );
    t.same(
      firing.seen.argv,
      [firing.expected.ctx, ...Array<bigint>(11).fill(0n)],
      'argv[0] is the address of the record, and there is nothing after it',
    );
    t.equal(firing.seen.kind, PROBE_KIND.tracepoint);
  },
);

guestTestBothModes('raw tracepoint: its arguments, no more, and the state of the task', {}, async (t, guest) => {
  const object = await load(guest, 'from_raw_tp', 0);
  const sleeper = await guest.spawn([guest.facts.workload, 'until-eof', '1']);
  await sleeper.waitOutput(String(sleeper.pid));
  await setInputs(object, sleeper.pid, 0);
  const link = await object.attach('from_raw_tp', { kind: 'raw_tracepoint', name: 'sched_switch' });
  t.match(await sleeper.wait(), { exitCode: 0 });
  await link.close();
  const firing = await read(object);
  checkCommon(t, firing);
  const { seen, expected } = firing;
  t.same(seen.argv.slice(0, 4), expected.args.slice(0, 4), 'preempt, prev, next, prev_state');
  t.equal(seen.argv[1], seen.task, 'prev is the task');
  t.equal(seen.state, expected.args[3], 'state is what the tracepoint calls prev_state');
  t.not(seen.state, 0n, 'of a task on its way out');
  t.same(seen.argv.slice(4), Array<bigint>(8).fill(0n), 'sched_switch has four arguments');
  t.equal(seen.kind, PROBE_KIND.rawTracepoint);
});

guestTestBothModes('perf_event: interrupted registers, period and address', {}, async (t, guest) => {
  const object = await load(guest, 'from_perf_event', 0);
  const spinner = await guest.spawn([guest.facts.workload, 'spin', '5', '1']);
  await setInputs(object, spinner.pid, 0);
  const event = await guest.perfEvent(cpuClock(1_000_000n), { cpu: 1 });
  const link = await object.attach('from_perf_event', { kind: 'perf_event', event: event.handle });
  for (let attempt = 0; attempt < 100 && (await read(object)).seen.fired === 0n; attempt++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  await link.close();
  await spinner.signal('SIGKILL');
  const firing = await read(object);
  checkCommon(t, firing);
  t.same(firing.seen.regs, firing.expected.regs, 'all registers');
  t.same(firing.seen.argv.slice(0, 2), [1_000_000n, 0n], 'sample_period as asked for, no address (D26)');
  // not the address: where there is none, that context has what was on the stack
  t.equal(firing.seen.argv[0], firing.expected.args[0], 'the period as the perf_event context has it');
  t.match(firing.seen, { kind: PROBE_KIND.perfEvent, cpu: 1, pid: spinner.pid, retval: 0n });
});

/** Page faults come with the address, whether or not the event samples it. */
guestTestBothModes('perf_event: the address, where there is one', {}, async (t, guest) => {
  const object = await load(guest, 'from_perf_event', 0);
  const event = await guest.perfEvent(pageFaults(1n), { cpu: 1 });
  const spinner = await guest.spawn([guest.facts.workload, 'until-eof', '1']);
  await spinner.waitOutput(String(spinner.pid));
  await setInputs(object, spinner.pid, 0);
  const link = await object.attach('from_perf_event', { kind: 'perf_event', event: event.handle });
  t.match(await spinner.wait(), { exitCode: 0 });
  await link.close();
  const { seen, expected } = await read(object);
  t.ok(seen.fired > 0n, `${seen.fired} faults`);
  t.same(seen.argv.slice(0, 2), [1n, expected.args[1]], 'period and address, as the perf_event context has them');
  t.ok((seen.argv[1] ?? 0n) > 0n && (seen.argv[1] ?? 0n) < REGISTER_FILE.kernel, 'an address of the process');
  t.same(seen.argv.slice(2), Array<bigint>(10).fill(0n), 'and nothing after it');
});
