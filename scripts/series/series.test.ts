import t from 'tap';
import { parseYaml, replaceList } from '../lib/yaml.ts';
import { normalizeDiff, withoutBlobIds } from './diff.ts';
import { checkManifest } from './manifest.ts';
import { messageFault } from './mailinfo.ts';
import { formatPatch, inspectPatch, mailFor, patchFileName } from './patchfile.ts';
import { sequence } from '../testing/pattern.ts';

const GOOD = `name: dtrace-bpf
version: 2
prefix: RFC PATCH bpf-next
author: dtrace-bpf <dtrace-bpf@localhost>
cover: cover-letter.md
base: v6.12
bases:
  v6.12:
    kernel: "6.12"
    debian: linux-source-6.12
  mainline:
    kernel: "7.3"
    git: https://example.org/linux.git
    ref: v7.3
patches:
  - id: "01"
    file: 0001-bpf-one.patch
  - id: "02"
    file: 0002-bpf-two.patch
`;
const FILES = ['0001-bpf-one.patch', '0002-bpf-two.patch', 'cover-letter.md', 'series.yaml'];

function problems(text: string, files = FILES): string[] {
  return checkManifest(parseYaml(text, 'series.yaml'), files).problems.map(
    ({ code, message, position }) => `${position?.line}:${position?.col} ${code} ${message}`,
  );
}

t.test('a good manifest', async (t) => {
  t.strictSame(problems(GOOD), []);
});

const rows: readonly [name: string, from: string, to: string, ...expected: string[]][] = [
  ['unknown key', 'prefix:', 'prefics: x\nprefix:', '3:1 SERIES_UNKNOWN_KEY unknown key prefics'],
  [
    'unknown key of a patch',
    '    file: 0001',
    '    fiel: x\n    file: 0001',
    '17:5 SERIES_UNKNOWN_KEY unknown key fiel',
  ],
  ['missing key', 'prefix: RFC PATCH bpf-next\n', '', '1:1 SERIES_MISSING_KEY prefix is missing'],
  [
    'a base that the primary patches are not for',
    '    file: 0001-bpf-one.patch',
    '    file: 0001-bpf-one.patch\n    except: [v6.12, v5.4, mainline]',
    '18:14 SERIES_BASE the primary base has every patch',
    '18:21 SERIES_BASE base v5.4 is not under bases',
  ],
  ['unquoted id', 'id: "01"', 'id: 01', '16:9 SERIES_UNQUOTED patches.0.id must be a string, not the number 1'],
  [
    'unquoted commit',
    'ref: v7.3',
    'ref: 12345e7',
    '14:10 SERIES_UNQUOTED bases.mainline.ref must be a string, not the number 123450000000',
  ],
  [
    'unquoted kernel',
    'kernel: "6.12"',
    'kernel: 6.10',
    '9:13 SERIES_UNQUOTED bases.v6.12.kernel must be a string, not the number 6.1',
  ],
  ['type', 'version: 2', 'version: two', '2:10 SERIES_TYPE version must be a number'],
  ['value', 'name: dtrace-bpf', 'name: DTrace BPF', '1:7 SERIES_VALUE name is not in the expected form'],
  [
    'missing file',
    '0002-bpf-two.patch',
    '0002-bpf-too.patch',
    '15:1 SERIES_FILE_UNLISTED patches/0002-bpf-two.patch is not in the manifest',
    '19:11 SERIES_FILE_MISSING patches/0002-bpf-too.patch does not exist',
  ],
  ['duplicate number', 'id: "02"', 'id: "01"', '18:9 SERIES_DUPLICATE id "01" is used twice'],
  ['out of order', 'id: "02"', 'id: "03"', '18:9 SERIES_ORDER id "03" stands where "02" is due'],
  [
    'number of the file',
    '0002-bpf-two',
    '0001-bpf-one',
    '15:1 SERIES_FILE_UNLISTED patches/0002-bpf-two.patch is not in the manifest',
    '19:11 SERIES_ORDER 0001-bpf-one.patch does not begin with the number of its id "02"',
    '19:11 SERIES_DUPLICATE 0001-bpf-one.patch is listed twice',
  ],
  ['base', 'base: v6.12', 'base: v6.13', '6:7 SERIES_BASE base v6.13 is not under bases'],
  ['cover', 'cover-letter.md', 'cover.md', '5:8 SERIES_FILE_MISSING patches/cover.md does not exist'],
  [
    'yaml',
    'version: 2',
    'version: [2',
    '3:1 YAML_BAD_INDENT Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['same key twice', 'version: 2', 'version: 2\nversion: 3', '3:1 YAML_DUPLICATE_KEY Map keys must be unique'],
  [
    'several at once',
    'version: 2\nprefix: RFC PATCH bpf-next',
    'version: two',
    '1:1 SERIES_MISSING_KEY prefix is missing',
    '2:10 SERIES_TYPE version must be a number',
  ],
];
for (const [name, from, to, ...expected] of rows) {
  t.test(`manifest: ${name}`, async (t) => {
    t.ok(GOOD.includes(from));
    t.strictSame(
      problems(GOOD.replace(from, to)).map((line) => line.replace(/ and end with a \].*/, ' and end with a ]')),
      expected,
    );
  });
}

t.test('the list is replaced, and everything else stays to the byte', async (t) => {
  const text = GOOD.replace('base: v6.12', 'base:   v6.12   # odd spaces')
    .replace('  - id: "02"', '  # why two\n  - id: "02"')
    .concat('# the end\n');
  const file = parseYaml(text, 'series.yaml');
  t.equal(
    replaceList(file, 'patches', 'file', [
      { from: FILES[0], values: { id: '01', file: FILES[0] ?? '' } },
      { from: FILES[1], values: { id: '02', file: FILES[1] ?? '' } },
    ]),
    text,
  );
  const swapped = replaceList(file, 'patches', 'file', [
    { from: FILES[1], values: { id: '01', file: '0001-bpf-two.patch' } },
    { from: undefined, values: { id: '02', file: '0002-bpf-new.patch' } },
  ]);
  t.match(
    swapped,
    sequence(
      /patches:\n {2}# why two\n {2}- id: "01"\n {4}file: 0001-bpf-two.patch\n/,
      / {2}- id: "02"\n {4}file: 0002-bpf-new.patch\n# the end\n$/,
    ),
  );
  t.ok(swapped.startsWith(text.slice(0, text.indexOf('patches:'))));
  t.match(replaceList(file, 'patches', 'file', []), /patches: \[\]\n/);
});

const PATCH = `From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001
From: A B <a@b>
Subject: bpf: one
 thing

Body.
---

v2: notes

 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/x.c b/x.c
index 1111111..2222222 100644
--- a/x.c
+++ b/x.c
@@ -1,3 +1,3 @@ int f(void)
 a
-b
+c
 d
`;

function codes(text: string | Buffer): string[] {
  return inspectPatch(Buffer.from(text), 'p').problems.map(({ code, position }) => `${code} ${position?.line ?? '-'}`);
}

t.test('a good patch file', async (t) => {
  const { patch, problems } = inspectPatch(Buffer.from(PATCH), 'p');
  t.strictSame(problems, []);
  t.match(patch, {
    subject: 'bpf: one thing',
    author: 'A B <a@b>',
    body: 'Body.',
    notes: 'v2: notes',
    files: [{ path: 'x.c', added: 1, removed: 1, hunks: [{ oldStart: 1, newStart: 1, line: 17 }] }],
  });
  if (patch === undefined) throw new Error('no patch');
  t.equal(formatPatch(patch).toString(), PATCH.replace('one\n thing', 'one thing'));
  t.match(mailFor(patch, 1_700_000_000).toString(), /^From 0{40} .*\nDate: Tue, 14 Nov 2023 22:13:20 \+0000\nFrom: /);
  t.notMatch(mailFor(patch, 1_700_000_000).toString(), /v2: notes/, 'notes are not for git');
  t.match(formatPatch({ ...patch, subject: 'bpf: größer' }).toString(), /charset=UTF-8/);
});

t.test('bad patch files, each with its place', async (t) => {
  t.strictSame(codes(''), ['PATCH_EMPTY -']);
  t.strictSame(codes('\n \n'), ['PATCH_EMPTY -']);
  t.strictSame(codes(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2])), ['PATCH_BINARY 1']);
  t.strictSame(codes(Buffer.from(PATCH.replace('Body.', 'B\xf6dy.'), 'latin1')), ['PATCH_BINARY 6']);
  t.strictSame(codes(PATCH.replaceAll('\n', '\r\n')), ['PATCH_CRLF 1']);
  t.strictSame(codes(PATCH + PATCH), ['PATCH_TWO_MAILS 22']);
  t.strictSame(codes(PATCH.slice(0, PATCH.indexOf(' d\n'))), ['PATCH_TRUNCATED 17']);
  t.strictSame(codes(PATCH.slice(0, PATCH.indexOf('\n d\n') + 3)), ['PATCH_TRUNCATED 17']);
  t.strictSame(codes(PATCH.slice(0, -1)), ['PATCH_TRUNCATED 17']);
  t.strictSame(codes(PATCH.slice(0, PATCH.indexOf('@@'))), ['PATCH_TRUNCATED 16']);
  const two =
    PATCH.replace(
      ' 1 file changed, 1 insertion(+), 1 deletion(-)',
      ' 2 files changed, 3 insertions(+), 1 deletion(-)',
    ) +
    '@@ -9,2 +9,3 @@\n y\n+more\n z\ndiff --git a/y.c b/y.c\nindex 1111111..2222222 100644\n--- a/y.c\n' +
    '+++ b/y.c\n@@ -1,1 +1,2 @@\n a\n+b\n';
  t.strictSame(codes(two), []);
  t.strictSame(codes(two.slice(0, two.indexOf('diff --git a/y.c'))), ['PATCH_TRUNCATED 11'], 'between two files');
  t.strictSame(codes(two.slice(0, two.indexOf('@@ -9'))), ['PATCH_TRUNCATED 11'], 'between two hunks');
  t.strictSame(codes(PATCH.replace(/^ 1 file changed.*\n\n/m, '')), [], 'others may leave the summary out');
  t.strictSame(codes(PATCH.slice(0, PATCH.indexOf('diff'))), ['PATCH_NO_DIFF 13']);
  t.strictSame(codes(PATCH.replace(/^Subject.*\n thing\n/m, '')), ['PATCH_NO_SUBJECT 1']);
  t.strictSame(codes(PATCH.replace('From: A B <a@b>\n', '')), ['PATCH_NO_AUTHOR 1']);
  t.strictSame(codes(PATCH.replace(/^@@[\s\S]*$/m, 'Binary files a/x and b/x differ\n')), ['PATCH_BINARY 17']);
});

t.test('diffs: what is counted, and what compares equal', async (t) => {
  const moved = PATCH.replace('1111111..2222222', '3333333..4444444').replace(
    '@@ -1,3 +1,3 @@ int f(void)',
    '@@ -9,3 +9,3 @@ int g(void)',
  );
  t.not(withoutBlobIds(moved), withoutBlobIds(PATCH));
  t.equal(normalizeDiff(moved), normalizeDiff(PATCH));
  const more = PATCH.replace('1 file changed', '3 files changed').concat(
    'diff --git a/old b/new\nsimilarity index 100%\nrename from old\nrename to new\ndiff --git a/n b/n\n' +
      'new file mode 100644\nindex 0000000..e69de29\n',
  );
  t.strictSame(codes(more), []);
  t.strictSame(codes(PATCH.replace(' d\n', ' d\n\\ No newline at end of file\n')), []);
  t.strictSame(codes(`${PATCH}-- \n2.39.5\n\n`), [], "a mail's signature is not part of the diff");
});

t.test('messages that git am would cut, and file names', async (t) => {
  const fault = (body: string): number | undefined => messageFault(body.split('\n'))?.line;
  const rows = [
    '---',
    '---\t ',
    '--- a/x',
    'diff -u',
    'Index: x',
    '-- >8 --',
    '8< - - - - cut',
    '>From here',
    '>>From here',
    'From x@y Thu Jan  1 12:34:56 2024',
    'From 1000 12:34 1999',
  ];
  for (const line of rows) t.equal(fault(`fine\n${line}`), 1, line);
  for (const line of ['From: x', 'subject:x', 'Date:', '[PATCH]', '[PATCH] x'])
    t.strictSame([fault(`\n${line}`), fault(`fine\n${line}`)], [1, undefined], line);
  for (const line of [
    '----',
    ' - item',
    'From here on',
    '--- ',
    '> From',
    '[PATCH v2] x',
    'diff --',
    '>8',
    'From x Thu Jan  1 12:34:56 90',
  ]) {
    t.equal(fault(`fine\n${line}`), line === '--- ' || line === 'diff --' ? 1 : undefined, line);
  }
  t.equal(patchFileName(3, 'bpf: add [x] & "y", z...'), '0003-bpf-add-x-y-z.patch');
  t.equal(patchFileName(12, 'a'.repeat(80)).length, 64 - 1);
  const file = patchFileName(1, '追加する');
  t.equal(file, '0001-patch.patch');
  for (const name of [file, 'v2-0001-.patch', '0001-.patch']) {
    t.strictSame(
      problems(GOOD.replace('0001-bpf-one.patch', name), [name, ...FILES.slice(1)]),
      [],
      `a name for the manifest: ${name}`,
    );
  }
});
