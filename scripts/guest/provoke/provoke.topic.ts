/**
 * Tests that go wrong on purpose, in real guests. Run by scripts/run/self-check.ts, which knows what each must be
 * reported as; by itself this file fails, and has to.
 */
import { killQemu } from './kill-qemu.ts';
import { guestTest } from '../guest-test.ts';

const PROVOKE = '/sys/kernel/debug/provoke-crash/DIRECT';

guestTest('nothing wrong', async (t, guest) => {
  t.equal((await guest.exec(['true'])).exitCode, 0);
});

guestTest('a warning that is not declared', async (t, guest) => {
  await guest.writeFile(PROVOKE, 'WARNING');
  t.pass('the guest goes on after a warning');
});

guestTest(
  'a warning that was declared',
  {
    expectSplat: [
      { pattern: /^WARNING: .*lkdtm_WARNING/, reason: 'the harness is shown a warning that it must accept' },
    ],
  },
  async (t, guest) => {
    await guest.writeFile(PROVOKE, 'WARNING');
    t.pass('the guest goes on');
  },
);

guestTest(
  'a declared warning that does not come',
  {
    expectSplat: [{ pattern: /^WARNING: .*lkdtm_WARNING/, reason: 'the harness must miss it' }],
  },
  async (t) => {
    t.pass('nothing happens');
  },
);

guestTest('an assertion that fails', async (t) => {
  t.equal(1, 2);
});

guestTest('a test for another kernel', { needs: () => 'this kernel is another' }, async (t) => {
  t.fail('it must not run');
});

guestTest('a test that throws', async (_t, guest) => {
  await guest.readFile('/does/not/exist');
});

guestTest('a panic', async (_t, guest) => {
  await guest.writeFile('/proc/sysrq-trigger', 'c');
});

guestTest('an oops', async (_t, guest) => {
  await guest.writeFile(PROVOKE, 'EXCEPTION');
});

guestTest('a reboot', async (_t, guest) => {
  await guest.writeFile('/proc/sysrq-trigger', 'b');
});

guestTest('the agent is killed', async (_t, guest) => {
  await guest.exec(['bash', '-c', `kill -KILL ${guest.facts.hello.agentPid}; sleep 60`]);
});

/** The agent's CPU, the only one, spins with interrupts off: only a non-maskable interrupt gets through. */
guestTest('a hang', { seconds: 1 }, async (_t, guest) => {
  await guest.writeFile(PROVOKE, 'HARDLOCKUP');
});

guestTest('QEMU is killed', async (_t, guest) => {
  const [, dir = '/no directory'] = / BASH_ENV=(\S+)\/early\.sh/.exec(await guest.readFile('/proc/cmdline')) ?? [];
  const sleeping = guest.exec(['sleep', '60'], { timeoutMs: 120_000 });
  killQemu(dir);
  await sleeping;
});

guestTest('nothing wrong in the last guest', async (t, guest) => {
  t.equal((await guest.exec(['true'])).exitCode, 0);
});
