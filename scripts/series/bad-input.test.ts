import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { subjects } from '../outgoing/export.ts';
import { run } from '../testing/command-line.ts';
import { withSeries } from '../testing/series.ts';
import { loadManifest, loadSeries, readPatchFiles } from './load.ts';

const FILE = 'patches/0002-ring-add-a-file.patch';

/** What was done to the file, and what apply says of it. */
const rows: readonly [
  name: string,
  spoil: (text: string) => string | Buffer,
  code: string,
  line: number | undefined,
  hint: RegExp,
][] = [
  ['empty', () => '', 'PATCH_EMPTY', undefined, /^git checkout -- patches\/0002-ring-add-a-file\.patch {2}#/],
  [
    'binary',
    (text) => Buffer.concat([Buffer.from(text.split('\n').slice(0, 3).join('\n')), Buffer.from([0, 0xff, 0xfe])]),
    'PATCH_BINARY',
    3,
    /^git checkout -- /,
  ],
  ['CR LF', (text) => text.replaceAll('\n', '\r\n'), 'PATCH_CRLF', 1, /^sed -i 's\/\\r\$\/\/' patches\/0002-/],
  ['two mails', (text) => text + text, 'PATCH_TWO_MAILS', 19, /git mailsplit -o\. patches\/0002-/],
  [
    'truncated in a hunk',
    (text) => text.slice(0, text.indexOf('+new line 3')),
    'PATCH_TRUNCATED',
    15,
    /cut off: git checkout it/,
  ],
  [
    'truncated behind a file',
    (text) => text.replace(' 1 file changed', ' 2 files changed'),
    'PATCH_TRUNCATED',
    8,
    /git checkout it/,
  ],
];
for (const [name, spoil, code, line, hint] of rows) {
  t.test(`a patch file that is damaged: ${name}`, async (t) => {
    const f = await withSeries('bad');
    t.teardown(f.remove);
    const path = join(f.project, FILE);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, spoil(text));
    const said = await run(f.project, ['apply', '--tree', f.kernel, '--json']);
    t.equal(said.code, 11);
    const { error } = JSON.parse(said.stdout) as {
      error: { code: string; next: string; problems: { code: string; position: object; hint?: string }[] };
    };
    const problem = error.problems[0];
    t.match(
      { ...error, problems: error.problems.length },
      { code: 'E_PATCH_FORMAT', exitCode: 11, next: 'correct the files, then npm run apply', problems: 1 },
    );
    t.strictSame(
      [problem?.code, problem?.position],
      [code, line === undefined ? { file: FILE } : { file: FILE, line, col: 1 }],
    );
    t.match(problem?.hint ?? '', hint);
    if (code === 'PATCH_CRLF') {
      execFileSync('bash', ['-c', problem?.hint ?? 'exit 1'], { cwd: f.project });
      t.equal(readFileSync(path, 'utf8'), text, 'the hint, pasted into bash, is all that it takes');
    }
    t.match(
      said.stderr,
      new RegExp(`${FILE}${line === undefined ? '' : `:${line}:1`}: ${code}: .*\\n[^]*next: correct the files`),
    );
  });
}

const instead: readonly (readonly [name: string, make: (path: string) => void])[] = [
  ['a directory', (path) => mkdirSync(path)],
  ['a link to nothing', (path) => symlinkSync('/nowhere', path)],
  ['a link to itself', (path) => symlinkSync(path, path)],
  ['a pipe', (path) => void execFileSync('mkfifo', [path])],
];
for (const [name, make] of instead) {
  t.test(`where a patch file should be: ${name}`, async (t) => {
    const f = await withSeries('instead');
    t.teardown(f.remove);
    const path = join(f.project, FILE);
    rmSync(path);
    make(path);
    for (const read of [() => loadSeries(f.project), () => readPatchFiles(f.project)])
      t.throws(read, {
        code: 'E_PATCH_FORMAT',
        problems: [{ code: 'PATCH_FILE', position: { file: FILE }, hint: `git checkout -- ${FILE}` }],
      });
  });
}

t.test('a manifest or a cover letter that is not UTF-8 is refused with its line', async (t) => {
  const f = await withSeries('charset');
  t.teardown(f.remove);
  const spoil = (file: string, bytes: Buffer): void => appendFileSync(join(f.project, 'patches', file), bytes);
  spoil('cover-letter.md', Buffer.from('\nGr\xfc\xdfe\n', 'latin1'));
  t.throws(() => subjects(f.project, loadSeries(f.project)), {
    code: 'E_SERIES',
    position: { file: 'patches/cover-letter.md', line: 3 },
  });
  for (const text of ['cover\r\n', 'cover\n\na\0b\n']) {
    writeFileSync(join(f.project, 'patches/cover-letter.md'), text);
    t.throws(() => subjects(f.project, loadSeries(f.project)), { code: 'E_SERIES' });
  }
  spoil('series.yaml', Buffer.from('# \ufffd, in UTF-8\n'));
  t.equal(loadSeries(f.project).patches.length, 3);
  const line = readFileSync(join(f.project, 'patches/series.yaml'), 'utf8').split('\n').length;
  spoil('series.yaml', Buffer.from('# caf\xe9\n', 'latin1'));
  for (const read of [() => loadSeries(f.project), () => loadManifest(f.project)])
    t.throws(read, {
      code: 'E_SERIES',
      problems: [{ code: 'YAML_ENCODING', position: { file: 'patches/series.yaml', line } }],
    });
});
