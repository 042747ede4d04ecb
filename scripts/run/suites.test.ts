import t from 'tap';
import { failedTest, type FileRecord, type TestRecord, type TopicRecord } from '../records/selftest.ts';
import { judged, totals } from '../records/totals.ts';
import { toTopic } from './suites.ts';

const passed: TestRecord = { name: 'good', status: 'passed', reason: '', ms: 1, assertions: 1, failures: [] };
const skipped: TestRecord = { ...passed, name: 'left out', status: 'skipped', reason: 'no such device', assertions: 0 };
const topic = (files: readonly FileRecord[], ms = 1): TopicRecord =>
  toTopic({ files: judged(files), ms }, '/out/workbench');

t.test("files become one topic: every test counts once, under its file's name", async (t) => {
  const bad = failedTest('bad', [{ message: 'bad > sum', detail: '1 is not 2' }]);
  const made = topic(
    [
      { file: 'a.host.test.ts', ms: 70, tests: [passed] },
      { file: 'b.host.test.ts', ms: 9, tests: [bad, skipped] },
    ],
    80,
  );
  t.match(made, { topic: 'workbench', log: '/out/workbench', ms: 80 });
  t.strictSame(totals([made]), { passed: 1, failed: 1, skipped: 1 });
  t.strictSame(
    made.tests.map(({ name, status, reason }) => [name, status, reason]),
    [
      ['a.host.test.ts: good', 'passed', ''],
      ['b.host.test.ts: bad', 'failed', ''],
      ['b.host.test.ts: left out', 'skipped', 'no such device'],
    ],
  );
  t.strictSame(
    made.tests.map((one) => one.failures),
    [[], [{ message: 'bad > sum', detail: '1 is not 2' }], []],
  );
});

t.test('a file that tests nothing, and a project without such files, are failures', async (t) => {
  t.match(topic([{ file: 'a', ms: 1, tests: [] }]).tests, [{ name: 'a: no tests', status: 'failed' }]);
  t.match(topic([]).tests, [{ status: 'failed', failures: [{ message: 'no test files' }] }]);
});
