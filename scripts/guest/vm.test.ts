import t from 'tap';
import { scriptedGuest, type Answer, type ScriptedGuest } from '../testing/scripted-guest.ts';
import { GuestDied } from './vm.ts';

type Test = Pick<typeof t, 'teardown'>;

const NEVER: Answer = () => undefined;
const QMP = '{"QMP": {}}\n{"return": {}}\n{"return": {}}\n';

async function guestFor(t: Test, answer: Answer, monitor?: string): Promise<ScriptedGuest> {
  const guest = await scriptedGuest(answer, monitor);
  t.teardown(() => guest.remove());
  return guest;
}

t.test('answers come back, and a guest that is gone answers nothing more', async (t) => {
  const guest = await guestFor(t, () => ({ now: 5n }));
  t.strictSame(await guest.vm.call('agent.ping', {}), { now: 5n });
  await guest.vm.stop();
  t.match(guest.vm.death, { kind: 'stopped' });
  await t.rejects(guest.vm.call('agent.ping', {}), GuestDied);
});

t.test("a panic fails what was asked, with the console from the test's begin on", async (t) => {
  const guest = await guestFor(t, NEVER);
  guest.say('of the test before');
  guest.vm.console.poll();
  guest.vm.judgedFrom = guest.vm.console.length;
  const asked = guest.vm.call('agent.ping', {});
  guest.say(
    '[ 1.0] here',
    '[ 1.1] Kernel panic - not syncing: sysrq triggered crash',
    '[ 1.2] CPU: 0',
    '[ 1.3] ---[ end Kernel panic - not syncing ]---',
  );
  await t.rejects(asked, { name: 'GuestDied', death: { kind: 'panic', reason: /sysrq triggered/ } });
  t.equal(guest.vm.death?.excerpt[0], '[ 1.0] here');
});

t.test('an agent that ended, a closed channel, and a QEMU that ended are told apart', async (t) => {
  const agent = await guestFor(t, NEVER);
  agent.say('[ 1.0] dtrace-selftest: agent ended with 137', 'reboot: Power down');
  t.match(await agent.vm.died, { kind: 'agent-died', reason: /137/ });
  const qemu = await guestFor(t, NEVER);
  const started = performance.now();
  qemu.endQemu();
  t.match(await qemu.vm.died, { kind: 'qemu-died', reason: /SIGTERM/ });
  t.ok(performance.now() - started < 1_000, 'the last words of a guest that is gone are not waited for');
  const channel = await guestFor(t, NEVER);
  channel.hangUp();
  channel.endQemu();
  t.match(await channel.vm.died, { kind: 'qemu-died' });
});

t.test('a hung guest is kicked, and its panic is not taken for its own', async (t) => {
  const guest = await guestFor(t, NEVER, QMP);
  const hung = guest.vm.hung('test "x"', 8_000);
  guest.say(
    '[ 9.0] Kernel panic - not syncing: NMI: Not continuing',
    '[ 9.1] RIP: lkdtm_HARDLOCKUP',
    'reboot: Restarting system',
  );
  t.match(await hung, {
    kind: 'hang',
    reason: 'the guest hung: test "x" took longer than 8 s',
    excerpt: [/NMI/, /HARDLOCKUP/, /reboot/],
  });
});

t.test('a hung guest that cannot be kicked says so, and its words are not waited for', async (t) => {
  const guest = await guestFor(t, NEVER);
  const started = performance.now();
  t.match(await guest.vm.hung('test "x"', 8_000), {
    kind: 'hang',
    reason: /8 s, and it could not be made to say where: no QEMU monitor: /,
  });
  t.ok(performance.now() - started < 2_000);
});

t.test('told to power off: done in time, not done in time, or dead of something else', async (t) => {
  const orders: unknown[] = [];
  const good: ScriptedGuest = await guestFor(t, (op, request) => {
    orders.push({ op, request });
    good.say('[ 5.0] sysrq: Power Off', '[ 5.1] reboot: Power down');
    good.endQemu();
    return undefined;
  });
  t.match(await good.vm.powerOff(5_000), { kind: 'stopped', reason: /powered off by the harness/ });
  t.strictSame(orders, [{ op: 'file.write', request: { path: '/proc/sysrq-trigger', data: 'o' } }]);
  const stuck = await guestFor(t, NEVER);
  t.match(await stuck.vm.powerOff(50), { kind: 'hang', reason: /powering off took longer than 0\.1 s/ });
  const bad: ScriptedGuest = await guestFor(t, () => {
    bad.say(
      '[ 5.0] sysrq: Power Off',
      '[ 5.1] Kernel panic - not syncing: in device_shutdown',
      'reboot: Restarting system',
    );
    return undefined;
  });
  t.match(await bad.vm.powerOff(5_000), { kind: 'panic', reason: /device_shutdown/ });
});
