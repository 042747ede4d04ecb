/**
 * The claims that there is no common denominator of the sources (C11), and that a program has to know where it runs
 * (C17).
 */
import { guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { cpuClock, SYSCALLS, syscallFunction, type Guest, type LoadedObject } from '../scripts/guest/client.ts';
import type { Attachment } from './agent/protocol.ts';
import {
  abiArguments,
  decodeExpected,
  decodeSeen,
  PROBE_KIND,
  type Expected,
  type Seen,
} from './tables/dtrace-context.ts';
import { isOfKernel, strayRegisters } from './tables/registers.ts';
import { setInputs } from './tables/tail-call-values.ts';

const ONLY_CPU_1 = 1 + 1;
const CLOCK_PERIOD = 1_000_000n;

interface Source {
  readonly name: string;
  readonly caller: string;
  readonly to: Attachment | 'clock';
  readonly kind: number;
  /** argv[] by the header's table; what comes after it is 0. */
  readonly argv: (seen: Seen, expected: Expected) => readonly bigint[];
  /** Those of what has fired, or what the kernel tells of itself. */
  readonly regs: 'probe' | 'kernel';
}

const SOURCES: readonly Source[] = [
  {
    name: 'a kprobe in a system call',
    caller: 'from_kprobe_anywhere',
    to: { kind: 'kprobe', func: syscallFunction('getpgid') },
    kind: PROBE_KIND.kprobe,
    argv: (_, expected) => abiArguments(expected.regs),
    regs: 'probe',
  },
  {
    name: 'a kprobe in an interrupt',
    caller: 'from_kprobe_anywhere',
    to: { kind: 'kprobe', func: 'hrtimer_interrupt' },
    kind: PROBE_KIND.kprobe,
    argv: (_, expected) => abiArguments(expected.regs),
    regs: 'probe',
  },
  {
    name: 'a tracepoint',
    caller: 'from_tracepoint',
    to: { kind: 'tracepoint', category: 'syscalls', name: 'sys_enter_getpgid' },
    kind: PROBE_KIND.tracepoint,
    argv: (_, expected) => [expected.ctx],
    regs: 'probe',
  },
  {
    name: 'a raw tracepoint in a system call',
    caller: 'from_raw_tp_two',
    to: { kind: 'raw_tracepoint', name: 'sys_enter' },
    kind: PROBE_KIND.rawTracepoint,
    argv: (_, expected) => expected.args.slice(0, 2),
    regs: 'kernel',
  },
  {
    // Not what the attached program reads: its `addr` is what was on the stack, if the event samples none (D26).
    name: 'a clock interrupt',
    caller: 'from_perf_event',
    to: 'clock',
    kind: PROBE_KIND.perfEvent,
    argv: () => [CLOCK_PERIOD, 0n],
    regs: 'probe',
  },
];

/** One program, and the same one for every source. */
async function fire(guest: Guest, { caller, to }: Source): Promise<{ seen: Seen; expected: Expected }> {
  const object: LoadedObject = await guest.load('dtrace-context', { only: ['snapshot', caller] });
  await object.map('progs').put(0, object.program('snapshot'));
  await setInputs(object, 0, ONLY_CPU_1);
  const attachment: Attachment =
    to === 'clock'
      ? { kind: 'perf_event', event: (await guest.perfEvent(cpuClock(CLOCK_PERIOD), { cpu: 1 })).handle }
      : to;
  const link = await object.attach(caller, attachment);
  await guest.syscall({ nr: SYSCALLS.getpgid, args: [0n], times: 20_000, cpu: 1 });
  await link.close();
  return {
    seen: decodeSeen(await object.map('.data.seen').get(0)),
    expected: decodeExpected(await object.map('.data.expected').get(0)),
  };
}

guestTestBothModes(
  'C11: what a source does not have is 0, and the rest means the same everywhere',
  {},
  async (t, guest) => {
    for (const source of SOURCES) {
      const { seen, expected } = await fire(guest, source);
      const argv = source.argv(seen, expected);
      t.same(seen.argv, [...argv, ...Array<bigint>(12 - argv.length).fill(0n)], `${source.name}: argv`);
      t.equal(seen.kind, source.kind, `${source.name}: kind`);
      if (source.regs === 'probe') {
        t.same(seen.regs, expected.regs, `${source.name}: registers`);
      } else {
        t.same(strayRegisters(seen.regs), [], `${source.name}: registers that were not saved`);
        t.ok(isOfKernel(seen.regs), `${source.name}: the others are of the kernel`);
      }
    }
  },
);

guestTestBothModes('C17: one program serves system calls, interrupts and clock ticks alike', {}, async (t, guest) => {
  for (const source of SOURCES) {
    const { seen, expected } = await fire(guest, source);
    t.ok(seen.fired > 0n, `${source.name}: ${seen.fired} firings`);
    t.equal(seen.fired, expected.fired, `${source.name}: all of them arrived`);
    t.match(
      seen,
      {
        cpu: 1,
        tid: expected.tid,
        pid: expected.pid,
        task: expected.current,
        task_pid: expected.tid,
        task_tgid: expected.pid,
        ecb_id: 0,
        probe_id: 0,
      },
      `${source.name}: the task that was running`,
    );
  }
});
