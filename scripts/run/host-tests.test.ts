import t from 'tap';
import type { UnitTest } from '../records/unit.ts';
import { totals } from '../records/totals.ts';
import { toTopic } from './host-tests.ts';

const test = (name: string, more: Partial<UnitTest> = {}): UnitTest => ({ name, ok: true, skip: undefined, failures: [], ...more });

t.test('files become one topic: every test counts once, under its file\'s name', async (t) => {
  const topic = toTopic([
    { file: 'a.host.test.ts', ms: 70, tests: [test('good')] },
    { file: 'b.host.test.ts', ms: 9, tests: [test('bad', { ok: false, failures: [{ name: 'bad > sum', detail: '1 is not 2' }] }), test('left out', { skip: 'no such device' })] },
  ], '/out/workbench', 80);
  t.strictSame(totals([topic]), { passed: 1, failed: 1, skipped: 1 });
  t.strictSame(topic.tests.map(({ name, status, reason }) => [name, status, reason]), [
    ['a.host.test.ts: good', 'passed', ''],
    ['b.host.test.ts: bad', 'failed', ''],
    ['b.host.test.ts: left out', 'skipped', 'no such device'],
  ]);
  t.strictSame(topic.tests.map((one) => one.failures), [[], [{ message: 'bad > sum', detail: '1 is not 2' }], []]);
});

t.test('a failure without a word still says which test it is', async (t) => {
  t.strictSame(toTopic([{ file: 'a', ms: 1, tests: [test('bad', { ok: false })] }], '', 1).tests[0]?.failures, [{ message: 'bad', detail: '' }]);
});

t.test('a file that tests nothing, and a project without such files, are failures', async (t) => {
  t.match(toTopic([{ file: 'a', ms: 1, tests: [] }], '', 1).tests, [{ name: 'a', status: 'failed' }]);
  t.match(toTopic([], '', 1).tests, [{ status: 'failed', failures: [{ message: 'no test files' }] }]);
});
