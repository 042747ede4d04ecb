/** Sources with a run context of their own kind: what reaches an action from each, and how often. */
import {
  guestTest,
  guestTestBothModes,
  onlyOn,
  type GuestTestOptions,
  type Test,
} from '../scripts/guest/guest-test.ts';
import { SYSCALLS, type BpfProgram, type Guest, type LoadedObject } from '../scripts/guest/client.ts';
import type { Attachment } from './agent/protocol.ts';
import { PROBE_KIND } from './tables/dtrace-context.ts';
import {
  ALL_SESSIONS,
  ALL_SOURCES,
  CALL_ARGS,
  COOKIE,
  decodeCaller,
  decodeView,
  expectedOf,
  MMAP_ARGS,
  padded,
  sessionsOn,
  sourcesOn,
  USDT,
  USDT_ARGS,
  type CallerSaw,
  type Seen,
  type Session,
  type Source,
} from './tables/dtrace-sources.ts';
import { isOfKernel, REGISTER_FILE, strayRegisters } from './tables/registers.ts';
import { setInputs } from './tables/tail-call-values.ts';

const native = (guest: Guest, symbol: string, args: readonly bigint[]): Promise<unknown> =>
  guest.native({ lib: 'native', symbol, returns: 'u64', args: args.map((u64) => ({ u64 })) });

/** What makes a source fire. */
const FIRE: Record<Source['fire'], (guest: Guest, program: BpfProgram) => Promise<unknown>> = {
  mmap: (guest) => guest.syscall({ nr: SYSCALLS.mmap, args: MMAP_ARGS, cpu: 1 }),
  call: (guest) => native(guest, 'uprobe_six', CALL_ARGS),
  usdt: (guest) => native(guest, 'usdt_two', USDT_ARGS),
  'test run': (_, program) => program.testRun({}),
};

const only = (arch: Source['onlyOn']): GuestTestOptions => (arch === undefined ? {} : { needs: onlyOn(...arch) });

interface Firing {
  readonly seen: Seen;
  readonly caller: CallerSaw;
}

const viewOf = async (object: LoadedObject, name: string): Promise<Seen> =>
  decodeView(await object.map(`.data.${name}`).get(0));

async function firing(object: LoadedObject): Promise<Firing> {
  return { seen: await viewOf(object, 'seen'), caller: decodeCaller(await object.map('.data.caller').get(0)) };
}

async function run(guest: Guest, { program, to, fire }: Source): Promise<Firing> {
  const object = await guest.load('dtrace-sources', { only: ['action', program] });
  await object.map('progs').put(0, object.program('action'));
  await setInputs(object, guest.facts.hello.agentPid, 0);
  const link = await object.attach(program, to(guest.facts.nativeLib));
  await FIRE[fire](guest, object.program(program));
  await link.close();
  return firing(object);
}

const TRIES = 5;

/** What fires is the agent, which may map memory for itself at the same time: then once more. */
async function alone<T>(once: () => Promise<T>, fired: (of: T) => bigint, expected: bigint | null): Promise<T> {
  for (let tries = 1; ; tries++) {
    const seen = await once();
    if (expected === null || fired(seen) <= expected || tries === TRIES) return seen;
  }
}

function check(t: Test, source: Source, seen: Seen, caller: CallerSaw | null): void {
  t.ok(seen.fired > 0n, `${seen.fired} firings`);
  t.match(seen, expectedOf(source, seen, caller), 'kind, argv, retval, cookie, registers');
  if (caller !== null) t.equal(seen.cookie, caller.cookie, 'the cookie is that of the caller');
  if (source.regs === 'probe') return;
  t.same(strayRegisters(seen.regs), [], 'registers that were not saved are 0');
  t.ok(isOfKernel(seen.regs), 'the others are of the kernel');
}

for (const source of ALL_SOURCES) {
  const name = `${source.program.replace('from_', '').replaceAll('_', ' ')}${source.as ?? ''}`;
  guestTestBothModes(name, only(source.onlyOn), async (t, guest) => {
    const there = sourcesOn(guest.facts.hello.release).includes(source);
    const loaded = await guest.tryLoad('dtrace-sources', { only: ['action', source.program] });
    t.equal(loaded.ok, there, 'as the kernel has them');
    if (!there) return;
    const { seen, caller } = await alone(
      () => run(guest, source),
      (of) => of.seen.fired,
      source.fired,
    );
    check(t, source, seen, caller);
  });
}

/** libbpf's bpf_usdt_arg() is a function, which the interpreter does not have in programs with tail calls. */
guestTest('usdt [jit]', async (t, guest) => {
  await guest.sysctl('net.core.bpf_jit_enable', 1);
  const { seen, caller } = await run(guest, USDT);
  check(t, USDT, seen, caller);
  t.match(caller, { second: USDT_ARGS[1], usdtCookie: COOKIE }, 'the argument and the cookie that libbpf knows');
});

/** What there is in the entry action and in the return action, by two slots. */
async function runSession(
  guest: Guest,
  { program, to, entry: { fire } }: Session,
): Promise<{ entry: Seen; exit: Seen }> {
  const object = await guest.load('dtrace-sources-session', { only: ['at_entry', 'at_return', program] });
  await object.map('progs').put(0, object.program('at_entry'));
  await object.map('progs').put(1, object.program('at_return'));
  await setInputs(object, guest.facts.hello.agentPid, 0);
  const link = await object.attach(program, to(guest.facts.nativeLib));
  await FIRE[fire](guest, object.program(program));
  await link.close();
  return { entry: await viewOf(object, 'entry'), exit: await viewOf(object, 'return') };
}

/** A program that calls a kfunc, as it does to know which of the two it is, is not interpreted. */
for (const session of ALL_SESSIONS) {
  const name = `${session.program.replaceAll('_', ' ')}: an action for the entry, and one for the return [jit]`;
  guestTest(name, only(session.onlyOn), async (t, guest) => {
    await guest.sysctl('net.core.bpf_jit_enable', 1);
    const there = sessionsOn(guest.facts.hello.release).includes(session);
    const loaded = await guest.tryLoad('dtrace-sources-session', { only: ['at_entry', 'at_return', session.program] });
    t.equal(loaded.ok, there, 'as the kernel has them');
    if (!there) return;
    const { entry, exit } = await alone(
      () => runSession(guest, session),
      (of) => of.exit.fired,
      session.exit.fired,
    );
    check(t, session.entry, entry, null);
    check(t, session.exit, exit, null);
  });
}

/** By what of the task that exits: the source, and its arguments. */
const EXITS = [
  {
    program: 'from_tp_btf',
    to: { kind: 'trace', cookie: COOKIE },
    kind: PROBE_KIND.rawTracepoint,
    // the second one is whether the whole process goes, as of 6.16
    argv: ({ seen }: Firing) => padded(seen.argv[0] ?? 0n, (seen.argv[1] ?? 0n) & 1n),
  },
  {
    program: 'from_tracepoint',
    to: { kind: 'tracepoint', category: 'sched', name: 'sched_process_exit', cookie: COOKIE },
    kind: PROBE_KIND.tracepoint,
    argv: ({ caller }: Firing) => padded(caller.second),
  },
] as const satisfies readonly { to: Attachment; [key: string]: unknown }[];

for (const { program, to, kind, argv } of EXITS)
  guestTestBothModes(
    `${program.replace('from_', '').replace('_', ' ')}: the task that exits`,
    {},
    async (t, guest, mode) => {
      const object = await guest.load('dtrace-sources', { only: ['action', program] });
      await object.map('progs').put(0, object.program('action'));
      const sleeper = await guest.spawn([guest.facts.workload, 'until-eof', '1']);
      await sleeper.waitOutput(String(sleeper.pid));
      await setInputs(object, sleeper.pid, 0);
      const link = await object.attach(program, to);
      t.match(await sleeper.wait(), { exitCode: 0 });
      await link.close();
      const found = await firing(object);
      const { seen, caller } = found;
      t.ok(seen.fired > 0n, `fired [${mode}]`);
      t.match(seen, { kind: BigInt(kind), retval: 0n, cookie: COOKIE, argv: argv(found) });
      t.ok((seen.argv[0] ?? 0n) > REGISTER_FILE.kernel, 'the first argument is a task, or the record');
      if (kind === PROBE_KIND.tracepoint) t.same(seen.regs, caller.regs, 'the registers of the record');
      else t.ok(isOfKernel(seen.regs) && strayRegisters(seen.regs).length === 0, 'what the kernel tells of itself');
    },
  );

/**
 * By ioctl; a link of another kind is refused by the base. Its helpers would look at a run context that is not there.
 */
guestTest('a program for multi probes is not attached to a single one', async (t, guest) => {
  for (const program of ['from_kprobe_multi', 'from_kprobe_session', 'from_uprobe_multi']) {
    const object = await guest.load('dtrace-sources', { only: ['action', program] });
    t.match(
      await object.program(program).tryAttach({ kind: 'kprobe', func: 'ksys_mmap_pgoff', mode: 'perf' }),
      { ok: false, code: 'EINVAL' },
      program,
    );
  }
});
