/** What `test:unit` and `test:host` have in common: files by name, a record, failures, and the verdict. */
import { EXIT, WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { formatDuration } from '../lib/log.ts';
import type { Context } from '../lib/options.ts';
import { openRun } from '../lib/record.ts';
import { findTests, runTests, type TestKind } from './test-files.ts';
import { add, verdictLine } from '../records/totals.ts';
import { typeRecord, type TypeCheck } from './type-check.ts';
import { summarise, type UnitRecord } from '../records/unit.ts';

/** Enough of a diff to see what is wrong; the TAP file has all of it. */
const DETAIL_LINES = 25;

type Asked = Pick<Context, 'root' | 'args' | 'json' | 'dryRun' | 'log' | 'signal' | 'print'>;

/** A check of the types that runs beside the tests, and what to print for a dry run. */
export interface Beside {
  readonly command: string;
  run(): Promise<TypeCheck>;
}

export function formatTest(file: string): string {
  return formatArgv(['node', '--import', 'tsx', file]);
}

export async function runKind(ctx: Asked, kind: TestKind, beside?: Beside): Promise<number> {
  const started = performance.now();
  const files = findTests(ctx.root, ctx.args, kind);
  if (files.length === 0) throw new WorkbenchError('E_USAGE', `no ${kind} test file matches ${ctx.args.join(' ') || 'anything'}`, { next: `npm run test:${kind}` });
  if (ctx.dryRun) {
    for (const line of [...(beside === undefined ? [] : [beside.command]), ...files.map(formatTest)]) ctx.print(line);
    return EXIT.pass;
  }
  const run = openRun(ctx.root, `test:${kind}`);
  let done = 0;
  const [types, results] = await Promise.all([
    beside?.run(),
    runTests({
      root: ctx.root, files, kind, logDir: run.dir, signal: ctx.signal,
      onFile: () => ctx.log({ kind: 'progress', what: `${kind} tests`, unit: 'files', done: ++done, total: files.length }),
    }),
  ]);
  if (ctx.signal.aborted) return EXIT.interrupted;
  const ms = Math.round(performance.now() - started);
  const { failures, ...counted } = summarise(results);
  const tested: UnitRecord = { stage: kind, files: results, ...counted, ms };
  run.write(kind, tested);
  const typed = types === undefined ? null : typeRecord(types);
  if (typed !== null) run.write('types', typed);
  const sum = add(tested, ...(typed === null ? [] : [typed]));
  if (ctx.json) ctx.print(JSON.stringify({ run: run.dir, ...sum, tests: tested, types: typed, ms }));
  for (const line of types?.mistakes ?? []) ctx.log({ kind: 'warn', text: `types: ${line}` });
  for (const { file, name, detail } of failures) {
    ctx.log({ kind: 'warn', text: `${file}: ${name}` });
    for (const line of detail.split('\n').filter(Boolean).slice(0, DETAIL_LINES)) ctx.log({ kind: 'note', text: `  ${line}` });
  }
  const slowest = [...results].sort((a, b) => b.ms - a.ms).slice(0, 3).map((r) => `${r.file} ${formatDuration(r.ms)}`);
  ctx.log({ kind: 'done', text: `${files.length} files${types?.reused === true ? ', types unchanged since they were checked' : ''}; slowest: ${slowest.join(', ')}`, ms });
  if (!ctx.json) ctx.print(verdictLine(sum));
  return sum.failed === 0 ? EXIT.pass : EXIT.test;
}
