/** BPF_PROG_TEST_RUN of DTRACE programs: a probe that user space makes up. */
import { guestTest, guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { readU32, u32, type BpfProgram, type Guest } from '../scripts/guest/client.ts';
import { decodeLayout, encodeContext, fieldNamed, TASK_FIELDS, type Layout } from './tables/access.ts';
import { REGISTER_FILE } from './tables/registers.ts';
import { decodeSeen, PROBE_KIND, type Seen } from './tables/dtrace-context.ts';
import { bpfProgram } from './tables/raw-program.ts';
import { RETURN } from './tables/tail-call-values.ts';

const RUNS = 40;
const FIRST_MOVE_MS = 120_000;

interface Subject {
  readonly layout: Layout;
  readonly snapshot: BpfProgram;
  seen(): Promise<Seen>;
}

async function load(guest: Guest): Promise<Subject> {
  const rows = await guest.load('dtrace-access', { only: ['touch_layout'] });
  const object = await guest.load('dtrace-context', { only: ['snapshot'] });
  return {
    layout: decodeLayout(await rows.map('.rodata.layout').get(0)),
    snapshot: object.program('snapshot'),
    seen: async () => decodeSeen(await object.map('.data.seen').get(0)),
  };
}

guestTestBothModes('without a context: no probe, and the task that asks', {}, async (t, guest) => {
  const { snapshot, seen } = await load(guest);
  t.equal((await snapshot.testRun()).retval, 0);
  const pid = guest.facts.hello.agentPid;
  t.match(await seen(), {
    kind: PROBE_KIND.none,
    ecb_id: 0,
    probe_id: 0,
    argv: Array<bigint>(12).fill(0n),
    tid: pid,
    pid,
    task_pid: pid,
    uid: 0,
    state: 0n,
  });
  t.same([...new Set(Object.values((await seen()).regs))], [0n], 'registers are 0');
});

guestTestBothModes('ids, kind, arguments and registers are those given', {}, async (t, guest) => {
  const { layout, snapshot, seen } = await load(guest);
  const [first = '', second = ''] = REGISTER_FILE.names;
  const argv = Array.from({ length: 12 }, (_, index) => 0xa000_0000_0000_0000n + BigInt(index));
  // memory of the agent with a content that is known: the header of the kernel's own ELF file
  const maps = await guest.readFile(`/proc/${guest.facts.hello.agentPid}/maps`);
  const vdso = BigInt(`0x${/^([0-9a-f]+)-.*\[vdso\]$/m.exec(maps)?.[1]}`);
  const ctxIn = encodeContext(layout, {
    ecb_id: 0xe1,
    probe_id: 0xffffffff,
    kind: PROBE_KIND.perfEvent,
    ...Object.fromEntries(argv.map((value, index) => [`argv[${index}]`, value])),
    regs: vdso,
  });
  await snapshot.testRun({ ctxIn });
  t.match(await seen(), {
    ecb_id: 0xe1,
    probe_id: 0xffffffff,
    kind: PROBE_KIND.perfEvent,
    argv,
    regs: { [first]: 0x0001_0102_464c_457fn, [second]: 0n },
    tid: guest.facts.hello.agentPid,
  });
  t.match(
    await snapshot.tryTestRun({ ctxIn: encodeContext(layout, { regs: 8n }) }),
    { ok: false, code: 'EFAULT' },
    'registers that are nowhere',
  );
});

guestTest('a shorter context is filled up with 0, a longer one may only have zeros more', async (t, guest) => {
  const { layout, snapshot, seen } = await load(guest);
  await snapshot.testRun({ ctxIn: u32(5) });
  t.match(await seen(), { ecb_id: 5, probe_id: 0, kind: 0 }, 'four bytes');
  const whole = encodeContext(layout, { probe_id: 6 });
  await snapshot.testRun({ ctxIn: Buffer.concat([whole, new Uint8Array(8)]) });
  t.match(await seen(), { ecb_id: 0, probe_id: 6 }, 'eight zeros more');
  t.match(
    await snapshot.tryTestRun({ ctxIn: Buffer.concat([whole, Buffer.from([1])]) }),
    { ok: false, code: 'E2BIG' },
    'a one more',
  );
});

guestTest('what belongs to the task is not for the caller to say', async (t, guest) => {
  const { layout, snapshot } = await load(guest);
  for (const name of TASK_FIELDS)
    t.match(
      await snapshot.tryTestRun({ ctxIn: encodeContext(layout, { [name]: 1 }) }),
      { ok: false, code: 'EINVAL' },
      name,
    );
  t.match(
    await snapshot.tryTestRun({ ctxIn: encodeContext(layout, { kind: 8 }) }),
    { ok: false, code: 'EINVAL' },
    'a kind there is not',
  );
});

guestTest('the context comes back, ids as the program left them', async (t, guest) => {
  const { layout } = await load(guest);
  const object = await guest.load('finalize-context');
  const ecbs = u32(...Array.from({ length: guest.facts.hello.possibleCpus }, () => [91, 92]).flat());
  await object.map('percpu').update(0, ecbs);
  const { ctxOut } = await object
    .program('finalize_percpu')
    .testRun({ ctxIn: encodeContext(layout, { ecb_id: 1, probe_id: 2, 'argv[3]': 7n }), ctxSizeOut: layout.size });
  const at = (name: string): number => readU32(ctxOut, fieldNamed(layout, name).offset);
  t.same([at('ecb_id'), at('probe_id'), at('argv[3]')], [91, 92, 7]);
  t.match(
    { tid: at('tid'), uid: at('uid'), prio: at('prio') },
    { tid: guest.facts.hello.agentPid, uid: 0, prio: 120 },
    'with what is known of the task',
  );
  const older = await object.program('finalize_percpu').testRun({ ctxSizeOut: 8 });
  t.same([...u32(91, 92)], [...older.ctxOut], 'as much of it as there is room for: fields are added at the end');
});

guestTest('what makes no sense without a probe is refused', async (t, guest) => {
  const { snapshot } = await load(guest);
  for (const run of [{ repeat: 2 }, { flags: 1 }, { cpu: 1 }, { dataIn: new Uint8Array(64) }, { dataSizeOut: 64 }]) {
    t.match(await snapshot.tryTestRun(run), { ok: false, code: 'EINVAL' }, Object.keys(run).join());
  }
});

guestTestBothModes('the return value comes back, and tail calls are made', {}, async (t, guest) => {
  const object = await guest.load('tail-call', { only: ['callee_a', 'callee_b', 'callee_goes_on'] });
  t.equal((await object.program('callee_a').testRun()).retval, RETURN.a);
  t.equal((await object.program('callee_goes_on').testRun()).retval, RETURN.fell, 'an empty slot');
  await object.map('progs').put(1, object.program('callee_b'));
  t.equal((await object.program('callee_goes_on').testRun()).retval, RETURN.b, 'a filled one');
});

guestTest('only DTRACE programs are run in this way', async (t, guest) => {
  const kprobe = await guest.loadRaw(bpfProgram('kprobe'));
  // 524 is ENOTSUPP, as ever.
  t.match(await kprobe.tryTestRun(), { ok: false, errno: 524 });
});

/* With full preemption, the task is moved as soon as the program has ended. */
guestTest(
  'D29: the CPU is the one that the program ran on, though the task is asked to go to another one meanwhile',
  { seconds: 60 },
  async (t, guest) => {
    const { layout } = await load(guest);
    const cpu = fieldNamed(layout, 'cpu');
    const slow = (await guest.load('test-run')).program('takes_its_time');
    const pid = guest.facts.hello.agentPid;
    const mover = await guest.spawn(['sh', '-c', `while taskset -p 1 ${pid} && taskset -p 2 ${pid}; do :; done`]);
    let moved = 0;
    // where a process takes long to start, the first move may come late
    const until = performance.now() + FIRST_MOVE_MS;
    for (let run = 0, last = -1; run < RUNS || (moved === 0 && performance.now() < until); run++) {
      const { retval, ctxOut } = await slow.testRun({ ctxSizeOut: layout.size });
      t.equal(readU32(ctxOut, cpu.offset), retval);
      if (last >= 0 && retval !== last) moved++;
      last = retval;
    }
    await mover.signal('SIGKILL');
    await guest.transport.call('affinity.set', { cpu: null });
    t.ok(moved > 0, `${moved} runs on another CPU than the one before`);
  },
);
