import { EXIT, WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { formatDuration } from '../lib/log.ts';
import { defineCommand } from '../lib/options.ts';
import { openRun } from '../lib/record.ts';
import { findTests, runTests } from '../unit/run.ts';
import { checkTypes, formatTypeCheck } from '../unit/type-check.ts';
import { summarise, verdictLine } from '../unit/types.ts';

/** Enough of a diff to see what is wrong; the TAP file has all of it. */
const DETAIL_LINES = 25;

export const command = defineCommand({
  name: 'test:unit',
  summary: 'Type check and all unit tests; no kernel, no guest, no network.',
  usage: '[PART OF A FILE NAME ...] [options]',
  positional: true,
  options: {
    'no-types': { type: 'flag', summary: 'leave the type check out' },
  },
  async run(ctx) {
    const started = performance.now();
    const files = findTests(ctx.root, ctx.args);
    if (files.length === 0) throw new WorkbenchError('E_USAGE', `no unit test file matches ${ctx.args.join(' ') || 'anything'}`, { next: 'npm run test:unit' });
    if (ctx.dryRun) {
      if (!ctx.options['no-types']) ctx.print(formatTypeCheck(ctx.root));
      for (const file of files) ctx.print(formatArgv(['node', '--import', 'tsx', file]));
      return EXIT.pass;
    }
    const run = openRun(ctx.root, 'test:unit');
    let done = 0;
    const [types, results] = await Promise.all([
      ctx.options['no-types'] ? undefined : checkTypes(ctx.root, ctx.signal),
      runTests({
        root: ctx.root, files, logDir: run.dir, signal: ctx.signal,
        onFile: () => ctx.log({ kind: 'progress', what: 'unit tests', unit: 'files', done: (done += 1), total: files.length }),
      }),
    ]);
    if (ctx.signal.aborted) return EXIT.interrupted;
    const summary = summarise(results);
    const mistakes = types?.mistakes ?? [];
    const failed = summary.failed + (types?.failed === true ? 1 : 0);
    const record = { stage: 'unit', files: results, types: mistakes, ...summary, failed, ms: Math.round(performance.now() - started) };
    run.write('unit', record);
    if (ctx.json) ctx.print(JSON.stringify(record));
    for (const line of mistakes) ctx.log({ kind: 'warn', text: `types: ${line}` });
    for (const { file, name, detail } of summary.failures) {
      ctx.log({ kind: 'warn', text: `${file}: ${name}` });
      for (const line of detail.split('\n').filter(Boolean).slice(0, DETAIL_LINES)) ctx.log({ kind: 'note', text: `  ${line}` });
    }
    const slowest = [...results].sort((a, b) => b.ms - a.ms).slice(0, 3).map((r) => `${r.file} ${formatDuration(r.ms)}`);
    ctx.log({ kind: 'done', text: `${files.length} files${types?.reused === true ? ', types unchanged since they were checked' : ''}; slowest: ${slowest.join(', ')}`, ms: record.ms });
    if (!ctx.json) ctx.print(verdictLine({ ...summary, failed }));
    return failed === 0 ? EXIT.pass : EXIT.test;
  },
});
