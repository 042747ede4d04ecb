import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { findTests, runTests } from './test-files.ts';
import type { FileRecord } from '../records/selftest.ts';
import { totals } from '../records/totals.ts';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

t.test('every kind of file, each reported as what it is', async (t) => {
  const root = t.testdir({
    'package.json': '{"type": "module"}',
    scripts: {
      'a-good.test.ts':
        "import t from 'tap';\nt.test('one', async (t) => { t.ok(1); });\nt.teardown(() => undefined);\n",
      'b-bad.test.ts':
        "import t from 'tap';\n" +
        "t.test('outer', async (t) => { t.test('inner', async (t) => { t.equal(1, 2, 'sum'); }); });\n",
      'c-empty.test.ts': 'export {};\n',
      'd-syntax.test.ts': 'const = 1;\n',
      'e-exit.test.ts': "import t from 'tap';\nt.test('leaves', async () => { process.exit(0); });\n",
      'f-after.test.ts': "import t from 'tap';\nt.test('the rest still runs', async (t) => { t.pass(); });\n",
      'g-skip.test.ts':
        "import t from 'tap';\nt.test('with', { skip: 'no kvm' }, async () => undefined);\n" +
        "t.test('without', { skip: true }, async () => undefined);\n",
      'i-mute.test.ts': "import t from 'tap';\nt.test('says nothing', async (t) => { t.ok(false, ''); });\n",
      'h-hang.test.ts':
        "import t from 'tap';\n" +
        "t.test('waits', async () => { await new Promise(() => setInterval(() => undefined, 1000)); });\n",
    },
  });
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
  const files = findTests(root, []);
  const seen: FileRecord[] = [];
  const results = await runTests({
    root,
    files,
    logDir: join(root, 'log'),
    signal: new AbortController().signal,
    onFile: (r) => seen.push(r),
    limitMs: 4_000,
    lanes: 1,
  });
  t.equal(seen.length, 9);
  const outcome = results.map(({ file, tests }) => {
    const { passed, failed, skipped } = totals([{ tests }]);
    return [
      file.replace(/.*\/(.)-.*/, '$1'),
      passed,
      failed,
      skipped,
      tests.flatMap((test) => test.failures)[0]?.message ?? '',
    ];
  });
  t.equal(outcome.length, 9);
  t.match(outcome, [
    ['a', 1, 0, 0, ''],
    ['b', 0, 1, 0, /outer > inner > sum/],
    ['c', 0, 1, 0, 'no tests'],
    ['d', 0, 1, 0, /cannot be loaded/],
    ['e', 0, 1, 0, /e-exit/],
    ['f', 1, 0, 0, ''],
    ['g', 0, 1, 1, /without/],
    ['h', 0, 1, 0, /h-hang/],
    ['i', 0, 1, 0, /./],
  ]);
});

t.test('a worker that does not start is not replaced for ever: each file fails by name', async (t) => {
  const root = t.testdir({ scripts: { 'a.test.ts': '', 'b.test.ts': '' } });
  const results = await runTests({
    root,
    files: findTests(root, []),
    logDir: join(root, 'log'),
    signal: new AbortController().signal,
    onFile: () => undefined,
    worker: join(root, 'missing.ts'),
  });
  t.same(
    results.map(({ file, tests }) => [file, tests.map(({ name, status }) => [name, status])]),
    [
      ['scripts/a.test.ts', [['the worker did not start', 'failed']]],
      ['scripts/b.test.ts', [['the worker did not start', 'failed']]],
    ],
  );
});
