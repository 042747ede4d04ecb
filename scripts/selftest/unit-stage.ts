import type { StageContext } from '../build/stage.ts';
import { findTests, runTests } from '../unit/run.ts';
import { summarise } from '../unit/types.ts';
import type { Totals } from './types.ts';

/** The unit tests as a stage of `npm test`: seconds. What fails in them fails the run, and says nothing about the kernel. */
export async function unitStage(ctx: StageContext): Promise<Totals> {
  const started = performance.now();
  const files = findTests(ctx.root, []);
  ctx.log({ kind: 'stage', stage: 'unit', text: `${files.length} files` });
  let done = 0;
  const results = await runTests({
    root: ctx.root, files, logDir: ctx.run.dir, signal: ctx.signal,
    onFile: () => ctx.log({ kind: 'progress', what: 'unit tests', unit: 'files', done: (done += 1), total: files.length }),
  });
  const { passed, failed, skipped, failures } = summarise(results);
  const ms = Math.round(performance.now() - started);
  ctx.run.write('unit', { stage: 'unit', files: results, passed, failed, skipped, ms });
  for (const { file, name, detail } of failures) ctx.log({ kind: 'warn', text: `${file}: ${name}\n${detail}`.trimEnd() });
  ctx.log({ kind: 'done', text: `${passed} passed, ${failed} failed, ${skipped} skipped`, ms });
  return { passed, failed, skipped };
}
