import t from 'tap';
import { judgeProvoked } from './provoked.ts';
import type { BootRecord, TestRecord } from './types.ts';

const passed = (name: string): TestRecord => ({ name, status: 'passed', reason: '', ms: 0, assertions: 1, failures: [] });
const failed = (name: string, message: string, detail = ''): TestRecord => ({ name, status: 'failed', reason: '', ms: 0, assertions: 0, failures: [{ message, detail }] });
const boot = (end: string): BootRecord => ({ console: '', ms: 0, end, reason: '' });

const TESTS: readonly TestRecord[] = [
  passed('nothing wrong'),
  failed('a warning that nobody declared', 'splat: the kernel complained: WARNING: CPU: 0 at lkdtm/bugs.c', 'RIP: lkdtm_WARNING'),
  passed('a warning that was declared'),
  failed('a declared warning that does not come', 'missing-splat: the declared splat'),
  failed('an assertion that fails', 'should be equal'),
  { ...passed('a test for another kernel'), status: 'skipped', reason: 'this kernel is another' },
  failed('a test that throws', 'read of /does/not/exist: ENOENT: x'),
  failed('a panic', "death: the guest's kernel panicked: Kernel panic", 'sysrq: Trigger a crash\nKernel panic - not syncing: sysrq'),
  failed('the agent is killed', 'death: the agent in the guest died: it ended with 137'),
  failed('a hang', 'death: the guest hung: test "a hang" took longer than 8 s', 'lkdtm_HARDLOCKUP+0x1'),
  failed('QEMU is killed', 'death: QEMU closed the channel to the guest'),
];
const BOOTS = ['panic', 'agent-died', 'hang', 'qemu-died'].map(boot);
const red = (rows: readonly TestRecord[]): string[] => rows.filter((row) => row.status === 'failed').map((row) => row.name);

t.test('everything reported as what it is', async (t) => {
  t.strictSame(red(judgeProvoked(TESTS, BOOTS)), []);
});

t.test('a failure reported as a pass, as another, or not at all', async (t) => {
  const without = TESTS.filter((test) => test.name !== 'a panic');
  t.strictSame(red(judgeProvoked([...without, passed('a panic')], BOOTS)), ['a panic is reported as one, with the console']);
  t.strictSame(red(judgeProvoked([...without, failed('a panic', 'death: the guest hung')], BOOTS)), ['a panic is reported as one, with the console']);
  t.strictSame(red(judgeProvoked(without, BOOTS)), ['a panic is reported as one, with the console']);
});

t.test('a guest that was not replaced, and a failure nobody provoked', async (t) => {
  t.strictSame(red(judgeProvoked(TESTS, BOOTS.slice(1))), ['every dead guest is replaced for the next test']);
  t.strictSame(red(judgeProvoked([...TESTS, failed('the test file runs to its end', 'x')], BOOTS)), ['nothing else is reported']);
});
