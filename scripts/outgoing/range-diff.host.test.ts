/** What is said of two versions is what git range-diff says of their commits, though no commit of them is there. */
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { silentLog } from '../lib/log.ts';
import { git, lines, makeFixture, write } from '../testing/project.ts';
import { rangeDiffText } from './diff-text.ts';
import { compareVersions } from './range-diff.ts';
import { readVersion } from './version.ts';

t.setTimeout(300_000);

const FUNCTIONS = Array.from({ length: 12 }, (_, n) => `int fn_${n}(void)\n{\n${lines(`\tfn ${n}`, 12)}}\n\n`).join('');
// long enough for git to pair the patches that have it
const LATIN = lines('int latin', 20);
const LATIN1 = Buffer.from(`/* caf\xe9 */\n${LATIN}`, 'latin1');

type Edit = readonly [subject: string, edit: (dir: string) => void];
const edit = (dir: string, from: string, to: string, file = 'kernel/fn.c'): void => {
  const text = git(dir, 'show', `:${file}`);
  if (!text.includes(from)) throw new Error(`no ${from} in ${file}`);
  write(dir, { [file]: text.replace(from, to) });
};

/** Each kind of change that a patch can make, first as it was and then as it is. */
const FIRST: readonly Edit[] = [
  ['fn: same', (dir) => edit(dir, 'fn 1 line 5\n', 'fn 1 five\n')],
  [
    'fn: code in two functions\n\nIn both.',
    (dir) => {
      edit(dir, 'fn 3 line 5\n', 'fn 3 five\n');
      git(dir, 'add', '.');
      edit(dir, 'fn 9 line 1\n', 'fn 9 one\n');
    },
  ],
  ['fn: message\n\nOld words.', (dir) => edit(dir, 'fn 5 line 9\n', 'fn 5 nine\n')],
  ['fn: gone', (dir) => edit(dir, 'fn 7 line 2\n', 'fn 7 two\n')],
  [
    'core: the first and the last line',
    (dir) =>
      write(dir, { 'kernel/core.c': lines('core').replace('core line 1\n', 'one\n').replace('core line 30\n', 'end') }),
  ],
  [
    'ring: rename',
    (dir) => {
      renameSync(join(dir, 'kernel/ring.c'), join(dir, 'kernel/rung.c'));
      git(dir, 'add', '.');
      edit(dir, 'ring line 9\n', 'rung nine\n', 'kernel/rung.c');
    },
  ],
  [
    'tools: mode and bytes',
    (dir) => {
      chmodSync(join(dir, 'tools/run.sh'), 0o644);
      writeFileSync(join(dir, 'kernel/latin.c'), LATIN1);
    },
  ],
  ['fn: delete', (dir) => rmSync(join(dir, 'kernel/old.c'))],
];
const SECOND: readonly Edit[] = [
  ['fn: added in front', (dir) => edit(dir, 'int fn_0(void)\n', 'long fn_0(void)\n')],
  FIRST[0] as Edit,
  [
    'fn: code in two functions\n\nIn both.',
    (dir) => {
      edit(dir, 'fn 3 line 5\n', 'fn 3 FIVE\n');
      git(dir, 'add', '.');
      edit(dir, 'fn 9 line 1\n', 'fn 9 one\n\tand a half\n');
    },
  ],
  ['fn: message\n\nNew words.', (FIRST[2] as Edit)[1]],
  [
    'core: the first and the last line',
    (dir) =>
      write(dir, { 'kernel/core.c': lines('core').replace('core line 1\n', 'ONE\n').replace('core line 30\n', 'END') }),
  ],
  [
    'ring: rename',
    (dir) => {
      (FIRST[5] as Edit)[1](dir);
      git(dir, 'add', '.');
      edit(dir, 'rung nine\n', 'rung NINE\n', 'kernel/rung.c');
    },
  ],
  [
    'tools: mode and bytes',
    (dir) => {
      (FIRST[6] as Edit)[1](dir);
      write(dir, { 'kernel/latin.c': LATIN });
    },
  ],
  ['fn: delete', (dir) => rmSync(join(dir, 'kernel/old.c'))],
];

t.test('every kind of change: the same text as git range-diff of the commits', async (t) => {
  const f = makeFixture('range-diff');
  t.teardown(f.remove);
  write(f.kernel, { 'kernel/fn.c': FUNCTIONS, 'kernel/old.c': lines('old', 4), '.gitattributes': '*.[ch] diff=cpp\n' });
  git(f.kernel, 'add', '.');
  git(f.kernel, 'commit', '-q', '-m', 'functions');
  git(f.kernel, 'tag', 'base');
  for (const [name, edits] of [
    ['first', FIRST],
    ['second', SECOND],
  ] as const) {
    git(f.kernel, 'checkout', '-q', '-b', name, 'base');
    for (const [message, change] of edits) {
      change(f.kernel);
      git(f.kernel, 'add', '--all', '.');
      git(f.kernel, 'commit', '-q', '-m', message);
    }
    mkdirSync(join(f.dir, name));
    git(f.kernel, 'format-patch', '-q', '-o', join(f.dir, name), `base..${name}`);
    t.equal(readdirSync(join(f.dir, name)).length, edits.length);
  }
  const [old, next] = await Promise.all(
    ['first', 'second'].map((name) => readVersion(f.project, join(f.dir, name), silentLog)),
  );
  if (old === undefined || next === undefined) throw new Error('two versions');
  const record = await compareVersions(old, next);
  t.strictSame(
    record.rows.map(({ word }) => word),
    ['added', 'same', 'code', 'message', 'removed', 'code', 'code', 'code', 'same'],
  );
  const theirs = git(f.kernel, 'range-diff', '--no-color', '--creation-factor=95', 'base..first', 'base..second')
    .trimEnd()
    // the ids of commits
    .replace(/^( *[\d-]+:) +[0-9a-f-]{7,} (.) +([\d-]+:) +[0-9a-f-]{7,} /gm, '$1 $2 $3 ');
  const plain = (text: string): string[] => text.split('\n').map((line) => line.trimEnd());
  t.strictSame(plain(rangeDiffText(record)), plain(theirs));
});
