/**
 * Tests of the workbench itself. `npm test` runs them beside other stages: what fails in them fails the run, and says
 * nothing about the kernel.
 */
import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { StageContext } from '../lib/stage.ts';
import type { SuiteRecord, TopicRecord } from '../records/selftest.ts';
import { totals, verdictLine } from '../records/totals.ts';
import { findTests, runTests, type TestKind } from './test-files.ts';
import { checkTypes, typeRecord } from './type-check.ts';

/** The topic that the tests of the host are. */
export const WORKBENCH_TOPIC = 'workbench';
/** A tenth of what a build or a guest gets: done before the guests are, and hardly in their way. */
const TYPE_NICE = 10;

interface Suite {
  readonly root: string;
  /** Where the files' TAP goes. */
  readonly dir: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** See ExecOptions. */
  readonly nice?: number;
}

/** @param run a test has its own */
export async function runSuite(
  suite: Suite,
  kind: TestKind,
  files: readonly string[],
  run = runTests,
): Promise<SuiteRecord> {
  const started = performance.now();
  const { root, dir, log, signal, nice } = suite;
  const total = files.length;
  let done = 0;
  const results = await run({
    root,
    files,
    kind,
    logDir: dir,
    signal,
    onFile: () => log({ kind: 'progress', what: `${kind} tests`, unit: 'files', done: ++done, total }),
    ...(nice === undefined ? {} : { nice }),
  });
  return { stage: kind, files: results, ...totals(results), ms: Math.round(performance.now() - started) };
}

/** The unit tests: seconds. @param run a test has its own */
export async function unitStage(ctx: StageContext, run = runTests): Promise<SuiteRecord> {
  const files = findTests(ctx.root, []);
  ctx.log({ kind: 'stage', stage: 'unit', text: `${files.length} files` });
  const record = await runSuite({ ...ctx, dir: ctx.run.dir }, 'unit', files, run);
  // a part is no verdict on the whole
  if (ctx.signal.aborted) return record;
  ctx.run.write('unit', record);
  for (const { file, tests } of record.files) {
    for (const { message, detail } of tests.flatMap((test) => test.failures)) {
      ctx.log({ kind: 'warn', text: `${file}: ${message}\n${detail}`.trimEnd() });
    }
  }
  ctx.log({ kind: 'done', text: `unit tests: ${verdictLine(record)}`, ms: record.ms });
  return record;
}

/** The type check, during the kernel's build and the guests. @param check a test has its own */
export async function typeStage(ctx: StageContext, check = checkTypes): Promise<SuiteRecord> {
  const found = await check(ctx.root, ctx.signal, TYPE_NICE);
  const record = typeRecord(found);
  if (ctx.signal.aborted) return record;
  ctx.run.write('types', record);
  for (const line of found.mistakes) ctx.log({ kind: 'warn', text: `types: ${line}` });
  const passed = found.reused ? 'types: unchanged since they were checked' : 'type check: passed';
  ctx.log({ kind: 'done', text: found.failed ? 'type check: failed' : passed, ms: record.ms });
  return record;
}

/**
 * Runs the tests that abuse real processes and file systems (`*.host.test.ts`) as a topic: they leave most of the
 * processors to guests.
 */
export async function hostStage(suite: Suite): Promise<TopicRecord> {
  const { root, log, signal } = suite;
  const dir = join(suite.dir, WORKBENCH_TOPIC);
  const record = await runSuite({ ...suite, dir, log: () => undefined }, 'host', findTests(root, [], 'host'));
  if (signal.aborted) throw new WorkbenchError('E_INTERRUPTED', `interrupted in ${WORKBENCH_TOPIC}`);
  const topic = toTopic(record, dir);
  log({ kind: record.failed > 0 ? 'warn' : 'done', text: `${WORKBENCH_TOPIC}: ${verdictLine(record)}`, ms: record.ms });
  for (const { name, failures } of topic.tests) {
    for (const { message, detail } of failures) log({ kind: 'note', text: `${name}: ${message}\n${detail}`.trimEnd() });
  }
  return topic;
}

/** Every test with its file's name. */
export function toTopic({ files, ms }: Pick<SuiteRecord, 'files' | 'ms'>, log: string): TopicRecord {
  const tests = files.flatMap(({ file, tests }) => tests.map((test) => ({ ...test, name: `${file}: ${test.name}` })));
  return { topic: WORKBENCH_TOPIC, file: '', log, ms, tests };
}
