import t from 'tap';
import { failedTest, type TestRecord } from './selftest.ts';
import { add, judged, totals, verdictLine } from './totals.ts';

const passed: TestRecord = { name: 'x', status: 'passed', reason: '', ms: 1, assertions: 1, failures: [] };
const skipped: TestRecord = { ...passed, status: 'skipped', reason: 'needs root', assertions: 0 };
const failed = failedTest('x', [{ message: 'inner', detail: 'why' }]);
const verdict = (...files: TestRecord[][]): string =>
  verdictLine(totals(judged(files.map((tests, i) => ({ file: `${i}.test.ts`, tests, ms: 1 })))));

t.test('verdicts, a row each', async (t) => {
  t.equal(verdict([passed, passed], [passed]), '3 passed, 0 failed, 0 skipped');
  t.equal(verdict([passed, failed]), '1 passed, 1 failed, 0 skipped');
  t.equal(verdict([skipped]), '0 passed, 0 failed, 1 skipped');
  t.equal(verdict([]), '0 passed, 1 failed, 0 skipped', 'a file without tests');
  t.equal(verdict(), '0 passed, 1 failed, 0 skipped', 'no file at all');
});

t.test('totals add up', async (t) => {
  const one = totals([{ tests: [passed, passed, failed] }, { tests: [skipped] }]);
  t.strictSame(one, { passed: 2, failed: 1, skipped: 1 });
  t.equal(verdictLine(add(one, one)), '4 passed, 2 failed, 2 skipped');
  t.equal(verdictLine(add()), '0 passed, 0 failed, 0 skipped');
});

t.test('a failure says why, and never nothing', async (t) => {
  t.match(failed, { status: 'failed', assertions: 0, failures: [{ message: 'inner', detail: 'why' }] });
  t.strictSame(failedTest('bad', []).failures, [{ message: 'bad', detail: '' }]);
});
