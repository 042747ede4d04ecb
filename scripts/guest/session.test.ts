import t from 'tap';
import { silentLog } from '../lib/log.ts';
import type { GuestHello } from '../../selftests/agent/protocol.ts';
import type { Budgets } from './budgets.ts';
import { scriptedGuest, type ScriptedGuest } from '../testing/scripted-guest.ts';
import { Session } from './session.ts';
import { GuestDied } from './vm.ts';

type Test = Pick<typeof t, 'teardown'>;

const BUDGETS: Budgets = { bootMs: 1_000, silenceMs: 1_000, shutdownMs: 50, slowness: 1 };
const HELLO = { agentPid: 7, release: '6.12', cpus: 2 } as unknown as GuestHello;
const WARNING = ['[ 2.0] WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2', '[ 2.1] ---[ end trace 0 ]---'];

interface Script {
  /** Of scope.end. */
  readonly problems?: readonly string[];
  /** Of kmemleak.scan. */
  readonly leaks?: string;
  /** What the guest never answers. */
  readonly mute?: string;
}

/** A session whose guests are scripted: they mark tests as real ones do, and do what the test has them do. */
function open(t: Test, script: Script = {}, budgets = BUDGETS): { session: Session; guest(): ScriptedGuest } {
  const guests: ScriptedGuest[] = [];
  const guest = (): ScriptedGuest => {
    const last = guests.at(-1);
    if (last === undefined) throw new Error('no guest was booted');
    return last;
  };
  const answer = (op: string, request: unknown): unknown => {
    const { mark } = request as { mark?: string };
    if (op === script.mute) return undefined;
    if (op === 'scope.begin') guest().say(`[ 1.0] dtrace-selftest: begin ${mark}`);
    if (op === 'scope.end') guest().say(`[ 3.0] dtrace-selftest: end ${mark}`);
    if (op === 'scope.end') return { released: 0, problems: script.problems ?? [] };
    if (op === 'kmemleak.scan') return { available: true, report: script.leaks ?? '' };
    return op === 'file.write' ? undefined : {};
  };
  const session = new Session({
    spec: { bzImage: '/k', vmlinux: '/v', accel: 'tcg', cpus: 2, memoryMb: 1 },
    agent: { node: '', main: '', libbpf: '', nativeLib: '' },
    budgets,
    facts: {} as never,
    dir: '/nowhere',
    settleMs: 1,
    log: silentLog,
    signal: new AbortController().signal,
    boot: async () => {
      guests.push(await scriptedGuest(answer));
      return { vm: guest().vm, hello: HELLO, bootMs: 1 };
    },
  });
  t.teardown(async () => {
    await session.close();
    for (const one of guests) await one.remove();
  });
  return { session, guest };
}

const named = (name: string, more: object = {}): Parameters<Session['begin']>[0] => ({
  name,
  seconds: 30,
  expectSplat: [],
  ...more,
});
const declared = { expectSplat: [{ source: '^WARNING: .* f\\+', flags: '', reason: 'on purpose' }] };

t.test('nothing wrong: one guest for all tests', async (t) => {
  const { session, guest } = open(t);
  for (const name of ['a', 'b']) {
    t.match(await session.begin(named(name)), { hello: HELLO });
    t.strictSame(await session.end(), { problems: [] });
  }
  t.strictSame(await session.endTopic(), []);
  t.equal(session.boots.length, 1);
  t.strictSame(guest().asked, ['scope.begin', 'scope.end', 'scope.begin', 'scope.end', 'kmemleak.scan']);
});

t.test('a console that cannot be read is a failure of the test that was running, whatever it declared', async (t) => {
  const { session, guest } = open(t);
  await session.begin(named('mixed', declared));
  guest().say(...WARNING, '[ 2.2] Kersntaerl tpianngi cu -d enov td synci', 'sn:g Atotetvempded to kill init!');
  const { problems } = await session.end();
  t.match(problems, [{ kind: 'splat', message: /the console cannot be read: the letters of two writers are mixed$/ }]);
  t.equal(problems.length, 1);
  await session.begin(named('next'));
  t.strictSame(await session.end(), { problems: [] });
});

t.test('a splat belongs to the test during which it came', async (t) => {
  const { session, guest } = open(t);
  await session.begin(named('good'));
  t.strictSame(await session.end(), { problems: [] });
  await session.begin(named('bad'));
  guest().say(...WARNING);
  t.match((await session.end()).problems, [{ kind: 'splat', message: /WARNING: .* f\+/, excerpt: WARNING }]);
  await session.begin(named('after'));
  t.strictSame(await session.end(), { problems: [] });
});

t.test('a declared splat must come, and excuses no other', async (t) => {
  const { session, guest } = open(t);
  await session.begin(named('comes', declared));
  guest().say(...WARNING);
  t.strictSame(await session.end(), { problems: [] });
  await session.begin(named('stays away', declared));
  t.match((await session.end()).problems, [{ kind: 'missing-splat', message: /did not come \(on purpose\)/ }]);
  await session.begin(named('another comes', declared));
  guest().say('[ 2.0] BUG: something else');
  t.strictSame(
    (await session.end()).problems.map((problem) => problem.kind),
    ['splat', 'missing-splat'],
  );
});

t.test('a splat between two tests is told of the one before', async (t) => {
  const { session, guest } = open(t);
  await session.begin(named('leaves work behind'));
  await session.end();
  guest().say(...WARNING);
  await session.begin(named('innocent'));
  t.strictSame(await session.end(), { problems: [] });
  t.match(await session.endTopic(), [{ kind: 'splat', message: /^after "leaves work behind", the kernel complained/ }]);
  t.strictSame(await session.endTopic(), [], 'once');
});

t.test('what cannot be released, and what leaks', async (t) => {
  const { session } = open(t, { problems: ['close of fd 3: EIO'], leaks: 'unreferenced object 0x1\n  backtrace' });
  await session.begin(named('a'));
  t.strictSame(await session.end(), { problems: [{ kind: 'release', message: 'close of fd 3: EIO', excerpt: [] }] });
  t.match(await session.endTopic(), [
    { kind: 'splat', message: 'kmemleak reports leaks', excerpt: ['unreferenced object 0x1', '  backtrace'] },
  ]);
});

t.test('a death fails the test, which fails nothing after it: there is a new guest', async (t) => {
  const { session, guest } = open(t);
  await session.begin(named('dies'));
  guest().say(
    '[ 2.0] BUG: kernel NULL pointer dereference, address: 0',
    '[ 2.1] Kernel panic - not syncing: Fatal exception',
    'reboot: Restarting system',
  );
  await guest().vm.died;
  await t.rejects(session.call('agent.ping', {}), GuestDied);
  const { problems } = await session.end();
  t.match(problems, [
    { kind: 'death', message: /oopsed/, excerpt: [/begin 1 dies/, /NULL pointer/, /panic/, /reboot/] },
  ]);
  t.equal(problems.length, 1, 'and no splat with it');
  await session.begin(named('next'));
  t.strictSame(await session.end(), { problems: [] });
  t.strictSame(
    session.boots.map((boot) => boot.death?.kind),
    ['oops', undefined],
  );
});

t.test("a guest that dies between two tests is the earlier one's", async (t) => {
  const { session, guest } = open(t);
  await session.begin(named('early'));
  await session.end();
  guest().endQemu();
  await guest().vm.died;
  await session.begin(named('late'));
  t.strictSame(await session.end(), { problems: [] });
  t.match(await session.endTopic(), [{ kind: 'death', message: /^after "early", QEMU died/ }]);
});

t.test('a test that spends its budget hung', async (t) => {
  const { session } = open(t);
  await session.begin(named('slow', { seconds: 0.05 }));
  await new Promise((resolve) => setTimeout(resolve, 150));
  t.match((await session.end()).problems, [
    { kind: 'death', message: /^the guest hung: test "slow" took longer than 0\.1 s/ },
  ]);
});

t.test(
  'a guest that hangs before a test begins, or in the search for leaks, is not waited for without end',
  async (t) => {
    const quick = { ...BUDGETS, slowness: 0.001 };
    const deaf = open(t, { mute: 'scope.begin' }, quick).session;
    await t.rejects(deaf.begin(named('never begins')), GuestDied);
    t.match((await deaf.end()).problems, [{ kind: 'death', message: /test "never begins" took longer/ }]);
    const { session } = open(t, { mute: 'kmemleak.scan' }, quick);
    await session.ready();
    t.match(await session.endTopic(), [
      { kind: 'death', message: /^after the topic, the guest hung: the search for leaks took longer/ },
    ]);
  },
);

t.test('a guest that does not power off in its time is a problem of the run', async (t) => {
  const { session } = open(t);
  t.strictSame(await session.shutDown(), [], 'no guest, no problem');
  await session.ready();
  t.match(await session.shutDown(), [{ kind: 'death', message: /powering off took longer/ }]);
  t.strictSame(await session.shutDown(), []);
});

t.test('what the kernel complains of while it powers off is heard', async (t) => {
  const { session, guest } = open(t, {}, { ...BUDGETS, shutdownMs: 60_000 });
  await session.ready();
  const ending = session.shutDown();
  guest().say(...WARNING, '[ 5.0] reboot: Power down');
  guest().endQemu();
  t.match(await ending, [{ kind: 'splat', message: /WARNING/ }]);
});
