/** What all other topics take for granted: that the agent attaches, triggers, reads and lets go as it is told. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guestTest, type Test } from '../scripts/guest/guest-test.ts';
import {
  BPF_OUTPUT,
  cpuClock,
  lostCount,
  PERF_RECORD_SAMPLE,
  rawData,
  readU32,
  readU64,
  SYSCALLS,
  u64,
  Guest,
  syscallFunction,
  type LoadedObject,
} from '../scripts/guest/client.ts';
import type { Attachment } from './agent/protocol.ts';

const CALLS = 20;
const GETPGID = syscallFunction('getpgid');

async function loadOne(guest: Guest, program: string): Promise<LoadedObject> {
  const object = await guest.load('agent', { only: [program] });
  await object.map('.bss').update(0, u64(guest.facts.hello.agentPid, 0, 0, 0, 0, 0, 0, 0));
  return object;
}

const call = (guest: Guest, cpu = 0): Promise<unknown> =>
  guest.syscall({ nr: SYSCALLS.getpgid, args: [0n], times: CALLS, cpu });

const WAYS: readonly { program: string; slot: number; to: Attachment; fires: number }[] = [
  { program: 'any_kprobe', slot: 0, to: { kind: 'kprobe', func: GETPGID }, fires: CALLS },
  { program: 'any_kprobe', slot: 0, to: { kind: 'kprobe', func: GETPGID, ret: true }, fires: CALLS },
  { program: 'any_kprobe', slot: 0, to: { kind: 'kprobe', func: GETPGID, mode: 'legacy' }, fires: CALLS },
  {
    program: 'any_multi',
    slot: 1,
    to: { kind: 'kprobe_multi', syms: [GETPGID, syscallFunction('getuid')] },
    fires: CALLS,
  },
  {
    program: 'any_tracepoint',
    slot: 3,
    to: { kind: 'tracepoint', category: 'syscalls', name: 'sys_enter_getpgid' },
    fires: CALLS,
  },
  { program: 'any_raw_tp', slot: 4, to: { kind: 'raw_tracepoint', name: 'sys_enter' }, fires: CALLS },
  { program: 'any_fentry', slot: 6, to: { kind: 'trace' }, fires: CALLS },
  { program: 'any_fentry', slot: 6, to: { kind: 'auto' }, fires: CALLS },
];

for (const { program, slot, to, fires } of WAYS) {
  const how = JSON.stringify(to);
  guestTest(`attach and detach: ${program} to ${how}`, async (t, guest) => {
    const object = await loadOne(guest, program);
    const link = await object.attach(program, to);
    await call(guest);
    t.ok((await object.map('counts').getU64(slot)) >= BigInt(fires), 'it fires');
    t.equal(await link.close(), 0);
    const before = await object.map('counts').getU64(slot);
    await call(guest);
    t.equal(await object.map('counts').getU64(slot), before, 'it fires no more');
  });
}

guestTest('uprobes see six arguments of a native function', async (t, guest) => {
  const object = await loadOne(guest, 'any_uprobe');
  await object.attach('any_uprobe', { kind: 'uprobe', path: guest.facts.nativeLib, func: 'uprobe_six' });
  const args = [1, 2, 3, 4, 5, 6].map((n) => ({ u64: BigInt(n) * 0x1111_1111_1111n }));
  await guest.native({ lib: 'native', symbol: 'uprobe_six', returns: 'u64', args });
  t.equal(await object.map('counts').getU64(2), 1n);
  const globals = await object.map('.bss').get(0);
  t.strictSame(
    args.map((_, i) => readU64(globals, 16 + 8 * i)),
    args.map((arg) => arg.u64),
  );
});

guestTest('uprobe.multi takes a pattern', async (t, guest) => {
  const object = await loadOne(guest, 'any_uprobe_multi');
  await object.attach('any_uprobe_multi', { kind: 'uprobe_multi', path: guest.facts.nativeLib, pattern: 'uprobe_*' });
  const { value } = await guest.native({
    lib: 'native',
    symbol: 'nat_call_plain',
    returns: 'u64',
    args: [{ u64: BigInt(CALLS) }, { int: 1 }],
  });
  t.equal(value, BigInt(CALLS));
  t.equal(await object.map('counts').getU64(7), BigInt(CALLS));
});

guestTest('a clock event interrupts a busy CPU', async (t, guest) => {
  const object = await loadOne(guest, 'any_perf_event');
  const event = await guest.perfEvent(cpuClock(1_000_000n), { cpu: 1 });
  await object.attach('any_perf_event', { kind: 'perf_event', event: event.handle });
  await guest.exec([guest.facts.workload, 'spin', '1', '1']);
  t.ok((await object.map('counts').getU64(5)) > 10n, 'about a thousand a second');
});

guestTest('a cookie arrives, and per-CPU values stay apart', async (t, guest) => {
  const object = await loadOne(guest, 'any_kprobe');
  await object.attach('any_kprobe', { kind: 'kprobe', func: GETPGID, cookie: 0xfeed_f00d_dead_beefn });
  await call(guest, 1);
  t.equal(readU64(await object.map('.bss').get(0), 8), 0xfeed_f00d_dead_beefn);
  t.strictSame(
    (await object.map('percpu').getPerCpu(0)).map((value) => readU32(value)),
    [0, CALLS],
  );
});

async function ringOn(
  guest: Guest,
  object: LoadedObject,
  pages: number,
  attr = BPF_OUTPUT,
): Promise<{
  event: Awaited<ReturnType<Guest['perfEvent']>>;
  ring: Awaited<ReturnType<Awaited<ReturnType<Guest['perfEvent']>>['map']>>;
}> {
  const event = await guest.perfEvent(attr, { cpu: 0 });
  const ring = await event.map(pages);
  await object.map('events').put(0, event);
  return { event, ring };
}

guestTest('our own reader walks a perf ring, with wake-ups and losses', async (t, guest) => {
  const object = await loadOne(guest, 'any_kprobe');
  const { event, ring } = await ringOn(guest, object, 1);
  await object.attach('any_kprobe', { kind: 'kprobe', func: GETPGID });
  const watch = await guest.watchWakeups([event]);
  await call(guest);
  const records = await ring.read();
  t.strictSame(
    records.map((record) => record.type),
    Array.from({ length: CALLS }, () => PERF_RECORD_SAMPLE),
  );
  t.strictSame(
    records.map((record) => readU64(rawData(record))),
    Array.from({ length: CALLS }, () => 0n),
  );
  const [count] = await watch.stop();
  t.ok(count !== undefined && count > 0 && count <= CALLS, `${count} wake-ups`);
  t.equal((await ring.control()).dataTail, (await ring.control()).dataHead, 'all was consumed');

  await guest.syscall({ nr: SYSCALLS.getpgid, args: [0n], times: 1000, cpu: 0 });
  const held = await ring.read();
  await guest.syscall({ nr: SYSCALLS.getpgid, args: [0n], times: 1, cpu: 0 });
  const after = await ring.read();
  const samples = [...held, ...after].filter((record) => record.type === PERF_RECORD_SAMPLE).length;
  const lost = [...held, ...after]
    .filter((record) => record.type !== PERF_RECORD_SAMPLE)
    .reduce((sum, record) => sum + lostCount(record), 0n);
  t.equal(BigInt(samples) + lost, 1001n, `${samples} samples and ${lost} lost`);
});

guestTest('one ring takes the output of another event', async (t, guest) => {
  const object = await loadOne(guest, 'any_kprobe');
  const { event, ring } = await ringOn(guest, object, 8);
  const second = await guest.perfEvent(BPF_OUTPUT, { cpu: 0 });
  await second.ioctl('set_output', { other: event });
  await object.map('events').put(0, second);
  await object.attach('any_kprobe', { kind: 'kprobe', func: GETPGID });
  await call(guest);
  t.equal((await ring.read()).length, CALLS);
});

guestTest('a ring may outlive its event, and its map entry', async (t, guest) => {
  const object = await loadOne(guest, 'any_kprobe');
  const { event, ring } = await ringOn(guest, object, 2);
  await object.attach('any_kprobe', { kind: 'kprobe', func: GETPGID });
  await call(guest);
  t.equal(await event.close(), 0);
  await object.map('events').tryDelete(0);
  await call(guest);
  t.equal((await ring.read()).length, CALLS, 'what was there can be read');
  t.equal(await ring.close(), 0);
});

guestTest("libbpf's ring buffer reader", async (t, guest) => {
  const object = await loadOne(guest, 'any_kprobe');
  await object.attach('any_kprobe', { kind: 'kprobe', func: GETPGID });
  const buffer = await guest.ringBuffer(object.map('ring'));
  await call(guest, 1);
  const { samples } = await buffer.poll(1000);
  t.strictSame(
    samples.map(({ data }) => readU64(data)),
    Array.from({ length: CALLS }, () => 1n),
  );
});

guestTest('maps: every way in and out', async (t, guest) => {
  const map = await guest.createMap({ type: 'hash', name: 'numbers', keySize: 4, valueSize: 8, maxEntries: 8 });
  await map.updateMany([1, 2, 3].map((n) => ({ key: n, value: u64(n * n) })));
  t.equal(await map.getU64(3), 9n);
  t.equal(await map.lookup(4), null);
  t.strictSame((await map.entries()).map(({ value }) => readU64(value)).sort(), [1n, 4n, 9n]);
  await map.delete(2);
  t.match(await map.tryDelete(2), { ok: false, code: 'ENOENT' });
  t.match(await map.tryUpdate(1, u64(0), 1n), { ok: false, code: 'EEXIST' }, 'BPF_NOEXIST');
  t.match(await map.info(), { keySize: 4, valueSize: 8, maxEntries: 8, name: 'numbers', mapExtra: 0n });
  await map.pin('/sys/fs/bpf/numbers');
  const again = await guest.openPinnedMap('/sys/fs/bpf/numbers');
  t.equal(await again.getU64(1), 1n);
  t.match(await guest.tryCreateMap({ type: 'array', keySize: 8 }), { ok: false, code: 'EINVAL' });
});

guestTest('pins of the test before are gone', async (t, guest) => {
  const names = await guest.transport.call('file.list', { path: '/sys/fs/bpf' });
  t.strictSame(names, { ok: true, names: [] });
});

guestTest('hand-written instructions load, are refused, and attach', async (t, guest) => {
  const exit = Buffer.from('9500000000000000', 'hex');
  const good = Buffer.from('b7000000000000009500000000000000', 'hex');
  t.match(await guest.tryLoadRaw({ type: 'raw_tracepoint', insns: exit }), {
    ok: false,
    code: 'EACCES',
    log: /R0 !read_ok/,
  });
  const ways: readonly { type: string; to: Attachment }[] = [
    { type: 'raw_tracepoint', to: { kind: 'raw_tracepoint', name: 'sys_enter' } },
    { type: 'kprobe', to: { kind: 'kprobe', func: GETPGID } },
    { type: 'tracepoint', to: { kind: 'tracepoint', category: 'syscalls', name: 'sys_enter_getpgid' } },
  ];
  for (const { type, to } of ways) {
    const program = await guest.loadRaw({ type, insns: good });
    await program.attach(to);
    t.strictSame(Buffer.from((await program.info()).xlated), good, type);
  }
});

guestTest('processes: output, exit, signals, time limits, input', async (t, guest) => {
  t.match(await guest.exec(['bash', '-c', 'echo out; echo err >&2; exit 3']), {
    exitCode: 3,
    stdout: 'out\n',
    stderr: 'err\n',
    timedOut: false,
  });
  t.match(await guest.exec(['cat'], { stdin: 'text' }), { exitCode: 0, stdout: 'text' });
  t.match(await guest.exec(['sleep', '60'], { timeoutMs: 200 }), { exitCode: null, signal: 'SIGKILL', timedOut: true });
  const process = await guest.spawn(['bash', '-c', 'echo ready; sleep 60']);
  await process.waitOutput('ready');
  await process.signal('SIGTERM');
  t.match(await process.wait(), { exitCode: null, signal: 'SIGTERM' });
  await t.rejects(guest.exec(['/no/such/program']), /ENOENT/);
});

guestTest('a process with eight different ids in a user namespace', async (t, guest) => {
  const ids = [11, 12, 13, 14, 21, 22, 23, 24];
  const argv = [
    guest.facts.workload,
    'as',
    '--userns',
    '--thread',
    '--ids',
    ids.join(','),
    '--nice',
    '5',
    '--cpu',
    '1',
    String(SYSCALLS.getpgid),
    '0',
  ];
  const { stdout, exitCode } = await guest.exec(argv);
  t.equal(exitCode, 0);
  const said = JSON.parse(stdout) as { pid: number; tid: number; ppid: number; ids: number[]; cpu: number };
  t.strictSame(said.ids, ids);
  t.equal(said.cpu, 1);
  t.equal(new Set([said.pid, said.tid, said.ppid]).size, 3, 'three different numbers');
});

guestTest('native work runs at the same time as requests', async (t, guest) => {
  const task = await guest.nativeStart({ lib: 'c', symbol: 'usleep', args: [{ int: 300_000 }] });
  const before = performance.now();
  await guest.readFile('/proc/uptime');
  t.ok(performance.now() - before < 290, 'a request is answered meanwhile');
  t.match(await task.join(), { value: 0n });
});

guestTest('what is changed for a test comes back', async (t, guest) => {
  await guest.sysctl('kernel.printk_ratelimit', 3);
  t.equal((await guest.readFile('/proc/sys/kernel/printk_ratelimit')).trim(), '3');
  await guest.setCpuOnline(1, false);
  t.equal((await guest.readFile('/sys/devices/system/cpu/online')).trim(), '0');
});

guestTest('it came back', async (t: Test, guest) => {
  t.not((await guest.readFile('/proc/sys/kernel/printk_ratelimit')).trim(), '3');
  t.equal((await guest.readFile('/sys/devices/system/cpu/online')).trim(), '0-1');
});

guestTest(
  'a file that the host writes anew after the guest has read it is not taken for the new one',
  async (t, guest) => {
    const file = join(t.testdir({ 'words.txt': 'as they were' }), 'words.txt');
    t.match(await guest.exec(['cat', file]), { stdout: 'as they were' });
    writeFileSync(file, 'as they are.');
    // another Guest knows of no earlier comparison
    const next = new Guest(guest.transport, guest.facts);
    const read = await guest.readFile(file);
    if (read === readFileSync(file, 'utf8')) t.match(await next.exec(['cat', file]), { stdout: read });
    else await t.rejects(next.exec(['cat', file]), /reads another .*words\.txt than the host wrote/);
  },
);

guestTest('a thousand requests that do not wait for each other', async (t, guest) => {
  const before = performance.now();
  await Promise.all(Array.from({ length: 1000 }, () => guest.transport.call('agent.ping', {})));
  t.pass(`${(performance.now() - before).toFixed(0)} ms`);
});
