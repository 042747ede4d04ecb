import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkTypes, sourcesDigest, typeRecord } from './type-check.ts';

/** Finds a mistake in every file that says so. */
const COMPILER = `const wrong = require('node:fs').readFileSync('scripts/a.ts', 'utf8').includes('wrong');
if (wrong) console.log('scripts/a.ts(1,1): error TS1');
process.exit(wrong ? 2 : 0);
`;

t.test('a mistake is found, also after a run that passed; what is unchanged is not checked again', async (t) => {
  const root = t.testdir({
    'package.json': '{}',
    'package-lock.json': '{}',
    'tsconfig.json': '{}',
    out: {},
    selftests: {},
    scripts: { 'a.ts': '' },
    node_modules: { typescript: { bin: { tsc: COMPILER }, 'package.json': '{"type": "commonjs"}' } },
  });
  const { signal } = new AbortController();
  t.match(await checkTypes(root, signal), { failed: false, reused: false });
  t.match(await checkTypes(root, signal), { failed: false, reused: true });
  const before = sourcesDigest(root);
  writeFileSync(join(root, 'scripts/a.ts'), '// wrong');
  t.not(sourcesDigest(root), before);
  for (const time of ['first', 'again'])
    t.match(
      await checkTypes(root, signal),
      { failed: true, reused: false, mistakes: ['scripts/a.ts(1,1): error TS1'] },
      time,
    );
  t.match(
    await checkTypes(root, signal, 10),
    { failed: true, mistakes: ['scripts/a.ts(1,1): error TS1'] },
    'with what others leave of the processors',
  );
});

t.test('it is one test that passed or failed', async (t) => {
  t.match(typeRecord({ failed: false, reused: true, mistakes: [], ms: 3 }), {
    stage: 'types',
    passed: 1,
    failed: 0,
    skipped: 0,
    ms: 3,
  });
  t.match(typeRecord({ failed: true, reused: false, mistakes: ['a', 'b'], ms: 3 }), {
    passed: 0,
    failed: 1,
    files: [{ tests: [{ status: 'failed', failures: [{ detail: 'a\nb' }] }] }],
  });
});
