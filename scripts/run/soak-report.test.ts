import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { StageContext } from '../lib/stage.ts';
import { WorkbenchError } from '../lib/errors.ts';
import type { LogEntry } from '../lib/log.ts';
import { openRun } from '../lib/record.ts';
import { soakTopics, writeSoak } from './soak.ts';
import type { SelftestOptions } from './selftest.ts';
import type { SelftestRecord } from '../records/selftest.ts';
import { formatSoak, mergeSoak, parseSoak, soakRows } from './soak-report.ts';

const LOG = [
  'TAP version 14',
  '# Subtest: rings | large',
  '    # figures: 10000 rings',
  '    ok 1 - all',
  '    1..1',
  'ok 1 - rings | large # time=61000ms',
  '# Subtest: none',
  '    # not a figure',
  '',
].join('\n');
const record = (status: 'passed' | 'failed' | 'skipped', tree = '0123456789abcdef'): SelftestRecord => ({
  stage: 'selftest',
  config: 'default',
  release: '6.12.1',
  tree,
  accel: 'tcg',
  accelReason: '',
  slowness: 4,
  boots: [],
  ms: 0,
  passed: 1,
  failed: 0,
  skipped: 0,
  topics: [
    {
      topic: 'memory',
      file: '',
      log: '',
      ms: 0,
      tests: [
        {
          name: 'rings | large',
          status,
          reason: '',
          ms: 61_234,
          assertions: 1,
          failures: status === 'failed' ? [{ message: 'a leak', detail: '' }] : [],
        },
      ],
    },
  ],
});
const logs = new Map([['memory', LOG]]);

t.test('a row has the test, its kernel and its figures', async (t) => {
  t.match(soakRows(record('passed'), logs), [
    {
      topic: 'memory',
      test: 'rings \\| large',
      kernel: '6.12.1 (0123456789ab)',
      seconds: '61',
      result: 'passed',
      figures: '10000 rings',
    },
  ]);
});

t.test('a failure without figures says what failed, a skip is no row', async (t) => {
  t.match(soakRows(record('failed'), new Map()), [{ result: 'failed', figures: 'a leak' }]);
  t.same(soakRows(record('skipped'), logs), []);
});

t.test('what is written is read again', async (t) => {
  const rows = soakRows(record('passed'), logs);
  t.same(parseSoak(formatSoak(rows)), rows);
  t.equal(formatSoak(parseSoak(formatSoak(rows))), formatSoak(rows));
  t.same(parseSoak(''), []);
});

t.test('a new run takes the place of the old one, and of no other', async (t) => {
  const [old] = soakRows(record('passed'), logs);
  const [fresh] = soakRows(record('failed', 'fedcba9876543210'), logs);
  if (old === undefined || fresh === undefined) throw new Error('no rows');
  const other = { ...old, config: 'debug' };
  t.same(mergeSoak([old, other], [fresh]), [other, fresh]);
});

t.test('the file: made when there is none, and brought up to date, with the figures of each log', async (t) => {
  const root = t.testdir({ selftests: {}, 'memory.tap': LOG });
  const found = (status: 'passed' | 'failed', topic: string, log: string): SelftestRecord => {
    const whole = record(status);
    return { ...whole, topics: whole.topics.map((one) => ({ ...one, topic, log })) };
  };
  const path = writeSoak(root, found('passed', 'memory', join(root, 'memory.tap')));
  t.equal(path, join(root, 'selftests/SOAK.md'));
  t.match(readFileSync(path, 'utf8'), /^\| memory \| rings .* \| passed \| 10000 rings \|$/m);
  writeSoak(root, found('failed', 'race', '/no/such/log'));
  t.strictSame(
    parseSoak(readFileSync(path, 'utf8')).map(({ topic, result, figures }) => [topic, result, figures]),
    [
      ['memory', 'passed', '10000 rings'],
      ['race', 'failed', 'a leak'],
    ],
  );
});

t.test('topic by topic: what one found is kept when the next one is interrupted', async (t) => {
  const root = t.testdir({ selftests: {} });
  const said: LogEntry[] = [];
  const ctx: StageContext = {
    root,
    log: (entry) => void said.push(entry),
    signal: new AbortController().signal,
    run: openRun(root, 'soak'),
    dryRun: false,
  };
  const asked: [dir: string, options: SelftestOptions][] = [];
  const test = async (stage: StageContext, options: SelftestOptions): Promise<SelftestRecord> => {
    asked.push([stage.run.dir, options]);
    if (options.topics.includes('race')) throw new WorkbenchError('E_INTERRUPTED', 'interrupted');
    const whole = record('passed');
    stage.run.write('selftest.default', whole);
    return whole;
  };
  const options = {
    build: {} as SelftestOptions['build'],
    progs: '/progs',
    topics: ['memory', 'race', 'order'],
    accel: { accel: 'tcg', reason: '' },
  } as const;
  await t.rejects(soakTopics(ctx, options, test), { code: 'E_INTERRUPTED' });
  t.match(asked, {
    0: [join(ctx.run.dir, 'memory'), { topics: ['memory'], length: 'soak', progs: '/progs' }],
    1: [/race$/, { topics: ['race'] }],
    length: 2,
  });
  t.match(readFileSync(join(root, 'selftests/SOAK.md'), 'utf8'), /^\| memory \|/m);
  t.match(
    JSON.parse(readFileSync(join(ctx.run.dir, 'memory.selftest.default.json'), 'utf8')),
    { stage: 'selftest' },
    'under a name that no report takes for a whole',
  );
  t.match(said, { 0: { kind: 'note', text: join(root, 'selftests/SOAK.md') }, length: 1 });
  writeFileSync(join(root, 'selftests/SOAK.md'), '');
  t.match(await soakTopics(ctx, { ...options, topics: ['memory', 'order'] }, test), { length: 2 });
});
