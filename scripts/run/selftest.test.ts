import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { BuildRecord } from '../records/build.ts';
import { silentLog, type LogEntry } from '../lib/log.ts';
import { openRun, planRun } from '../lib/record.ts';
import type { RunOptions } from './test-files.ts';
import { merge } from './run-topics.ts';
import { judge } from './self-check.ts';
import { formatSelftest, OWN_TOPICS } from './selftest.ts';
import { failedTest, type FileRecord, type TestRecord, type TopicRecord } from '../records/selftest.ts';
import { typeStage, unitStage } from './suites.ts';

t.test('a dry run prints the machine that the kernel gets, and each driver', async (t) => {
  const root = t.testdir({
    kconfig: { 'default.config': 'CONFIG_BPF=y\n', 'debug.config': '# Why.\nCONFIG_KASAN=y\n' },
    scripts: { 'a.host.test.ts': '', 'b.test.ts': '' },
    selftests: {},
    built: { '.config': 'CONFIG_PROVE_LOCKING=y\n' },
  });
  const ctx = { root, log: silentLog, signal: new AbortController().signal, dryRun: true, run: planRun(root, 'test') };
  const print = (config: string, dotconfig: string): string[] => {
    const build = { config, dotconfig, bzImage: '/k/bzImage' } as unknown as BuildRecord;
    return formatSelftest(ctx, { build, topics: ['smoke', ...OWN_TOPICS], accel: { accel: 'tcg', reason: '' } });
  };
  const [boot, ...drivers] = print('default', '/not/yet');
  t.match(boot, /^vng --run \/k\/bzImage .* --cpus 2 --memory 2048M /);
  t.strictSame(drivers, ['node --import tsx selftests/smoke.test.ts', 'node --import tsx scripts/a.host.test.ts']);
  t.match(print('debug', '/not/yet')[0], / --memory 4096M /, 'by the fragment');
  t.match(print('default', `${root}/built/.config`)[0], / --memory 4096M /, 'by what was configured');
});

const topic = (name: string): TopicRecord => ({ topic: name, file: '', log: '', ms: 0, tests: [] });

t.test('topics keep their order, whichever guest they ran in', async (t) => {
  const boot = { console: '', ms: 1, end: 'stopped', reason: '' };
  const { topics, boots } = merge(
    ['a', 'b', 'c'],
    [
      { topics: [topic('a'), topic('c')], boots: [boot] },
      { topics: [topic('b')], boots: [boot, boot] },
    ],
  );
  t.strictSame(
    topics.map((one) => one.topic),
    ['a', 'b', 'c'],
  );
  t.equal(boots.length, 3);
});

t.test('a self-check of which nothing was reported has failed throughout', async (t) => {
  const { tests } = judge({ topics: [], boots: [] }, { status: 'fulfilled', value: { topics: [], boots: [] } }, 1);
  t.ok(tests.length > 15);
  t.strictSame(
    tests.filter((one) => one.status !== 'failed').map((one) => one.name),
    ['nothing else is reported'],
  );
});

t.test('the unit tests as a stage: all files, a record, what failed, and how far it is', async (t) => {
  const root = t.testdir({
    scripts: { 'a.test.ts': '', 'b.test.ts': '', 'c.host.test.ts': '' },
    selftests: { 'topic.test.ts': '' },
  });
  const said: LogEntry[] = [];
  const stop = new AbortController();
  const ctx = {
    root,
    log: (entry: LogEntry) => void said.push(entry),
    signal: stop.signal,
    dryRun: false,
    run: openRun(root, 'test'),
  };
  const good: TestRecord = { name: 'adds', status: 'passed', reason: '', ms: 0, assertions: 1, failures: [] };
  const bad = failedTest('adds', [{ message: 'adds > sum', detail: '1 is not 2' }]);
  const result = (file: string, ok: boolean): FileRecord => ({ file, ms: 1, tests: [ok ? good : bad] });
  const run = async ({ files, onFile }: RunOptions): Promise<FileRecord[]> =>
    files.map((file, index) => {
      onFile(result(file, index === 0));
      return result(file, index === 0);
    });
  const record = await unitStage(ctx, run);
  t.match(record, { stage: 'unit', passed: 1, failed: 1, skipped: 0 });
  t.strictSame(
    record.files.map(({ file }) => file),
    ['scripts/a.test.ts', 'scripts/b.test.ts'],
    'no topics, and none of those that take seconds each',
  );
  const written = join(ctx.run.dir, 'unit.json');
  t.strictSame(JSON.parse(readFileSync(written, 'utf8')), JSON.parse(JSON.stringify(record)));
  t.match(said, [
    { kind: 'stage', stage: 'unit', text: '2 files' },
    { kind: 'progress', done: 1, total: 2 },
    { kind: 'progress', done: 2, total: 2 },
    { kind: 'warn', text: 'scripts/b.test.ts: adds > sum\n1 is not 2' },
    { kind: 'done', text: 'unit tests: 1 passed, 1 failed, 0 skipped' },
  ]);

  const interrupted = { ...ctx, run: openRun(root, 'interrupted') };
  await unitStage(interrupted, async (options) => {
    const [first] = await run(options);
    stop.abort();
    return first === undefined ? [] : [first];
  });
  t.notOk(existsSync(join(interrupted.run.dir, 'unit.json')), 'what was interrupted is no verdict');
});

t.test('the type check as a stage', async (t) => {
  const root = t.testdir({});
  const said: LogEntry[] = [];
  const stop = new AbortController();
  const ctx = {
    root,
    log: (entry: LogEntry) => void said.push(entry),
    signal: stop.signal,
    dryRun: false,
    run: openRun(root, 'test'),
  };
  const wrong = { failed: true, reused: false, mistakes: ['a.ts(1,1): error TS1'], ms: 3 };
  const asked: unknown[] = [];
  t.match(await typeStage(ctx, async (...args) => (asked.push(...args), wrong)), {
    stage: 'types',
    passed: 0,
    failed: 1,
  });
  t.strictSame(asked, [root, stop.signal, 10], 'with what others leave of the processors');
  t.match(JSON.parse(readFileSync(join(ctx.run.dir, 'types.json'), 'utf8')), { stage: 'types', failed: 1 });
  t.match(said, [
    { kind: 'warn', text: 'types: a.ts(1,1): error TS1' },
    { kind: 'done', text: 'type check: failed', ms: 3 },
  ]);
  const done = async (found: object): Promise<unknown> => (
    await typeStage(ctx, async () => ({ ...wrong, failed: false, mistakes: [], ...found })), said.at(-1)
  );
  t.match(await done({}), { text: 'type check: passed' });
  t.match(await done({ reused: true }), { text: 'types: unchanged since they were checked' });
  stop.abort();
  const interrupted = { ...ctx, run: openRun(root, 'interrupted') };
  await typeStage(interrupted, async () => wrong);
  t.notOk(existsSync(join(interrupted.run.dir, 'types.json')), 'a compiler that was ended found nothing');
});
