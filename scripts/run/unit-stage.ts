/** What `npm test` tests of the workbench itself, as stages that run beside others: what fails in them fails the run, and says nothing about the kernel. */
import type { StageContext } from '../lib/stage.ts';
import { findTests, runTests } from './test-files.ts';
import { checkTypes, typeRecord } from './type-check.ts';
import { summarise, type UnitRecord } from '../records/unit.ts';

/** The unit tests: seconds. @param run a test has its own */
export async function unitStage(ctx: StageContext, run: typeof runTests = runTests): Promise<UnitRecord> {
  const started = performance.now();
  const files = findTests(ctx.root, []);
  ctx.log({ kind: 'stage', stage: 'unit', text: `${files.length} files` });
  let done = 0;
  const results = await run({
    root: ctx.root, files, logDir: ctx.run.dir, signal: ctx.signal,
    onFile: () => ctx.log({ kind: 'progress', what: 'unit tests', unit: 'files', done: ++done, total: files.length }),
  });
  const { passed, failed, skipped, failures } = summarise(results);
  const ms = Math.round(performance.now() - started);
  const record: UnitRecord = { stage: 'unit', files: results, passed, failed, skipped, ms };
  // a part is no verdict on the whole
  if (ctx.signal.aborted) return record;
  ctx.run.write('unit', record);
  for (const { file, name, detail } of failures) ctx.log({ kind: 'warn', text: `${file}: ${name}\n${detail}`.trimEnd() });
  ctx.log({ kind: 'done', text: `unit tests: ${passed} passed, ${failed} failed, ${skipped} skipped`, ms });
  return record;
}

/** A tenth of what a build or a guest gets: done before the guests are, and hardly in their way. */
const TYPE_NICE = 10;

/** The type check, beside the kernel's build and the guests. @param check a test has its own */
export async function typeStage(ctx: StageContext, check: typeof checkTypes = checkTypes): Promise<UnitRecord> {
  const found = await check(ctx.root, ctx.signal, TYPE_NICE);
  const record = typeRecord(found);
  if (ctx.signal.aborted) return record;
  ctx.run.write('types', record);
  for (const line of found.mistakes) ctx.log({ kind: 'warn', text: `types: ${line}` });
  ctx.log({ kind: 'done', text: found.failed ? 'type check: failed' : found.reused ? 'types: unchanged since they were checked' : 'type check: passed', ms: record.ms });
  return record;
}
