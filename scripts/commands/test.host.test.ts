import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { EXIT } from '../lib/errors.ts';
import { missingNeeds } from '../host/tools.ts';
import { newestRun } from '../report/write.ts';
import { useCacheHome } from '../testing/cache-home.ts';
import { run } from '../testing/command-line.ts';
import { sequence } from '../testing/pattern.ts';
import { write } from '../testing/project.ts';
import { withSeries } from '../testing/series.ts';

t.setTimeout(300_000);

const PROJECT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** It would install what is missing. */
const missing = missingNeeds('test').map((need) => need.package);
const skip = missing.length === 0 ? false : `not installed: ${missing.join(' ')}`;

t.test(
  'a red unit test, a type error and a kernel that cannot be configured: the last line, ' +
    'the exit code and every report agree',
  { skip },
  async (t) => {
    const f = await withSeries('test command');
    // kbuild takes no path with a space
    const cache = mkdtempSync(join(tmpdir(), 'dtrace-bpf-cache-'));
    useCacheHome(t, cache);
    t.teardown(() => {
      f.remove();
      rmSync(cache, { recursive: true });
    });
    symlinkSync(join(PROJECT, 'node_modules'), join(f.project, 'node_modules'));
    write(f.project, {
      'package.json': '{"type": "module"}',
      'package-lock.json': '{}',
      'tsconfig.json':
        '{"compilerOptions": {"strict": true, "noEmit": true, "types": [], "skipLibCheck": true}, ' +
        '"include": ["scripts/wrong.ts"]}',
      'scripts/wrong.ts': 'export const one: number = "one";\n',
      'scripts/one.test.ts':
        "import t from 'tap';\nt.test('good', async (t) => { t.ok(1); });\n" +
        "t.test('bad', async (t) => { t.equal(1, 2, 'sum'); });\n",
      'selftests/topic.test.ts': '',
      'kconfig/default.config': '# Why.\nCONFIG_EXPERT=y\n',
    });

    const { code, stdout, stderr } = await run(f.project, ['test', '--tree', f.kernel]);
    t.not(code, EXIT.pass);
    t.equal(stdout, '1 passed, 3 failed, 0 skipped\n', stderr);
    const dir = newestRun(f.project);
    const read = (name: string): string => readFileSync(join(dir, name), 'utf8');
    t.match(JSON.parse(read('report.json')), {
      verdict: 'FAIL',
      passed: 1,
      failed: 3,
      skipped: 0,
      reasons: ['unit tests: 1 failed', 'type check: 1 failed', /^default: E_/],
    });
    t.match(read('report.xml'), /<testsuites name="\S+" tests="4" failures="3" errors="0" /);
    t.match(read('report.txt'), /: FAIL\n1 passed, 3 failed, 0 skipped\n[\s\S]*bad > sum/);
    t.match(
      read('report.html'),
      sequence(
        /<p class="verdict">FAIL<\/p>\n/,
        /<p>1 passed, 3 failed, 0 skipped<\/p>[\s\S]*scripts\/wrong\.ts\(1,14\): error TS2322/,
      ),
    );
    const again = await run(f.project, ['report', dir]);
    t.equal(again.code, EXIT.test);
    t.match(again.stdout, /^1 passed, 3 failed, 0 skipped$/m);

    const without = await run(f.project, ['test', '--tree', f.kernel, '--no-unit', '--json']);
    t.equal(without.code, code);
    t.match(JSON.parse(without.stdout), {
      passed: 0,
      failed: 1,
      skipped: 0,
      unit: { passed: 0, failed: 0 },
      failures: [{ config: 'default', exitCode: code, next: /\S/ }],
    });
  },
);
