/** Sources whose programs can be preempted: ids from a map, records, and what fires inside. */
import { BPF_OUTPUT, rawData, readU32, readU64, SYSCALLS, u32, type Guest } from '../scripts/guest/client.ts';
import { guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { ERRNO } from './lib/buffer.ts';
import { byBase } from './tables/by-base.ts';
import { tracepointsArePreempted } from './tables/preempted.ts';

/** enum dtrace_probe_kind */
const KIND = { kprobe: 1, tracepoint: 3, raw_tp: 4 } as const;
const IDS = [91, 92];
const SEEN_BYTES = 32;

const preempted = (guest: Guest): boolean =>
  tracepointsArePreempted({ release: guest.facts.hello.release, kconfig: guest.facts.kconfig });

/** Without preemptible RCU a program's read side section is one without preemption. */
const SOURCES = [
  { kind: 'kprobe', refused: () => false },
  { kind: 'tracepoint', refused: preempted },
  { kind: 'raw_tp', refused: preempted },
] as const;

for (const { kind, refused } of SOURCES) {
  guestTestBothModes(
    `D35: a ${kind} program has ids from a map unless it can be preempted, whether or not a record is open`,
    {},
    async (t, guest) => {
      const object = await guest.load('dtrace-preemptible', { only: [`ids_from_${kind}`, 'looks_for_ids'] });
      await object.map('.data.in').update(0, u32(guest.facts.hello.agentPid));
      const event = await guest.perfEvent(BPF_OUTPUT, { cpu: 0 });
      await event.map(1);
      await object.map('rings').put(0, event);
      await object.map('jmp').put(0, object.program('looks_for_ids'));
      await object.attach(`ids_from_${kind}`);
      await guest.syscall({ nr: SYSCALLS.getpgid, args: [0n], cpu: 0 });

      const bytes = await object.map('.bss').get(0);
      const at = KIND[kind] * SEEN_BYTES;
      const result = refused(guest) ? ERRNO.EOPNOTSUPP : 0;
      t.same(
        {
          returned: [0, 8].map((offset) => Number(BigInt.asIntN(64, readU64(bytes, at + offset)))),
          ids: [16, 20].map((offset) => readU32(bytes, at + offset)),
          runs: readU64(bytes, at + 24),
        },
        { returned: [result, result], ids: refused(guest) ? [0, 0] : IDS, runs: 1n },
      );
    },
  );
}

const CALLS = 1000;
const CALLS_AT_ONCE = 200;
const PAGES = 8;

const recordsOf = (bytes: readonly Buffer[], kind: number): { readonly arg: bigint; readonly count: bigint }[] =>
  bytes
    .filter((data) => readU64(data, 0) === BigInt(kind))
    .map((data) => ({ arg: readU64(data, 8), count: readU64(data, 16) }));

guestTestBothModes(
  'from the tracepoint of a system call each record arrives, and where it may fault a kprobe fires inside',
  { seconds: 40 },
  async (t, guest: Guest) => {
    const object = await guest.load('dtrace-preemptible', {
      only: ['enter_tracepoint', 'enter_inside', 'writes_outside', 'writes_inside'],
    });
    await object.map('.data.in').update(0, u32(guest.facts.hello.agentPid));
    const event = await guest.perfEvent(BPF_OUTPUT, { cpu: 0 });
    const ring = await event.map(PAGES);
    await object.map('rings').put(0, event);
    await object.map('jmp').put(1, object.program('writes_outside'));
    await object.map('jmp').put(2, object.program('writes_inside'));
    await object.attach('enter_inside');
    await object.attach('enter_tracepoint');

    const arg = BigInt(guest.facts.hello.agentPid);
    const found: Buffer[] = [];
    for (let done = 0; done < CALLS; done += CALLS_AT_ONCE) {
      await guest.syscall({ nr: SYSCALLS.getpgid, args: [arg], cpu: 0, times: CALLS_AT_ONCE });
      for (const record of await ring.read()) found.push(Buffer.from(rawData(record)));
    }

    const counted = (of: bigint, count: number): object[] =>
      Array.from({ length: count }, (_, at) => ({ arg: of, count: BigInt(at) }));
    t.same(recordsOf(found, KIND.tracepoint), counted(arg, CALLS), 'of the tracepoint, in order');
    // Elsewhere bpf_prog_active keeps a kprobe out of what a tracepoint runs.
    t.same(
      recordsOf(found, KIND.kprobe),
      counted(0n, byBase(guest.facts.hello.release, { 'v6.12': 0, 'v7.3': CALLS })),
      'of the kprobe inside',
    );
  },
);
