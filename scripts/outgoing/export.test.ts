import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadSeries } from '../series/load.ts';
import { git } from '../testing/project.ts';
import { apply, failure, withSeries } from '../testing/series.ts';
import { exportSeries, subjects } from './export.ts';
import { coverMail, encodeAddress, encodeText, mailFile, mbox, patchMail, subjectOf } from './mail.ts';
import { sequence } from '../testing/pattern.ts';

t.setTimeout(300_000);

const HEAD = { prefix: 'RFC PATCH bpf-next', version: 2, total: 11 };
const PATCH = {
  subject: 'bpf: do the thing',
  author: 'A <a@b>',
  body: 'Because.',
  notes: 'v2: asked for',
  diff: 'diff --git a/x b/x\n',
  files: [],
};
const bytes = (text: string): Buffer => Buffer.from(text);

t.test('subjects and names, as git writes them', async (t) => {
  t.equal(subjectOf(HEAD, 3, 'bpf: do the thing'), '[RFC PATCH bpf-next v2 03/11] bpf: do the thing');
  t.equal(subjectOf({ prefix: 'PATCH', version: 1, total: 9 }, 0, 'title'), '[PATCH 0/9] title');
  t.equal(mailFile(HEAD, '0001-x.patch'), 'v2-0001-x.patch');
  t.equal(mailFile({ ...HEAD, version: 1 }, '0001-x.patch'), '0001-x.patch');
});

t.test('a long subject is one line, which is all that b4 reads, and other letters are encoded words', async (t) => {
  const subject = (title: string): string[] =>
    patchMail(HEAD, 3, { ...PATCH, subject: title }, '')
      .toString()
      .split('\n')
      .slice(2, 3);
  const long = 'many words '.repeat(12).trim();
  t.strictSame(subject(long), [`Subject: [RFC PATCH bpf-next v2 03/11] ${long}`]);
  t.strictSame(subject('環: a'), ['Subject: [RFC PATCH bpf-next v2 03/11] =?UTF-8?q?=E7=92=B0=3A=20a?=']);
  const words = encodeText('größer '.repeat(20)).split(' ');
  for (const word of words) t.ok(word.length <= 75, word);
  t.equal(encodeAddress('Jörg Ä <j@x.org>'), '=?UTF-8?q?J=C3=B6rg=20=C3=84?= <j@x.org>');
  const quoted = ['Doe, Jane', 'Jane Q. Doe', 'Jane: Doe;', 'J [x]'];
  for (const name of quoted) t.equal(encodeAddress(`${name} <j@x.org>`), `"${name}" <j@x.org>`);
  for (const who of ['"Doe, J." <j@x.org>', "Jane O'Doe-Ray <j@x.org>", 'list@x.org']) t.equal(encodeAddress(who), who);
  t.equal(encodeAddress('=?UTF-8?q?x?= <j@x.org>'), '=?UTF-8?q?=3D=3FUTF=2D8=3Fq=3Fx=3F=3D?= <j@x.org>');
});

t.test('a patch keeps its notes, and the diffstat is below them', async (t) => {
  t.match(
    patchMail(HEAD, 3, PATCH, ' x | 2 +-\n').toString(),
    sequence(
      /^From 0{40} .*\nFrom: A <a@b>\nSubject: \[RFC PATCH bpf-next v2 03\/11\] bpf: do the thing\n\n/,
      /Because\.\n---\n\nv2: asked for\n\n x \| 2 \+-\n\ndiff --git/,
    ),
  );
  t.match(
    patchMail(HEAD, 3, { ...PATCH, notes: '', subject: 'cost $& and $1' }, ' x | 2 +-\n').toString(),
    /cost \$& and \$1\n\nBecause\.\n---\n\n x \| 2 \+-\n\ndiff/,
  );
});

t.test('the cover letter ends with what tools look for', async (t) => {
  const cover = {
    text: 'the title\n\nThe text: größer.\n',
    author: 'A <a@b>',
    shortlog: 'A (1):\n  one\n',
    diffstat: ' x | 2 +-\n',
    baseLines: ['base-commit: c0ffee'],
    baseNote: '',
  };
  const mail = coverMail(HEAD, cover).toString();
  t.match(
    mail,
    sequence(
      /Subject: \[RFC PATCH bpf-next v2 00\/11\] the title\nMIME-Version[\s\S]*\n\nThe text: größer\.\n\n/,
      /A \(1\):\n {2}one\n\n x \| 2 \+-\n\nbase-commit: c0ffee\n$/,
    ),
  );
  t.notMatch(mail, /In-Reply-To|Signed-off-by|Message-I/i);
  t.match(
    coverMail(HEAD, { ...cover, baseNote: 'The base is a package.' }).toString(),
    /The base is a package\.\nbase-commit: c0ffee\n$/,
  );
  t.equal(
    mbox([bytes('From x\n+a\n \n'), bytes('From y\nb\n')]).toString(),
    'From x\n+a\n \n\nFrom y\nb\n\n',
    'a diff may end in a blank line of its file',
  );
});

t.test('round trip: git am makes the same tree of the mails', async (t) => {
  const f = await withSeries('export');
  t.teardown(f.remove);
  const path = join(f.project, 'patches/0002-ring-add-a-file.patch');
  writeFileSync(path, readFileSync(path, 'utf8').replace('---\n', '---\n\nv2: a note\n'));
  writeFileSync(join(f.project, 'patches/cover-letter.md'), 'a title\n\nWhy all this.\n');
  const applied = await apply(f);
  const series = loadSeries(f.project);
  const record = await exportSeries(f.project, series, applied, f.dir);
  t.match(record.subjects, [
    '[RFC PATCH v2 0/3] a title',
    '[RFC PATCH v2 1/3] core: say five',
    '[RFC PATCH v2 2/3] ring: add a file',
    /3\/3/,
  ]);
  t.strictSame(subjects(f.project, series), record.subjects);
  const cover = readFileSync(record.files[0] ?? '', 'utf8');
  t.match(
    cover,
    sequence(
      /Why all this\.\n\ndtrace-bpf \(3\):\n {2}core: say five\n/,
      /[\s\S]* 2 files changed, 5 insertions\(\+\), 2 deletions\(-\)\n/,
      / create mode 100644 kernel\/new\.c\n\nbase-commit: [0-9a-f]{40}\n$/,
    ),
  );
  t.match(readFileSync(record.files[2] ?? '', 'utf8'), /v2: a note\n\n kernel\/new\.c \| 3 \+\+\+/);
  for (const [name, mails] of [
    ['whole', [record.mbox]],
    ['single', record.files.slice(1)],
  ] as const) {
    git(f.dir, 'clone', '-q', f.kernel, name);
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', 'am', '-q', '--empty=drop', ...mails], {
      cwd: join(f.dir, name),
      stdio: 'ignore',
    });
    t.equal(git(join(f.dir, name), 'rev-parse', 'HEAD^{tree}').trim(), applied.tree, name);
    t.equal(
      git(join(f.dir, name), 'log', '-3', '--format=%s'),
      'core: say twenty-five\nring: add a file\ncore: say five\n',
    );
    t.notMatch(git(join(f.dir, name), 'log', '-3', '--format=%B'), /a note/);
  }
});

t.test('a cover letter without a title', async (t) => {
  const f = await withSeries('untitled');
  t.teardown(f.remove);
  writeFileSync(join(f.project, 'patches/cover-letter.md'), '\n');
  const series = loadSeries(f.project);
  t.match(await failure((async () => subjects(f.project, series))()), {
    code: 'E_SERIES',
    exitCode: 2,
    position: { file: 'patches/cover-letter.md' },
  });
});
