/** Helpers see through the conversion: stacks, cookies and output are those of the probe. */
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import {
  cpuClock,
  readText,
  readU64,
  SYSCALLS,
  syscallFunction,
  type Guest,
  type LoadedObject,
} from '../scripts/guest/client.ts';
import type { Attachment } from './agent/protocol.ts';
import { setInputs } from './tables/tail-call-values.ts';

const FRAMES = 8;
const COOKIE = 0xc00c_1e00_0000_0001n;

interface View {
  readonly fired: bigint;
  readonly bytes: bigint;
  readonly stackId: bigint;
  readonly cookie: bigint;
  readonly pidTgid: bigint;
  readonly uidGid: bigint;
  readonly comm: string;
  readonly frames: readonly bigint[];
}

async function view(object: LoadedObject, name: 'caller' | 'callee'): Promise<View> {
  const bytes = await object.map(`.data.${name}`).get(0);
  const word = (index: number): bigint => readU64(bytes, 8 * index);
  return {
    fired: word(0),
    bytes: BigInt.asIntN(64, word(1)),
    stackId: BigInt.asIntN(64, word(2)),
    cookie: word(3),
    pidTgid: word(4),
    uidGid: word(5),
    comm: readText(bytes, 48, 16),
    frames: Array.from({ length: FRAMES }, (_, index) => word(8 + index)),
  };
}

async function load(guest: Guest, caller: string, callee: string): Promise<LoadedObject> {
  const object = await guest.load('dtrace-helpers', { only: [caller, callee] });
  await object.map('progs').put(0, object.program(callee));
  await setInputs(object, guest.facts.hello.agentPid);
  return object;
}

interface Source {
  readonly caller: string;
  readonly to: (guest: Guest) => Attachment;
  readonly fire: (guest: Guest) => Promise<unknown>;
}
const getpgid = (guest: Guest): Promise<unknown> => guest.syscall({ nr: SYSCALLS.getpgid, args: [0n] });
const SOURCES: readonly Source[] = [
  {
    caller: 'from_kprobe',
    to: () => ({ kind: 'kprobe', func: syscallFunction('getpgid'), cookie: COOKIE }),
    fire: getpgid,
  },
  {
    caller: 'from_uprobe',
    to: (guest) => ({ kind: 'uprobe', path: guest.facts.nativeLib, func: 'uprobe_plain', cookie: COOKIE }),
    fire: (guest) => guest.native({ lib: 'native', symbol: 'uprobe_plain', returns: 'u64', args: [{ u64: 1n }] }),
  },
  {
    caller: 'from_tracepoint',
    to: () => ({ kind: 'tracepoint', category: 'syscalls', name: 'sys_enter_getpgid', cookie: COOKIE }),
    fire: getpgid,
  },
];

for (const { caller, to, fire } of SOURCES) {
  guestTestBothModes(
    `${caller.replace('_', ' a ')}: the callee sees the caller's stack and cookie`,
    {},
    async (t, guest) => {
      const object = await load(guest, caller, 'same_view');
      await object.attach(caller, to(guest));
      await fire(guest);
      const [before, after] = [await view(object, 'caller'), await view(object, 'callee')];
      t.ok(before.fired > 0n, 'fired');
      t.ok(before.bytes > 0n, `${before.bytes} bytes of stack`);
      t.equal(before.cookie, COOKIE, 'the cookie of the attachment');
      t.same(after, before, 'all of it');
    },
  );
}

guestTestBothModes('from a perf_event: the callee sees the interrupted stack', {}, async (t, guest) => {
  const object = await load(guest, 'from_perf_event', 'same_view');
  await setInputs(object, 0);
  const event = await guest.perfEvent(cpuClock(2_000_000n), { cpu: 1 });
  const link = await object.attach('from_perf_event', { kind: 'perf_event', event: event.handle, cookie: COOKIE });
  await guest.syscall({ nr: SYSCALLS.getpgid, args: [0n], times: 20_000, cpu: 1 });
  await link.close();
  const [before, after] = [await view(object, 'caller'), await view(object, 'callee')];
  t.ok(before.fired > 0n, `${before.fired} firings`);
  t.equal(before.cookie, COOKIE);
  t.same(after, before);
});

guestTestBothModes(
  'from a raw tracepoint: the cookie, and a stack that ends in the same place',
  {},
  async (t, guest) => {
    const object = await load(guest, 'from_raw_tp', 'same_view');
    const link = await object.attach('from_raw_tp', { kind: 'raw_tracepoint', name: 'sys_enter', cookie: COOKIE });
    await getpgid(guest);
    await link.close();
    const [before, after] = [await view(object, 'caller'), await view(object, 'callee')];
    t.match(after, {
      fired: before.fired,
      cookie: COOKIE,
      pidTgid: before.pidTgid,
      uidGid: before.uidGid,
      comm: before.comm,
    });
    t.ok(after.bytes > 0n && after.stackId >= 0n, `${after.bytes} bytes of stack, id ${after.stackId}`);
  },
);

guestTest('what any tracing program expects is there [jit]', async (t, guest) => {
  await guest.sysctl('net.core.bpf_jit_enable', 1);
  const object = await load(guest, 'from_kprobe', 'use_helpers');
  const records = await guest.perfBuffer(object.map('events'));
  const ring = await guest.ringBuffer(object.map('ring'));
  await object.attach('from_kprobe', { kind: 'kprobe', func: syscallFunction('getpgid') });
  await getpgid(guest);
  const bytes = await object.map('.data.others').get(0);
  const words = Array.from({ length: 8 }, (_, index) => BigInt.asIntN(64, readU64(bytes, 8 * index)));
  t.same(
    words,
    [0n, 0n, 0n, 7n, 0x1234n, 1n, 1n, 10n],
    'perf and ring output, hash update, string read, value, time, comparison, loop',
  );
  for (const [name, buffer] of [
    ['perf ring', records],
    ['BPF ring', ring],
  ] as const) {
    const { samples } = await buffer.consume();
    t.equal(samples.length, 1, name);
    t.equal(samples[0] === undefined ? 0n : readU64(samples[0].data), 0xd7acen, `${name}: the record`);
  }
});

guestTest('D27: the kernel side context is not handed out', async (t, guest) => {
  const refused = await guest.tryLoad('dtrace-helpers', { only: ['casts_to_kernel_context'] });
  t.match(refused, { ok: false, code: 'EINVAL', log: /^kern ctx type id \d+ is not a struct$/m });
  t.equal(
    (await guest.tryLoad('dtrace-helpers', { only: ['casts_to_kernel_context_of_an_event'] })).ok,
    true,
    'other types have one',
  );
});

/** The function under the helper warns of a depth that only interrupts could reach, were there no such programs. */
guestTestBothModes(
  'D37: output inside of output is refused at the fourth level, without a warning',
  {},
  async (t, guest) => {
    const object = await guest.load('dtrace-output');
    await object.map('progs').put(0, object.program('action'));
    await setInputs(object, guest.facts.hello.agentPid, 0);
    await guest.perfBuffer(object.map('events'));
    const nested = ['at_begin', 'at_copy', 'at_end'] as const;
    const links = await Promise.all(nested.map((program) => object.attach(program, { kind: 'trace' })));
    links.push(await object.attach('first', { kind: 'kprobe', func: syscallFunction('getpgid') }));
    await getpgid(guest);
    for (const link of links) await link.close();
    const bytes = await object.map('.data.results').get(0);
    const [fired, ok, busy, other] = [0, 8, 16, 24].map((at) => readU64(bytes, at)) as [bigint, bigint, bigint, bigint];
    t.ok(ok >= 3n && busy > 0n, `${fired} firings: ${ok} written, ${busy} refused`);
    t.equal(other, 0n);
  },
);
