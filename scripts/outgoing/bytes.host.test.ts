/** What refresh writes can be read back to the same commit, byte for byte, or nothing is written. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../testing/command-line.ts';
import { AUTHOR, git, lines, SECONDS, write, type Fixture } from '../testing/project.ts';
import { apply, failure, patchTexts, refresh, withSeries } from '../testing/series.ts';
import { loadSeries } from '../series/load.ts';
import { exportSeries } from './export.ts';
import { refreshRange } from './refresh.ts';

t.setTimeout(300_000);

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

type Bytes = readonly [message: Buffer, files: Readonly<Record<string, Buffer>>];

/** Commits on top of `work` in the person's own repository, as other tools than git commit may write them. */
function commitBytes(f: Fixture, commits: readonly Bytes[]): void {
  const data = (content: Buffer): Buffer[] => [Buffer.from(`data ${content.length}\n`), content, Buffer.from('\n')];
  const input = commits.flatMap(([message, files], index) => [
    Buffer.from(`commit refs/heads/work\ncommitter ${AUTHOR} ${SECONDS} +0000\n`),
    ...data(message),
    Buffer.from(index === 0 ? 'from refs/heads/work^0\n' : ''),
    ...Object.entries(files).flatMap(([file, content]) => [
      Buffer.from(`M 100644 inline ${JSON.stringify(file)}\n`),
      ...data(content),
    ]),
  ]);
  execFileSync('git', ['fast-import', '--quiet'], { cwd: f.kernel, input: Buffer.concat(input) });
}

/** All bytes of patches/. */
const before = (f: Fixture): string => JSON.stringify(patchTexts(f));
const range = async (f: Fixture, dryRun = false): Promise<unknown> =>
  refreshRange(f.project, f.kernel, 'master..work', { adopt: false, dryRun });

const kept: readonly (readonly [name: string, files: Readonly<Record<string, Buffer>>])[] = [
  ['a comment in Latin-1', { 'kernel/ring.c': latin1(`/* caf\xe9 */\n${lines('ring')}`) }],
  [
    'U+FFFD, and bytes that are no text in any charset',
    { 'kernel/ring.c': Buffer.concat([Buffer.from('/* \ufffd */\n'), latin1('\xff\xfe\x80\n')]) },
  ],
  ['a CR in a line, a form feed, no newline at the end', { 'kernel/ring.c': latin1('a\rb\n\f\nend') }],
  [
    'blank lines at the end of a hunk, and what looks like a mail',
    { 'kernel/ring.c': latin1('\n\n-- \n--- a/x\nFrom a@b Thu Jan  1 12:34:56 2024\ndiff --git a/q b/q\n \n\n') },
  ],
  [
    'names with blanks, quotes and other letters',
    {
      'kernel/a b.c': latin1('1\n'),
      'kernel/"q".c': latin1('2\n'),
      'kernel/größe.c': latin1('3\n'),
      'kernel/core.c': latin1('4\n'),
    },
  ],
];
t.test('kept, byte for byte: through refresh, apply, export and the git am of a reviewer', async (t) => {
  const f = await withSeries('bytes');
  t.teardown(f.remove);
  commitBytes(
    f,
    kept.map(([name, files]) => [Buffer.from(`ring: ${name}\n`), files]),
  );
  await range(f);
  const applied = await apply(f);
  t.strictSame(
    applied.commits.map(({ fit }) => fit),
    [...'123', ...kept].map(() => 'exact'),
  );
  t.equal(applied.tree, git(f.kernel, 'rev-parse', 'work^{tree}').trim());
  t.equal(
    git(applied.worktree, 'log', '--format=%B', 'master..HEAD'),
    git(f.kernel, 'log', '--format=%B', 'master..work'),
  );
  t.match(await refresh(f), { written: { length: 0 }, removed: { length: 0 } });
  const { mbox } = await exportSeries(f.project, loadSeries(f.project), applied, f.dir);
  git(f.dir, 'clone', '-q', f.kernel, 'reviewer');
  git(join(f.dir, 'reviewer'), '-c', 'user.name=a', '-c', 'user.email=a@b', 'am', '-q', '--empty=drop', mbox);
  t.equal(git(join(f.dir, 'reviewer'), 'rev-parse', 'HEAD^{tree}').trim(), applied.tree);
});

const MESSAGE = (text: string): Buffer => latin1(`ring: bytes\n\n${text}\n`);
const ring = (text: string): Record<string, Buffer> => ({ 'kernel/ring.c': latin1(text) });
const refused: readonly (readonly [
  name: string,
  message: Buffer,
  code: string,
  words: RegExp,
  files?: Readonly<Record<string, Buffer>>,
])[] = [
  ['a binary file', MESSAGE('x'), 'PATCH_BINARY', /binary change/, { 'kernel/logo.bin': Buffer.from([0, 1, 2, 255]) }],
  ['CR LF in a file', latin1('ring: cr\n'), 'PATCH_CRLF', /CR LF/, { 'kernel/dos.c': latin1('a\r\nb\r\n') }],
  ['a message in Latin-1', MESSAGE('caf\xe9'), 'REFRESH_MESSAGE', /not UTF-8/],
  ['a subject of two lines', latin1('ring: two\nlines\n'), 'REFRESH_MESSAGE', /two lines/],
  ['blanks at an end of a line', MESSAGE('a  \nb'), 'REFRESH_MESSAGE', /blanks/],
  ['two empty lines', MESSAGE('a\n\n\nb'), 'REFRESH_MESSAGE', /empty lines/],
  ['no newline at the end', latin1('ring: no end'), 'REFRESH_MESSAGE', /./],
  ['a subject with blanks', latin1('ring:  blanks\n'), 'REFRESH_MESSAGE', /./],
  ['an encoded word', latin1('ring: =?UTF-8?q?x?= word\n'), 'REFRESH_MESSAGE', /./],
  ['a prefix', latin1('[PATCH] ring: prefix\n'), 'REFRESH_MESSAGE', /./],
  ['brackets', latin1('[x] ring: brackets\n'), 'REFRESH_SUBJECT', /brackets/],
  ['an answer', latin1('Re: ring: an answer\n'), 'REFRESH_MESSAGE', /./],
  ['a quoted diff', MESSAGE('As in\n\ndiff --git a/x b/x'), 'REFRESH_MESSAGE', /ends the message here: "diff --git/],
  ['a header', MESSAGE('Subject: x'), 'REFRESH_MESSAGE', /header: "Subject/],
  ['[PATCH]', MESSAGE('[PATCH] x'), 'REFRESH_MESSAGE', /header: "\[PATCH\]/],
  ['>From', MESSAGE('a\n>From b'), 'REFRESH_MESSAGE', /">From b"/],
  ['a line that begins a mail', MESSAGE('a\nFrom a 11 12:34:56 2024'), 'REFRESH_MESSAGE', /another mail/],
];
t.test('refused, each by its name, and nothing is written', async (t) => {
  const f = await withSeries('refused');
  t.teardown(f.remove);
  execFileSync('git', ['init', '-q'], { cwd: f.project });
  git(f.project, 'add', '.');
  git(f.project, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'all');
  commitBytes(
    f,
    refused.map(([name, message, , , files]) => [message, files ?? ring(name)]),
  );
  for (const dryRun of [false, true]) {
    const error = await failure(range(f, dryRun));
    t.match(error, { code: 'E_REFRESH', exitCode: 11 });
    const said = error.problems.filter(({ message }) => !message.includes('the subject of two commits'));
    t.equal(said.length, refused.length, 'one problem a commit');
    for (const [index, [name, , code, words]] of refused.entries())
      t.match(said[index], { code, message: words }, name);
    t.equal(git(f.project, 'status', '--porcelain'), '');
  }
});

t.test('a commit whose files no file system can hold is refused, and nothing is written', async (t) => {
  for (const [name, mode, file, words] of [
    ['an empty link', '120000', 'kernel/link', /unable to create symlink kernel\/link/],
    ['a name too long', '100644', `kernel/${'x'.repeat(256)}`, /unable to create file kernel\/x.* too long/],
  ] as const) {
    const f = await withSeries('files');
    t.teardown(f.remove);
    const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: f.kernel, input: '', encoding: 'utf8' });
    git(f.kernel, 'read-tree', 'work');
    git(f.kernel, 'update-index', '--add', '--cacheinfo', `${mode},${blob.trim()},${file}`);
    const tree = git(f.kernel, 'write-tree').trim();
    const made = git(f.kernel, 'commit-tree', '-p', 'work', '-m', `ring: add ${name}`, tree).trim();
    git(f.kernel, 'update-ref', 'refs/heads/work', made);
    const texts = before(f);
    t.match(
      await failure(range(f)),
      { code: 'E_REFRESH', exitCode: 11, problems: [{ code: 'REFRESH_TREE', message: words }] },
      name,
    );
    t.equal(before(f), texts);
  }
});

t.test('the worktree, too, is asked before anything is written', async (t) => {
  const f = await withSeries('worktree');
  t.teardown(f.remove);
  const { worktree } = await apply(f);
  const texts = before(f);
  writeFileSync(join(worktree, 'kernel/logo.bin'), Buffer.from([0, 1, 2, 255]));
  git(worktree, 'add', '.');
  git(worktree, 'commit', '-q', '-m', 'ring: a logo');
  t.match(await failure(refresh(f)), { code: 'E_REFRESH', problems: [{ code: 'PATCH_BINARY' }] });
  t.equal(before(f), texts);
});

t.test('notes that git would read are not lost by a refresh', async (t) => {
  const f = await withSeries('notes');
  t.teardown(f.remove);
  await apply(f);
  const file = join(f.project, 'patches/0002-ring-add-a-file.patch');
  writeFileSync(file, readFileSync(file, 'utf8').replace('---\n', '---\n\nv2: dropped\n--- a/kernel/ring.c\n'));
  const texts = before(f);
  t.match(await failure(refresh(f)), {
    code: 'E_PATCH_FORMAT',
    problems: [{ code: 'PATCH_NOTES', position: { file: 'patches/0002-ring-add-a-file.patch', line: 9 } }],
  });
  t.equal(before(f), texts);
});

t.test('what a person has set and left out of the repository changes no byte', async (t) => {
  const f = await withSeries('settings');
  t.teardown(f.remove);
  write(f.dir, { mine: '*.c diff=mine\n* -diff\n', 'external.sh': '#!/bin/sh\necho mine\n' });
  const settings = [
    ['core.attributesFile', join(f.dir, 'mine')],
    ['core.bigFileThreshold', '1'],
    ['diff.mine.binary', 'true'],
    ['diff.mine.xfuncname', '^(.*line 1.*)$'],
    ['diff.cpp.xfuncname', '^(.*line.*)$'],
    ['diff.noprefix', 'true'],
    ['diff.context', '9'],
    ['diff.algorithm', 'patience'],
    ['diff.renames', 'false'],
    ['diff.external', 'sh external.sh'],
    ['diff.orderFile', 'nowhere'],
    ['diff.suppressBlankEmpty', 'true'],
    ['log.showSignature', 'true'],
    ['format.pretty', 'oneline'],
    ['mailinfo.scissors', 'true'],
    ['am.messageid', 'true'],
    ['am.keepcr', 'true'],
    ['i18n.logOutputEncoding', 'latin1'],
    ['i18n.commitEncoding', 'latin1'],
    ['apply.whitespace', 'error'],
  ] as const;
  for (const [name, value] of settings) git(f.kernel, 'config', name, value);
  write(f.kernel, { '.git/info/attributes': '*.c diff=cpp\n*.c whitespace=trailing-space\nkernel/* -diff\n' });
  const texts = before(f);
  t.match(await range(f), { written: { length: 0 } });
  t.strictSame(
    (await apply(f)).commits.map(({ fit }) => fit),
    ['exact', 'exact', 'exact'],
  );
  t.match(await refresh(f), { written: { length: 0 } });
  t.equal(before(f), texts);
});

t.test(
  'a file of git format-patch -v2 works in every command, and so does a subject without a Latin letter',
  async (t) => {
    const f = await withSeries('raw');
    t.teardown(f.remove);
    commitBytes(f, [[Buffer.from('環: 追加する\n\nGrößer, für alle.\n'), ring(lines('RING'))]]);
    git(
      f.kernel,
      '-c',
      'core.quotePath=true',
      'format-patch',
      '-q',
      '-v2',
      '--base=master',
      '-o',
      join(f.project, 'patches'),
      '-1',
      '--start-number',
      '4',
      'work',
    );
    const raw = Object.keys(patchTexts(f)).filter((name) => name.startsWith('v2-'));
    t.strictSame(raw, ['v2-0004-.patch'], 'the name that git gives it');
    t.match(
      patchTexts(f)['v2-0004-.patch'],
      /^Subject: \[PATCH v2 4\/4\] =\?UTF-8\?q\?|^Subject: \[PATCH v2\] =\?UTF-8\?q\?/m,
    );
    appendFileSync(join(f.project, 'patches/series.yaml'), '  - id: "04"\n    file: v2-0004-.patch\n');
    const applied = await apply(f);
    t.match(applied.commits[3], { subject: '環: 追加する', fit: 'exact' });
    t.equal(git(applied.worktree, 'log', '-1', '--format=%B').trim(), '環: 追加する\n\nGrößer, für alle.');
    t.equal(applied.tree, git(f.kernel, 'rev-parse', 'work^{tree}').trim());
    const exported = await run(f.project, ['export', '--dry-run', '--tree', f.kernel]);
    t.match(exported.stdout, /\[RFC PATCH v2 4\/4\] 環: 追加する/);
    const record = await refresh(f);
    t.match(record, { written: ['0004-patch.patch', 'series.yaml'], removed: ['v2-0004-.patch'] });
    t.match(
      readFileSync(join(f.project, 'patches/0004-patch.patch'), 'utf8'),
      /^Subject: 環: 追加する\n[\s\S]*\n---\n\n 1 file changed, [^|]*\n\ndiff --git [\s\S]*\n\+RING line 30\n$/m,
      'neither version nor table of files',
    );
    t.match(await apply(f), { reused: 4 });
    t.match(await refresh(f), { written: { length: 0 } });
  },
);
