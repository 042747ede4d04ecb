/** What the provoked failures must have been reported as; pure. */
import { EXIT, messageOf, WorkbenchError } from '../lib/errors.ts';
import type { BootRecord, Failure, TestRecord } from '../records/selftest.ts';

/** What must have been said of a test of provoke.topic.ts. */
type Expected = readonly [
  provoked: string,
  says: string,
  /** A failure whose message matches; null: it must pass; or the reason of a skip. */
  message: RegExp | { readonly skip: string } | null,
  /** Somewhere in that failure's detail. */
  detail?: RegExp,
];

/** KASAN checks the address first, in a shadow that a null pointer does not have. */
const OOPSED =
  /^death: the guest's kernel oopsed: (?:BUG: kernel NULL pointer dereference|Oops: general protection fault)/;
const PANICKED = /^death: the guest's kernel panicked: /;
const HUNG = /^death: the guest hung: test "a hang" took longer than \d+ s$/;
const SPLAT = /^splat: .*WARNING: .*lkdtm/;
const SKIPPED = { skip: 'this kernel is another' };

const EXPECTED: readonly Expected[] = [
  ['nothing wrong', 'a good test passes', null],
  ['a warning that is not declared', 'a warning is charged to the test that caused it', SPLAT, /lkdtm_WARNING/],
  ['a warning that was declared', 'a declared warning is accepted', null],
  ['a declared warning that does not come', 'a declared warning must come', /^missing-splat: /],
  ['an assertion that fails', 'a failed assertion fails', /should be equal/],
  ['a test for another kernel', 'a test that is not for this kernel is skipped, with its reason', SKIPPED],
  ['a test that throws', 'a test that throws fails with what it threw', /read of \/does\/not\/exist: ENOENT/],
  [
    'a panic',
    'a panic is reported as one, with the console',
    PANICKED,
    /sysrq: Trigger a crash[\s\S]*Kernel panic - not syncing/,
  ],
  ['an oops', 'an oops is reported as one, with the place', OOPSED, /lkdtm_EXCEPTION/],
  ['a reboot', 'a reboot is reported as one', /^death: the guest rebooted$/, /sysrq: Resetting/],
  ['the agent is killed', 'a killed agent is reported as one', /^death: the agent in the guest died: /],
  ['a hang', 'a hang is reported as one, with the place', HUNG, /lkdtm_HARDLOCKUP/],
  ['QEMU is killed', 'the death of QEMU is reported as that', /^death: QEMU /],
  ['nothing wrong in the last guest', 'a good test passes after the last death', null],
];

/** How the guests must have ended, in order; the tests after each death ran in the next one. */
const ENDS = ['panic', 'oops', 'reboot', 'agent-died', 'hang', 'qemu-died', 'stopped'].join(', ');

export function judgeProvoked(tests: readonly TestRecord[], boots: readonly BootRecord[]): TestRecord[] {
  const find = (wanted: string): TestRecord | undefined => tests.find(({ name }) => name === wanted);
  const rows = EXPECTED.map((expected) => row(expected[1], judge(expected, find(expected[0]))));
  const ends = boots.map((boot) => boot.end).join(', ');
  const replaced = failsUnless(ends === ENDS, `guests ended as ${ends}`, boots.map((boot) => boot.reason).join('\n'));
  const unknown = tests.filter(({ name }) => !EXPECTED.some(([provoked]) => provoked === name));
  const names = unknown.map(({ name }) => name).join(', ');
  const known = failsUnless(names === '', `unexpected: ${names}`, unknown.map(failureText).join('\n'));
  return [
    ...rows,
    row('every dead guest is replaced for the next test', replaced),
    row('nothing else is reported', known),
  ];
}

/**
 * A kernel that panics before its agent speaks is one that does not boot: the run's own failure, with the place and the
 * next command.
 */
export function judgeNoBoot(outcome: PromiseSettledResult<unknown>): TestRecord {
  const name = 'a kernel that panics on its way up does not boot: E_BOOT, 14, with its console';
  if (outcome.status === 'fulfilled') return row(name, { message: 'it was taken for one that boots', detail: '' });
  const error: unknown = outcome.reason;
  if (!(error instanceof WorkbenchError)) return row(name, { message: `it threw ${messageOf(error)}`, detail: '' });
  const { code, exitCode, message, detail = '', position, next } = error;
  const right =
    code === 'E_BOOT' &&
    exitCode === EXIT.boot &&
    /kernel panicked: .*VFS/.test(message) &&
    /Kernel panic - not syncing: VFS/.test(detail) &&
    position !== undefined &&
    /^less /.test(next);
  return row(name, failsUnless(right, `reported otherwise: ${code} (${exitCode}): ${message}`, detail));
}

function judge([, , message, detail]: Expected, test: TestRecord | undefined): Failure | null {
  if (test === undefined) return { message: 'the test was not reported at all', detail: '' };
  const { status, reason, failures } = test;
  if (message === null) return failsUnless(status === 'passed', 'it should pass', failureText(test));
  if ('skip' in message) {
    const right = status === 'skipped' && reason === message.skip;
    return failsUnless(right, `it should be skipped, and is ${status}`, reason);
  }
  const fits = failures.some((one) => message.test(one.message) && (detail === undefined || detail.test(one.detail)));
  return failsUnless(status === 'failed' && fits, `reported otherwise (${status})`, failureText(test));
}

function failureText({ failures }: TestRecord): string {
  return failures.map((failure) => `${failure.message}\n${failure.detail}`).join('\n');
}

function failsUnless(right: boolean, message: string, detail: string): Failure | null {
  return right ? null : { message, detail };
}

function row(name: string, failure: Failure | null): TestRecord {
  const passed: TestRecord = { name, status: 'passed', reason: '', ms: 0, assertions: 1, failures: [] };
  return failure === null ? passed : { ...passed, status: 'failed', failures: [failure] };
}
