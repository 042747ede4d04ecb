/** Patch files for tests that compare what is read of them: most have one or two oddities, and some none. */
import fc from 'fast-check';

const pick = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const concat = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.join(''));
/** One in six is odd: most files have one or two oddities, and some none. */
const mostly = (usual: fc.Arbitrary<string>, odd: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: odd });
const joined = (lines: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string> =>
  fc.array(lines, { maxLength, size: 'max' }).map((list) => list.join(''));

const ODD_LINES = pick(
  '[PATCH] quoted\n',
  '[PATCH]\n',
  '[PATCH v2] x\n',
  '>From here on\n',
  '>From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n',
  'From here on\n',
  'From a@b Thu Jan  1 12:34:56 2024\n',
  'From a@b 12:34:56 90\n',
  'From: C D <c@d>\n',
  'subject: other\n',
  'Date: x\n',
  'Subject : x\n',
  ' From: x\n',
  '\tcontinued\n',
  '---\n',
  '--- \n',
  '---\t \n',
  '--- a/kernel/x.c\n',
  '--- \tx\n',
  '----\n',
  '---x\n',
  '-- \n',
  'diff --git a/q b/q\n',
  'diff -u a b\n',
  'diff\n',
  'Index: x\n',
  'Index:x\n',
  '@@ -1 +1 @@\n',
  '@@ -0,0 +1 @@\n',
  '+++ b/x\n',
  '+int x;\n',
  '-- >8 --\n',
  '8< - - -\n',
  '- - - - - - 8<\n',
  '-------- >8 -------- cut here, all of it\n',
  'a\tb  \n',
  ' \n',
  '\n\n\n',
  '\f\n',
  '=3D\n',
  '=?utf-8?q?x?=\n',
  'caf\xc3\xa9\n',
  'caf\xe9\n',
  '\xef\xbf\xbd\n',
  'a\rb\n',
  'cr\r\n',
  'GIT binary patch\n',
  'base-commit: 0123\n',
  '\u00a0\n',
  'Signed-off-by: A B <a@b>\n',
);
const line = mostly(pick('Because.\n', 'Two words\n', '\n', ' - item\n'), ODD_LINES);

const subjectText = mostly(
  pick('bpf: do the thing', 'a', 'one  two'),
  pick(
    '[x] y',
    '[PATCH] [PATCH 2/3] y',
    'Re: y',
    'RE:y',
    're:',
    'Rest',
    ': y',
    '[PATCH',
    '[RFC][PATCH] y',
    '[PATCH]y',
    '[x [PATCH] y',
    '[] y',
    'ends in [PATCH]',
    '',
    ' ',
    '[PATCH] re: [PATCHv2] : y',
    'r',
    're',
    '[PATCHES] x',
    '=?UTF-8?q?caf=C3=A9?=',
    '=?utf8?Q?a_b=?=',
    '=?UTF-8?b?w6k=?=',
    '=?UTF-8?B?w6nDqQ==?= x',
    '=?UTF-8?q?a?= =?UTF-8?q?b?=',
    '=?UTF-8?q?a?=\t=?UTF-8?q?b?= c',
    'x =?UTF-8?q?a?= y',
    ' =?UTF-8?q?a?=',
    'a =? b',
    '=?UTF-8?x?a?=',
    '=?iso-8859-1?q?caf=E9?=',
    '=?us-ascii?q?a=3Db=?=',
    '=?UTF-8?q?=0A?=',
    '=?UTF-8?q?a=zb?=',
    '=?UTF-8?b?####?=',
    '=?UTF-8?q?=5Bx=5D_y?=',
    '=?UTF-8?q?=20=20a=20=20?=',
    '=?UTF-8?q?=5BPATCH=5D?= y',
    'caf\xe9',
    'caf\xc3\xa9',
    'a\tb',
    '=??q?a?=',
    '=?UTF-8?q?=C3?= =?UTF-8?q?=A9?=',
    '=?UTF-8?q?=3D=3FUTF-8=3Fq=3Fx=3F=3D?=',
  ),
);
const subject = concat(
  pick('Subject: ', 'Subject: ', 'Subject: ', 'subject:', 'SUBJECT: \t'),
  mostly(pick('', '', '[PATCH v2 03/11] '), pick('[PATCH', '[RFC PATCH bpf-next v2 3/4]\n ')),
  subjectText,
  mostly(pick('\n'), pick('\n folded\n', '\n\t  folded  twice \n more\n', ' \n', '\n \n')),
);
const from = concat(
  pick('From: '),
  mostly(
    pick('A B <a@b>', 'C D <c.d@e.org>'),
    pick(
      '"A. B" <a@b>',
      'A. B, Jr <a@b>',
      'a@b',
      '<a@b>',
      'a@b (A B)',
      'A (x) B <a@b>',
      '"A \\"x\\" B" <a@b>',
      '=?UTF-8?q?J=C3=B6rg?= <j@b>',
      '=?UTF-8?q?J=C3=B6rg?= B <j@b>',
      '=?UTF-8?q?=3D=3FUTF-8=3Fq=3Fx=3F=3D?= <j@b>',
      'J\xc3\xb6rg <j@b>',
      'J\xf6rg <j@b>',
      'A B',
      'A  B  <a@b>',
      'A B <a@b> x',
      `${'A'.repeat(60)} <a@b>`,
      `${'A'.repeat(61)} <a@b>`,
      '"" <a@b>',
      'A B <a b@c>',
      'A@B <a@b>',
      '"(x)" <a@b>',
      '(x) <a@b>',
      'A <B <a@b>',
      "O'B <o@b>",
      'A B<a@b>',
      '"A" B <a@b>',
      'A B\n <a@b>',
      '',
    ),
  ),
  pick('\n'),
);
const extra = mostly(
  pick(
    '',
    'Date: Thu, 1 Jan 2024 00:00:00 +0000\n',
    'MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n',
    'X-Other: a\n b\n',
  ),
  pick(
    'Content-Type: text/plain; charset="us-ascii"\n',
    'Content-Type: text/plain; charset=iso-8859-1\n',
    'content-type: text/plain; format=flowed; charset=utf-8\n',
    'Content-Type: text/plain; format=fixed\n',
    'Content-Type: multipart/mixed; boundary=x\n',
    'Content-Type: text/plain; charset=\n',
    'Content-Transfer-Encoding: quoted-printable\n',
    'Content-Transfer-Encoding: BASE64\n',
    'Content-Transfer-Encoding: 7bit\n',
    'not a header\n',
    '>From x\n',
    'From x\n',
    'Subject: again\n',
    'From: Again <x@y>\n',
    'X-a : b\n',
    ' folded\n',
    '\t\n',
    'MIME-Version\n',
  ),
);

const hunk = mostly(
  pick('@@ -0,0 +1 @@\n+int x;\n', '@@ -0,0 +1,2 @@\n+int x;\n+\n'),
  pick(
    '@@ -0,0 +1 @@\n+int x;\n+int y;\n',
    '@@ -0,0 +1,3 @@\n+int x;\n',
    '@@ -0,0 +1 @@\n+int x;\n\\ No newline at end of file\n',
    '@@ -0,0 +1 @@\n+int x;\n\\ No\n',
    '@@ -0,0 +1 @@ int f(void)\n+caf\xe9\n',
    '@@ -0,0 +1 @@\n',
    '',
    '@@ -0,0 +1 @@\n+a\rb\n',
    '@@ -0,0 +1 @@\n+a\r\n',
    '@@ -0,0 +1 @@\n+\xef\xbf\xbd\n',
  ),
);
const created = (name: string): fc.Arbitrary<string> =>
  concat(
    pick(`diff --git a/${name} b/${name}\nnew file mode 100644\n`),
    mostly(pick('index 0000000..1111111\n'), pick('', 'index 0000000..1111111 100644\n', 'other 1\n')),
    pick(`--- /dev/null\n+++ b/${name}\n`),
    hunk,
  );
const CHANGED = [
  'diff --git a/old b/old\nold mode 100644\nnew mode 100755\n',
  'diff --git a/o b/n\nsimilarity index 100%\nrename from o\nrename to n\n',
  'diff --git a/e b/e\nnew file mode 100644\nindex 0000000..e69de29\n',
  'diff --git a/c b/c\n--- a/c\n+++ b/c\n@@ -1,2 +1,2 @@\n-a\n+b\n\n',
  'diff --git a/c b/c\nindex 1..2 100644\n--- a/c\n+++ b/c\n@@ -1,2 +1,3 @@\n a\n-- \n+b\n+-- \n@@ -9 +10 @@\n-x\n+y\n',
  'diff --git a/g b/g\ndeleted file mode 100644\nindex 1..0\n--- a/g\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n',
  'diff --git "a/\\303\\251 \\"x" "b/\\303\\251 \\"x"\nold mode 100644\nnew mode 100755\n',
  'diff --git a/with blank b/with blank\n--- a/with blank\t\n+++ b/with blank\t\n@@ -1 +1 @@\n-x\n+y\n',
  'diff --git a/a b/a b/a b/a\nold mode 100644\nnew mode 100755\n',
  'diff --git a/k.c b/k.c\n--- a/k.c\n+++ b/k.c\n@@ -1,3 +1,3 @@\n \n-x\n+y\n \n',
] as const;
const CHANGED_ODDLY = [
  'diff --git k/x k/x\n--- k/x\n+++ k/x\n@@ -1 +1 @@\n-x\n+y\n',
  'diff --git a/z b/z\nBinary files a/z and b/z differ\n',
  'diff --git a/z b/z\nindex 1..2\n',
  'diff --git a/z b/z\n--- a/z\n+++ b/z\n',
  '\n',
  'garbage\n',
  '--- a/p\n+++ b/p\n@@ -1 +1 @@\n-x\n+y\n',
  'Index: x\n====\n',
  'diff --git a/w b/w\n--- a/w\n+++ b/w\n@@ -1,2 +1,2 @@\n a\n b\n',
  'diff --git a/y b/y\n--- a/other\n+++ b/other\n@@ -1 +1 @@\n-x\n+y\n',
  'diff --git a/\xe9 b/\xe9\nold mode 100644\nnew mode 100755\n',
  '-- \n2.39.5\n\n',
] as const;
const diffs = fc
  .tuple(mostly(created('kernel/x.c'), pick('')), joined(mostly(pick(...CHANGED), pick(...CHANGED_ODDLY)), 3))
  .map((parts) => parts.join(''));
const separator = mostly(pick('---\n', '---\n\n'), pick('', '--- \n', '----\n', '\n', '---\n---\n'));
const stat = mostly(
  pick('', ' kernel/x.c | 1 +\n'),
  pick(' 1 file changed, 1 insertion(+)\n', ' 2 files changed\n create mode 100644 x\n'),
);
const notes = mostly(pick('', '', 'v2: asked for\n\n'), joined(line, 3));
const tail = mostly(
  pick('', '-- \n2.39.5\n\n', '\n'),
  pick(
    '--\n2.39\n',
    '\nbase-commit: 0123\n-- \n2.39\n',
    'footer\n',
    '-- \n2.39\ndiff --git a/t b/t\nold mode 100644\nnew mode 100755\n',
    '-- \n\n___\nlist\n',
  ),
);
const start = mostly(
  pick(`From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001\n`, ''),
  pick('From x\n', '\n', ' \n', '# HG changeset patch\n'),
);
/** Patch files as people send them, and worse. */
export const patchFile: fc.Arbitrary<Buffer> = concat(
  start,
  from,
  mostly(subject, pick('')),
  extra,
  mostly(pick('\n'), pick('', '\n\n', '\t\n')),
  joined(line, 5),
  separator,
  notes,
  stat,
  pick('', '\n'),
  diffs,
  tail,
).map((text) => Buffer.from(text, 'latin1'));
