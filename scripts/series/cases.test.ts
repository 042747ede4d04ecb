/** Files that people have, each the smallest of its kind: what apply does with them is what they say, or nothing. */
import t from 'tap';
import { formatPatch, inspectPatch, mailFor } from './patchfile.ts';

const HEAD = `From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001\nFrom: A B <a@b>\nSubject: ring: add a file\n`;
const added = (name: string, line = `int ${name};`): string =>
  `diff --git a/kernel/${name}.c b/kernel/${name}.c\nnew file mode 100644\nindex 0000000..1111111\n` +
  `--- /dev/null\n+++ b/kernel/${name}.c\n@@ -0,0 +1 @@\n+${line}\n`;
const CHANGE = '--- a/kernel/ring.c\n+++ b/kernel/ring.c\n@@ -1 +1,2 @@\n int ring;\n+int dropped;\n';
const GOOD = `${HEAD}\nIt was missing.\n---\n\n${added('good')}`;
const message = (text: string): string => GOOD.replace('It was missing.', text);
const header = (line: string): string => GOOD.replace('\n\n', `\n${line}\n\n`);
const notes = (text: string): string => GOOD.replace('---\n\n', `---\n\n${text}\n\n`);

const refused: readonly (readonly [name: string, text: string, code: string, line: number, word?: RegExp])[] = [
  [
    'a diff quoted in the message',
    message(`First tried:\n\n${added('quoted')}\nSo it is the one below.`),
    'PATCH_MESSAGE',
    7,
    /a diff, but text goes on in line 15/,
  ],
  [
    'a diff quoted in the message, directly above the dashes',
    message(`First tried:\n\n${added('quoted').trimEnd()}`),
    'PATCH_MESSAGE',
    7,
  ],
  ['a plain diff quoted in the message', message(`First tried:\n\n${CHANGE}`), 'PATCH_MESSAGE', 7],
  ['a CVS head in the message', message('Was:\nIndex: kernel/ring.c'), 'PATCH_MESSAGE', 6],
  ['a plain diff among the notes', notes(`v2: dropped\n${CHANGE}`), 'PATCH_NOTES', 9],
  ['a hunk among the notes', notes('v2: dropped\n@@ -1 +1,2 @@\n int ring;\n+int dropped;'), 'PATCH_NOTES', 9],
  ['a whole diff among the notes', notes(`v2: dropped\n${added('dropped')}\nand no more.`), 'PATCH_TEXT', 17],
  ['text between two files', `${GOOD}\nIndex: linux/kernel/second.c\n====\n${added('second')}`, 'PATCH_TEXT', 16],
  ['a word between two files', `${GOOD}and\n${added('second')}`, 'PATCH_TEXT', 15],
  ['an empty line between two files', `${GOOD}\n${added('second')}`, 'PATCH_TEXT', 16],
  ['text between two hunks', `${GOOD}+too much\n@@ -9 +10 @@\n-x\n+y\n`, 'PATCH_TEXT', 15],
  ['more lines than the hunk counts', `${GOOD}+int more;\n`, 'PATCH_TEXT', 15],
  ['a diff behind the signature', `${GOOD}-- \n2.39.5\n${added('last')}`, 'PATCH_TEXT', 17],
  ['a footer without a signature', `${GOOD}\n____\na list\n`, 'PATCH_TEXT', 16],
  ['a subject of an older mail', message('[PATCH] what an older mail said'), 'PATCH_MESSAGE', 5, /header/],
  ['a header of an older mail', message('From: C D <c@d>\n\nHello.'), 'PATCH_MESSAGE', 5, /header/],
  ['a quoted From', message('Fine.\n>From here on'), 'PATCH_MESSAGE', 6],
  ['a line that begins a mail', message('Fine.\nFrom c@d Thu Jan  1 12:34:56 2024'), 'PATCH_TWO_MAILS', 6],
  ['a line that begins a mail, among the notes', notes('From c 01 12:34:56 2024'), 'PATCH_TWO_MAILS', 8],
  ['scissors', message('Hello,\n-- >8 --\nIt was missing.'), 'PATCH_MESSAGE', 6, /scissors/],
  ['quoted-printable', header('Content-Transfer-Encoding: quoted-printable'), 'PATCH_ENCODING', 4, /quoted-printable/],
  ['base64', header('content-transfer-encoding: BASE64'), 'PATCH_ENCODING', 4, /BASE64/],
  [
    'flowed text',
    header('Content-Type: text/plain; format=flowed; charset="utf-8"'),
    'PATCH_ENCODING',
    4,
    /format=flowed/,
  ],
  ['parts', header('Content-Type: multipart/mixed;\n boundary="x"'), 'PATCH_ENCODING', 4, /multipart\/mixed/],
  ['HTML', header('Content-Type: text/html'), 'PATCH_ENCODING', 4, /text\/html/],
  ['another charset', header('Content-Type: text/plain; charset=ISO-8859-15'), 'PATCH_ENCODING', 4, /ISO-8859-15/],
  ['another charset in the subject', GOOD.replace('ring: add', '=?koi8-r?q?=C1?='), 'PATCH_ENCODING', 3, /koi8-r/],
  [
    'a charset that the message is not of',
    header('Content-Type: text/plain; charset=us-ascii').replace('missing', 'caf\xc3\xa9'),
    'PATCH_ENCODING',
    6,
    /not US-ASCII/,
  ],
  [
    'a charset that the subject is not of',
    GOOD.replace('ring: add', '=?us-ascii?q?caf=C3=A9?='),
    'PATCH_ENCODING',
    3,
    /not us-ascii/,
  ],
  ...[1, 2].map(
    (line) =>
      [
        'an encoded word whose text is one',
        GOOD.replace(line === 1 ? 'A B' : 'ring: add', '=?UTF-8?q?=3D=3FUTF-8=3Fq=3Fx=3F=3D?='),
        'PATCH_ENCODING',
        line + 1,
        /"=\?UTF-8\?q\?x\?=/,
      ] as const,
  ),
  ['half an encoded word', GOOD.replace('ring: add', '=?UTF-8?q?a'), 'PATCH_ENCODING', 3],
  ['a second subject', header('Subject: other'), 'PATCH_HEADER', 4, /second/],
  ['no empty line behind the headers', GOOD.replace('\n\nIt was', '\nIt was'), 'PATCH_HEADER', 4],
  ['brackets that are no prefix', GOOD.replace('ring: add', '[x] add'), 'PATCH_SUBJECT', 3],
  ['an author without a name', GOOD.replace('A B <a@b>', 'a@b'), 'PATCH_NO_AUTHOR', 2],
  ...['A B.', "'A B'", '.A B', 'A B;'].map(
    (author) =>
      [`an author of whom git drops something: ${author}`, GOOD.replace('A B', author), 'PATCH_NO_AUTHOR', 2] as const,
  ),
  ['an address of which git drops something', GOOD.replace('a@b', 'a@b.'), 'PATCH_NO_AUTHOR', 2],
  ['CR LF in a line of the diff', GOOD.replace('int good;', 'int good;\r'), 'PATCH_CRLF', 14],
  [
    'names without a/ and b/',
    `${GOOD}diff --git kernel/x.c kernel/x.c\n--- kernel/x.c\n+++ kernel/x.c\n@@ -1 +1 @@\n-a\n+b\n`,
    'PATCH_DIFF',
    15,
  ],
  [
    'a diff of another file than its head says',
    `${GOOD}diff --git a/x.c b/x.c\n--- a/y.c\n+++ b/y.c\n@@ -1 +1 @@\n-a\n+b\n`,
    'PATCH_DIFF',
    15,
  ],
  [
    'a binary file',
    `${GOOD}diff --git a/x b/x\nindex 1..2\nGIT binary patch\nliteral 1\nIcmZ\n\nliteral 0\nHcmV?d00001\n\n`,
    'PATCH_BINARY',
    17,
  ],
];
for (const [name, text, code, line, word = /./] of refused) {
  t.test(`refused: ${name}`, async (t) => {
    const { patch, problems } = inspectPatch(Buffer.from(text, 'latin1'), 'p');
    t.equal(patch, undefined);
    t.strictSame(
      problems.map((problem) => [problem.code, problem.position?.line]),
      [[code, line]],
    );
    t.match(problems[0]?.message, word);
  });
}

t.test('`---` with blanks behind it is a separator, and no line of the message', async (t) => {
  const { patch } = inspectPatch(Buffer.from(notes('v2: asked for').replace('---\n', '---  \n')), 'p');
  t.match(patch, { body: 'It was missing.', notes: 'v2: asked for', files: [{ path: 'kernel/good.c' }] });
});

t.test('a file of git format-patch -v2, with all that it writes', async (t) => {
  const raw = `From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: =?UTF-8?q?J=C3=B6rg=20B?= <j@b>
Date: Tue, 14 Nov 2023 22:13:20 +0000
Subject: [PATCH v2 03/11] =?UTF-8?q?ring:=20f=C3=BCr=20alle=20=E8=BF=BD?=
 =?UTF-8?q?=E5=8A=A0?=
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit

Größer.
---
 kernel/good.c | 1 +
 1 file changed, 1 insertion(+)
 create mode 100644 kernel/good.c

${added('good')}
base-commit: 0123456789012345678901234567890123456789
prerequisite-patch-id: 0123456789012345678901234567890123456789
-- \n2.39.5

`;
  const { patch, problems } = inspectPatch(Buffer.from(raw), 'p');
  t.strictSame(problems, []);
  t.match(patch, {
    subject: 'ring: für alle 追加',
    author: 'Jörg B <j@b>',
    body: 'Größer.',
    notes: '',
    diff: added('good'),
  });
  if (patch === undefined) throw new Error('no patch');
  t.match(
    formatPatch(patch).toString(),
    /\nSubject: ring: für alle 追加\nMIME-V[\s\S]*\n\nGrößer\.\n---\n\n 1 file changed, 1 insertion\(\+\)\n\ndiff --git /,
  );
  t.strictSame(inspectPatch(formatPatch(patch), 'p').patch?.diff, patch.diff);
  t.match(inspectPatch(formatPatch(patch), 'p').patch, {
    subject: patch.subject,
    author: patch.author,
    body: patch.body,
    notes: '',
  });
  t.match(inspectPatch(Buffer.from(raw.replace('1 insertion', '2 insertions')), 'p').problems, [
    { code: 'PATCH_TRUNCATED', position: { line: 13 } },
  ]);
});

t.test('bytes of a diff stay as they are, and notes do not go to git', async (t) => {
  for (const line of [
    '/* caf\xe9 */',
    '\xef\xbf\xbd',
    '\xff\xfe',
    'a\rb',
    ' ',
    'From a@b Thu Jan  1 12:34:56 2024',
    '-- ',
  ]) {
    const content = Buffer.from(`${HEAD}\nWhy.\n---\n\nv2: noted\n\n${added('x', line)}`, 'latin1');
    const { patch } = inspectPatch(content, 'p');
    t.equal(patch?.diff, added('x', line), line);
    if (patch === undefined) continue;
    t.ok(mailFor(patch, 0).includes(Buffer.from(`\n+${line}\n`, 'latin1')));
    t.notOk(mailFor(patch, 0).includes('noted'));
  }
});
