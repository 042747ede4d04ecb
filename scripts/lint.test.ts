/** The linter and the formatter over the whole tree, as one test: biome.jsonc says which rules, and why one is off. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { makeDir } from './lib/make-dir.ts';
import { outRoot } from './lib/paths.ts';

const project = dirname(import.meta.dirname);
const biome = join(project, 'node_modules/.bin/biome');

t.test('no file has a finding, and the linter reads every file', async (t) => {
  // what a run that was killed leaves: a copy of the project
  makeDir(outRoot(project));
  const copy = mkdtempSync(join(outRoot(project), 'copy-'));
  t.teardown(() => rmSync(copy, { recursive: true }));
  copyFileSync(join(project, 'biome.jsonc'), join(copy, 'biome.jsonc'));
  const { status, stdout, stderr } = spawnSync(
    biome,
    ['ci', '--colors=off', '--error-on-warnings', '--reporter=json', '.'],
    {
      cwd: project,
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    },
  );
  const { diagnostics, summary } = JSON.parse(stdout) as {
    diagnostics: { category: string; location: { path: unknown } }[];
    summary: { changed: number; unchanged: number };
  };
  t.strictSame(
    diagnostics.map(({ category, location }) => `${category} ${JSON.stringify(location.path)}`),
    [],
    stderr,
  );
  t.equal(status, 0);
  const tracked = execFileSync('git', ['ls-files', 'scripts/*.ts', 'scripts/*.mjs', 'selftests/*.ts'], {
    cwd: project,
    encoding: 'utf8',
  });
  t.ok(
    summary.unchanged + summary.changed >= tracked.trim().split('\n').length,
    `${summary.unchanged + summary.changed} files`,
  );
});

t.test('what is wrong is found', async (t) => {
  const bad = spawnSync(biome, ['lint', '--stdin-file-path=scripts/bad.ts'], {
    cwd: project,
    input: 'debugger;\n',
    encoding: 'utf8',
  });
  t.not(bad.status, 0);
});
