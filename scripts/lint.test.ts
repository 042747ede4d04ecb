/**
 * The linter and the formatter over the whole tree, as one test: biome.jsonc says which rules, and why one is off. And
 * the width of lines, which the formatter leaves as it is in strings, patterns and comments, and does not know of C.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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

const COLUMNS = 120;
const TAB_COLUMNS = 8;

/** Numbers of the lines that are too wide, where a tab goes on to the next stop, as an editor shows it. */
function wideLines(text: string): number[] {
  const width = (line: string): number =>
    [...line].reduce((at, char) => at + (char === '\t' ? TAB_COLUMNS - (at % TAB_COLUMNS) : 1), 0);
  return text.split('\n').flatMap((line, at) => (width(line) > COLUMNS ? [at + 1] : []));
}

t.test(`no line of the code is wider than ${COLUMNS} columns`, async (t) => {
  const files = ['scripts', 'selftests'].flatMap((dir) =>
    readdirSync(join(project, dir), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|mjs|c|h)$/.test(name))
      .map((name) => join(dir, name)),
  );
  for (const ending of ['.ts', '.mjs', '.bpf.c', '.h'])
    t.ok(
      files.some((file) => file.endsWith(ending)),
      ending,
    );
  t.strictSame(
    files.flatMap((file) => wideLines(readFileSync(join(project, file), 'utf8')).map((line) => `${file}:${line}`)),
    [],
  );
});

t.test('what is wide: strings, comments, code with tabs', async (t) => {
  const just = 'x'.repeat(COLUMNS);
  t.strictSame(wideLines(`${just}\n${'ö🙂'.repeat(COLUMNS / 2)}\n\t${just.slice(TAB_COLUMNS)}\n`), []);
  for (const line of [`const a = '${just}';`, `// ${just}`, ` * ${just}`, `\t${just.slice(TAB_COLUMNS - 1)}`])
    t.strictSame(wideLines(`one\n${line}\n`), [2]);
  t.strictSame(wideLines(`xxxx\t${just.slice(TAB_COLUMNS)}\n`), [], 'a tab is as wide as what is left of it');
});
