import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../testing/command-line.ts';
import { withSeries } from '../testing/series.ts';

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
