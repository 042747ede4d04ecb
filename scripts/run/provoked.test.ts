import t from 'tap';
import { WorkbenchError } from '../lib/errors.ts';
import { judgeNoBoot, judgeProvoked } from './provoked.ts';
import type { BootRecord, TestRecord } from '../records/selftest.ts';

const passed = (name: string): TestRecord => ({
  name,
  status: 'passed',
  reason: '',
  ms: 0,
  assertions: 1,
  failures: [],
});
const failed = (name: string, message: string, detail = ''): TestRecord => ({
  name,
  status: 'failed',
  reason: '',
  ms: 0,
  assertions: 0,
  failures: [{ message, detail }],
});
const boot = (end: string): BootRecord => ({ console: '', ms: 0, end, reason: '' });

const TESTS: readonly TestRecord[] = [
  passed('nothing wrong'),
  failed(
    'a warning that is not declared',
    'splat: the kernel complained: WARNING: CPU: 0 at lkdtm/bugs.c',
    'RIP: lkdtm_WARNING',
  ),
  passed('a warning that was declared'),
  failed('a declared warning that does not come', 'missing-splat: the declared splat'),
  failed('an assertion that fails', 'should be equal'),
  { ...passed('a test for another kernel'), status: 'skipped', reason: 'this kernel is another' },
  failed('a test that throws', 'read of /does/not/exist: ENOENT: x'),
  failed(
    'a panic',
    "death: the guest's kernel panicked: Kernel panic",
    'sysrq: Trigger a crash\nKernel panic - not syncing: sysrq',
  ),
  failed(
    'an oops',
    "death: the guest's kernel oopsed: BUG: kernel NULL pointer dereference, address: 0",
    'RIP: 0010:lkdtm_EXCEPTION+0x5/0x10',
  ),
  failed('a reboot', 'death: the guest rebooted', 'sysrq: Resetting'),
  failed('the agent is killed', 'death: the agent in the guest died: it ended with 137'),
  failed('a hang', 'death: the guest hung: test "a hang" took longer than 8 s', 'lkdtm_HARDLOCKUP+0x1'),
  failed('QEMU is killed', 'death: QEMU closed the channel to the guest'),
  passed('nothing wrong in the last guest'),
];
const BOOTS = ['panic', 'oops', 'reboot', 'agent-died', 'hang', 'qemu-died', 'stopped'].map(boot);
const red = (rows: readonly TestRecord[]): string[] =>
  rows.filter((row) => row.status === 'failed').map((row) => row.name);

t.test('everything reported as what it is', async (t) => {
  t.strictSame(red(judgeProvoked(TESTS, BOOTS)), []);
});

t.test('a failure reported as a pass, as another, or not at all', async (t) => {
  const without = TESTS.filter((test) => test.name !== 'a panic');
  t.strictSame(red(judgeProvoked([...without, passed('a panic')], BOOTS)), [
    'a panic is reported as one, with the console',
  ]);
  t.strictSame(red(judgeProvoked([...without, failed('a panic', 'death: the guest hung')], BOOTS)), [
    'a panic is reported as one, with the console',
  ]);
  t.strictSame(red(judgeProvoked(without, BOOTS)), ['a panic is reported as one, with the console']);
});

t.test(
  'a panic that is called an oops, a hang that said nothing of where, and a last guest that is of no use',
  async (t) => {
    const instead = (test: TestRecord): TestRecord[] => TESTS.map((one) => (one.name === test.name ? test : one));
    const oops = failed(
      'a panic',
      "death: the guest's kernel oopsed: Oops: 0002",
      'sysrq: Trigger a crash\nKernel panic - not syncing: sysrq',
    );
    t.strictSame(red(judgeProvoked(instead(oops), BOOTS)), ['a panic is reported as one, with the console']);
    const mute = failed(
      'a hang',
      'death: the guest hung: test "a hang" took longer than 8 s; the monitor was mute',
      'lkdtm_HARDLOCKUP+0x1',
    );
    t.strictSame(red(judgeProvoked(instead(mute), BOOTS)), ['a hang is reported as one, with the place']);
    const last = failed('nothing wrong in the last guest', 'death: the guest hung');
    t.strictSame(red(judgeProvoked(instead(last), BOOTS)), ['a good test passes after the last death']);
  },
);

t.test('a guest that was not replaced, and a failure that was not provoked', async (t) => {
  t.strictSame(red(judgeProvoked(TESTS, BOOTS.slice(1))), ['every dead guest is replaced for the next test']);
  t.strictSame(red(judgeProvoked([...TESTS, failed('the test file runs to its end', 'x')], BOOTS)), [
    'nothing else is reported',
  ]);
});

t.test('a kernel that does not boot, taken for another failure, or for none', async (t) => {
  const status = (reason: unknown): string => judgeNoBoot({ status: 'rejected', reason }).status;
  const said = {
    detail: '[ 1.0] Kernel panic - not syncing: VFS: Unable to mount root fs',
    position: { file: '/out/console-1.log' },
    next: 'less /out/console-1.log',
  };
  const message =
    "the guest did not boot: the guest's kernel panicked: Kernel panic - not syncing: " +
    'VFS: Unable to mount root fs while booting';
  t.equal(status(new WorkbenchError('E_BOOT', message, said)), 'passed');
  t.equal(status(new WorkbenchError('E_TEST', message, said)), 'failed', 'the same words, another failure');
  t.equal(
    status(new WorkbenchError('E_BOOT', 'the guest did not boot: no agent after 180 s', said)),
    'failed',
    'the wrong reason',
  );
  for (const key of ['detail', 'position', 'next'] as const)
    t.equal(status(new WorkbenchError('E_BOOT', message, { ...said, [key]: undefined })), 'failed', `no ${key}`);
  t.equal(status(new Error('x')), 'failed');
  t.equal(judgeNoBoot({ status: 'fulfilled', value: null }).status, 'failed');
});
