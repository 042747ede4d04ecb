/** What `test:unit` and `test:host` have in common: files by name, a record, failures, and the verdict. */
import { EXIT, WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { formatDuration } from '../lib/log.ts';
import type { Context } from '../lib/options.ts';
import { openRun } from '../lib/record.ts';
import { inPart } from '../lib/stage.ts';
import type { SuiteRecord } from '../records/selftest.ts';
import { add, verdictLine } from '../records/totals.ts';
import { expectations } from './expectations.ts';
import { runSuite } from './suites.ts';
import { findTests, type TestKind } from './test-files.ts';
import { checkTypes, typeCheckArgv, typeRecord } from './type-check.ts';

/** Enough of a diff to see what is wrong; the TAP file has all of it. */
const DETAIL_LINES = 25;
const SHOWN_FILES = 3;

type Asked = Pick<Context, 'root' | 'args' | 'json' | 'dryRun' | 'log' | 'signal' | 'print'>;

export function formatTest(file: string): string {
  return formatArgv(['node', '--import', 'tsx', file]);
}

/** @param withTypes check the types beside the tests */
export async function runKind(ctx: Asked, kind: TestKind, withTypes: boolean): Promise<number> {
  const started = performance.now();
  const { root, log, signal } = ctx;
  const files = findTests(root, ctx.args, kind);
  if (files.length === 0) {
    const asked = ctx.args.join(' ') || 'anything';
    throw new WorkbenchError('E_USAGE', `no ${kind} test file matches ${asked}`, { next: `npm run test:${kind}` });
  }
  if (ctx.dryRun) {
    if (withTypes) ctx.print(formatArgv(typeCheckArgv(root)));
    for (const file of files) ctx.print(formatTest(file));
    return EXIT.pass;
  }
  const run = openRun(root, `test:${kind}`);
  const [types, suite] = await Promise.all([
    withTypes ? checkTypes(root, signal) : undefined,
    inPart(ctx, `${kind} tests`, (part) => runSuite({ ...part, root, dir: run.dir }, kind, files), {
      expectedMs: expectations(root).suite(kind, files.length),
      failed: (tests) => tests.failed > 0,
    }),
  ]);
  if (signal.aborted) return EXIT.interrupted;
  const tests: SuiteRecord = { ...suite, ms: Math.round(performance.now() - started) };
  run.write(kind, tests);
  const typed = types === undefined ? null : typeRecord(types);
  if (typed !== null) run.write('types', typed);
  const sum = add(tests, ...(typed === null ? [] : [typed]));
  if (ctx.json) ctx.print(JSON.stringify({ run: run.dir, ...sum, tests, types: typed, ms: tests.ms }));
  for (const line of types?.mistakes ?? []) log({ kind: 'warn', text: `types: ${line}` });
  for (const { file, tests } of suite.files) {
    for (const { message, detail } of tests.flatMap((test) => test.failures)) {
      log({ kind: 'warn', text: `${file}: ${message}` });
      const lines = detail.split('\n').filter(Boolean).slice(0, DETAIL_LINES);
      for (const line of lines) log({ kind: 'note', text: `  ${line}` });
    }
  }
  const slowest = [...suite.files]
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SHOWN_FILES)
    .map(({ file, ms }) => `${file} ${formatDuration(ms)}`)
    .join(', ');
  const unchanged = types?.reused === true ? ', types unchanged since they were checked' : '';
  log({ kind: 'done', text: `${files.length} files${unchanged}; slowest: ${slowest}`, ms: tests.ms });
  if (!ctx.json) ctx.print(verdictLine(sum));
  return sum.failed === 0 ? EXIT.pass : EXIT.test;
}
