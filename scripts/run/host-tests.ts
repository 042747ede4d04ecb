import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { findTests, runTests } from './test-files.ts';
import { problemsOf, type FileResult } from '../records/unit.ts';
import { totals } from '../records/totals.ts';
import type { TestRecord, TopicRecord } from '../records/selftest.ts';

export const WORKBENCH_TOPIC = 'workbench';

export interface WorkbenchCheck {
  readonly root: string;
  /** Where the files' TAP goes. */
  readonly dir: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** See ExecOptions. */
  readonly nice?: number;
}

/** Runs the tests that abuse real processes and file systems (`*.host.test.ts`) as a topic: they leave most of the processors to guests. */
export async function workbenchCheck(options: WorkbenchCheck): Promise<TopicRecord> {
  const started = performance.now();
  const dir = join(options.dir, WORKBENCH_TOPIC);
  const results = await runTests({
    root: options.root, files: findTests(options.root, [], 'host'), kind: 'host', logDir: dir, signal: options.signal,
    onFile: () => undefined,
    ...(options.nice === undefined ? {} : { nice: options.nice }),
  });
  if (options.signal.aborted) throw new WorkbenchError('E_INTERRUPTED', `interrupted in ${WORKBENCH_TOPIC}`);
  const record = toTopic(results, dir, Math.round(performance.now() - started));
  const { passed, failed, skipped } = totals([record]);
  options.log({ kind: failed > 0 ? 'warn' : 'done', text: `${WORKBENCH_TOPIC}: ${passed} passed, ${failed} failed, ${skipped} skipped`, ms: record.ms });
  for (const test of record.tests) for (const { message, detail } of test.failures) options.log({ kind: 'note', text: `${test.name}: ${message}\n${detail}`.trimEnd() });
  return record;
}

/** Every test with its file's name; a file that tested nothing is a failed test. */
export function toTopic(results: readonly FileResult[], log: string, ms: number): TopicRecord {
  const tests = results.flatMap(({ file, tests, ms }): TestRecord[] => tests.length === 0
    ? [{ name: file, status: 'failed', reason: '', ms, assertions: 0, failures: [{ message: 'no tests', detail: 'the file ran and tested nothing' }] }]
    : tests.map((test) => ({
      name: `${file}: ${test.name}`,
      status: !test.ok ? 'failed' : test.skip === undefined ? 'passed' : 'skipped',
      reason: test.skip ?? '',
      ms: tests.length === 1 ? ms : 0,
      assertions: test.ok && test.skip === undefined ? 1 : 0,
      failures: problemsOf(test).map(({ name, detail }) => ({ message: name, detail })),
    })));
  if (results.length === 0) tests.push({ name: 'some tests', status: 'failed', reason: '', ms: 0, assertions: 0, failures: [{ message: 'no test files', detail: '' }] });
  return { topic: WORKBENCH_TOPIC, file: '', log, ms, tests };
}
