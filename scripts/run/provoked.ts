/** What the provoked failures must have been reported as; pure. */
import { EXIT, messageOf, WorkbenchError } from '../lib/errors.ts';
import type { BootRecord, TestRecord } from '../records/selftest.ts';

interface Expected {
  /** Name of the test in provoke.topic.ts. */
  readonly provoked: string;
  readonly says: string;
  /** A failure whose message matches; null: it must pass; or the reason of a skip. */
  readonly message: RegExp | { readonly skip: string } | null;
  /** Somewhere in that failure's detail. */
  readonly detail?: RegExp;
}

/** KASAN checks the address first, by way of a shadow that there is none of for a null pointer. */
const OOPSED = /^death: the guest's kernel oopsed: (?:BUG: kernel NULL pointer dereference|Oops: general protection fault)/;

const EXPECTED: readonly Expected[] = [
  { provoked: 'nothing wrong', says: 'a good test passes', message: null },
  { provoked: 'a warning that nobody declared', says: 'a warning is charged to the test that caused it', message: /^splat: .*WARNING: .*lkdtm/, detail: /lkdtm_WARNING/ },
  { provoked: 'a warning that was declared', says: 'a declared warning is accepted', message: null },
  { provoked: 'a declared warning that does not come', says: 'a declared warning must come', message: /^missing-splat: / },
  { provoked: 'an assertion that fails', says: 'a failed assertion fails', message: /should be equal/ },
  { provoked: 'a test for another kernel', says: 'a test that is not for this kernel is skipped, with its reason', message: { skip: 'this kernel is another' } },
  { provoked: 'a test that throws', says: 'a test that throws fails with what it threw', message: /read of \/does\/not\/exist: ENOENT/ },
  { provoked: 'a panic', says: 'a panic is reported as one, with the console', message: /^death: the guest's kernel panicked: /, detail: /sysrq: Trigger a crash[\s\S]*Kernel panic - not syncing/ },
  { provoked: 'an oops', says: 'an oops is reported as one, with the place', message: OOPSED, detail: /lkdtm_EXCEPTION/ },
  { provoked: 'a reboot', says: 'a reboot is reported as one', message: /^death: the guest rebooted$/, detail: /sysrq: Resetting/ },
  { provoked: 'the agent is killed', says: 'a killed agent is reported as one', message: /^death: the agent in the guest died: / },
  { provoked: 'a hang', says: 'a hang is reported as one, with the place', message: /^death: the guest hung: test "a hang" took longer than \d+ s$/, detail: /lkdtm_HARDLOCKUP/ },
  { provoked: 'QEMU is killed', says: 'the death of QEMU is reported as that', message: /^death: QEMU / },
  { provoked: 'nothing wrong in the last guest', says: 'a good test passes after the last death', message: null },
];

/** How the guests must have ended, in order; the tests after each death ran in the next one. */
const ENDS: readonly string[] = ['panic', 'oops', 'reboot', 'agent-died', 'hang', 'qemu-died', 'stopped'];

export function judgeProvoked(tests: readonly TestRecord[], boots: readonly BootRecord[]): TestRecord[] {
  const rows = EXPECTED.map((expected) => row(expected.says, judge(expected, tests.find((test) => test.name === expected.provoked))));
  const ends = boots.map((boot) => boot.end);
  const deaths = ends.join() === ENDS.join() ? null : { message: `guests ended as ${ends.join(', ')}`, detail: boots.map((boot) => boot.reason).join('\n') };
  const unknown = tests.filter((test) => !EXPECTED.some((expected) => expected.provoked === test.name));
  const strangers = unknown.length === 0 ? null : { message: `unexpected: ${unknown.map((test) => test.name).join(', ')}`, detail: unknown.map(failureText).join('\n') };
  return [...rows, row('every dead guest is replaced for the next test', deaths), row('nothing else is reported', strangers)];
}

/** A kernel that panics before its agent speaks is one that does not boot: the run's own failure, with the place and the next command. */
export function judgeNoBoot(outcome: PromiseSettledResult<unknown>): TestRecord {
  const name = 'a kernel that panics on its way up does not boot: E_BOOT, 14, with its console';
  if (outcome.status === 'fulfilled') return row(name, { message: 'it was taken for one that boots', detail: '' });
  const error: unknown = outcome.reason;
  if (!(error instanceof WorkbenchError)) return row(name, { message: `it threw ${messageOf(error)}`, detail: '' });
  const right = error.code === 'E_BOOT' && error.exitCode === EXIT.boot && /kernel panicked: .*VFS/.test(error.message)
    && /Kernel panic - not syncing: VFS/.test(error.detail ?? '') && error.position !== undefined && /^less /.test(error.next);
  return row(name, right ? null : { message: `reported otherwise: ${error.code} (${error.exitCode}): ${error.message}`, detail: error.detail ?? '' });
}

function judge(expected: Expected, test: TestRecord | undefined): { message: string; detail: string } | null {
  if (test === undefined) return { message: 'the test was not reported at all', detail: '' };
  if (expected.message === null) return test.status === 'passed' ? null : { message: 'it should pass', detail: failureText(test) };
  const { message, detail } = expected;
  if ('skip' in message) return test.status === 'skipped' && test.reason === message.skip ? null : { message: `it should be skipped, and is ${test.status}`, detail: test.reason };
  const fits = test.failures.some((failure) => message.test(failure.message) && (detail === undefined || detail.test(failure.detail)));
  return test.status === 'failed' && fits ? null : { message: `reported otherwise (${test.status})`, detail: failureText(test) };
}

function failureText(test: TestRecord): string {
  return test.failures.map((failure) => `${failure.message}\n${failure.detail}`).join('\n');
}

function row(name: string, failure: { message: string; detail: string } | null): TestRecord {
  return { name, status: failure === null ? 'passed' : 'failed', reason: '', ms: 0, assertions: 1, failures: failure === null ? [] : [failure] };
}
