import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { withTwoBases } from '../testing/two-bases.ts';
import { driftOf, ownDiffs } from './drift.ts';
import { loadSeries, seriesFor } from './load.ts';
import { checkOverlay, extraName, type OverlayFile } from './overlay.ts';

const DIFF = `diff --git a/a.c b/a.c
index 0000000000000000000000000000000000000001..0000000000000000000000000000000000000002 100644
--- a/a.c
+++ b/a.c
@@ -1,2 +1,2 @@
 same
-old
+new
`;
const MAIL = `From: a <a@b>\nSubject: a: do the thing\n\nWhy.\n---\n\n${DIFF}`;

const ROWS: readonly (readonly [what: string, name: string, text: string | undefined, problem: object | undefined])[] =
  [
    ['a diff', '0001.diff', DIFF, undefined],
    ['a patch that only this base needs', '0001a-a-do-the-thing.patch', MAIL, undefined],
    ['one in front of all', '0000a-a-do-the-thing.patch', MAIL, undefined],
    ['what a killed refresh left', '0001.diff.123.tmp', 'diff', undefined],
    [
      'a number that no patch has',
      '0003.diff',
      DIFF,
      { code: 'OVERLAY_NUMBER', message: /0003/, hint: /0001 to 0002/ },
    ],
    ['no number', '0000.diff', DIFF, { code: 'OVERLAY_NUMBER' }],
    ['a patch behind one that is not there', '0009a-x.patch', MAIL, { code: 'OVERLAY_NUMBER' }],
    ['a stray file', 'notes.txt', 'x', { code: 'OVERLAY_NAME', hint: /move/ }],
    ["an editor's copy", '0001.diff~', DIFF, { code: 'OVERLAY_NAME' }],
    ['a patch named as one of the primary base', '0001-a-do-the-thing.patch', MAIL, { code: 'OVERLAY_NAME' }],
    ['a directory', '0001.diff', undefined, { code: 'OVERLAY_NAME' }],
    [
      'nothing',
      '0001.diff',
      '',
      { code: 'PATCH_EMPTY', hint: /checkout -- patches\/v1\/0001.diff.*refresh -- --base v1/ },
    ],
    ['a mail', '0001.diff', MAIL, { code: 'PATCH_TEXT', message: /diff alone/, position: { line: 1 }, hint: /^sed/ }],
    ['text behind the diff', '0001.diff', `${DIFF}-- \n2.39\n`, { code: 'PATCH_TEXT', position: { line: 9 } }],
    ['an empty line behind it', '0001.diff', `${DIFF}\n`, { code: 'PATCH_TEXT', position: { line: 9 } }],
    ['half a diff', '0001.diff', DIFF.slice(0, -5), { code: 'PATCH_TRUNCATED', hint: /checkout/ }],
    ['other line ends', '0001.diff', DIFF.replaceAll('\n', '\r\n'), { code: 'PATCH_CRLF', position: { line: 1 } }],
    ['bytes that are not text', '0001.diff', `${DIFF}\0`, { code: 'PATCH_BINARY', position: { line: 9 } }],
    ['a mail that is none', '0001a-x.patch', DIFF, { code: 'PATCH_HEADER' }],
  ];

for (const [what, name, text, problem] of ROWS) {
  t.test(`in the directory of a base: ${what}`, async (t) => {
    const content = text === undefined ? undefined : Buffer.from(text);
    const { problems } = checkOverlay('v1', [[name, content]], 2);
    t.match(problems[0], problem ?? undefined);
    t.equal(problems.length > 0, problem !== undefined);
    if (problem !== undefined) t.equal(problems[0]?.position?.file, `patches/v1/${name}`);
  });
}

t.test('what a text editor makes of the fault of a mail', async (t) => {
  const { overlay, problems } = checkOverlay('v1', [['0001.diff', Buffer.from(MAIL)]], 2);
  t.equal(overlay.diffs.size, 0);
  t.match(problems[0]?.hint, "sed -i '0,/^diff --git /{/^diff --git /!d}' patches/v1/0001.diff");
});

t.test('the place of what only one base needs is its name', async (t) => {
  const mail = (subject: string): Buffer => Buffer.from(MAIL.replace('a: do the thing', subject));
  const files: OverlayFile[] = [
    ['0002a-d.patch', mail('d')],
    ['0001b-c.patch', mail('c')],
    ['0001a-b.patch', mail('b')],
    ['0000a-a.patch', mail('a')],
  ];
  const { overlay } = checkOverlay('v1', files, 2);
  t.strictSame(
    overlay.extras.map(({ id, after, subject }) => [id, after, subject]),
    [
      ['00a', 0, 'a'],
      ['01a', 1, 'b'],
      ['01b', 1, 'c'],
      ['02a', 2, 'd'],
    ],
  );
  t.equal(extraName(12, 1, '0012-bpf-do-the-thing.patch'), '0012b-bpf-do-the-thing.patch');
  const twice = checkOverlay('v1', [...files, ['0001a-e.patch', mail('e')]], 2);
  t.match(twice.problems, [{ code: 'OVERLAY_NAME', message: /two 0001a/ }]);
});

t.test('directories of no base, of the primary one, and of another', async (t) => {
  const f = await withTwoBases('directories');
  t.teardown(f.remove);
  const at = (name: string): string => join(f.project, 'patches', name);
  for (const [name, message] of [
    ['v9', /no base v9/],
    ['v6.12', /primary/],
  ] as const) {
    mkdirSync(at(name));
    t.throws(() => loadSeries(f.project), {
      code: 'E_PATCH_FORMAT',
      problems: [{ code: 'OVERLAY_BASE', message, position: { file: `patches/${name}` } }],
    });
    rmSync(at(name), { recursive: true });
  }
  mkdirSync(at('v7.3'));
  writeFileSync(at('v7.3/0001.diff'), '');
  writeFileSync(at('0002-ring-add-a-file.patch'), '');
  const files = ['patches/0002-ring-add-a-file.patch', 'patches/v7.3/0001.diff'];
  const problems = files.map((file) => ({ code: 'PATCH_EMPTY', position: { file } }));
  t.throws(() => loadSeries(f.project), { message: '2 problems in the patch files', problems }, 'all at once');
});

t.test("the series of a base: the diff is its own, the rest is the primary base's", async (t) => {
  const f = await withTwoBases('series');
  t.teardown(f.remove);
  mkdirSync(join(f.project, 'patches/v7.3'));
  writeFileSync(join(f.project, 'patches/v7.3/0001.diff'), DIFF);
  writeFileSync(join(f.project, 'patches/v7.3/0002a-x.patch'), MAIL);
  const series = loadSeries(f.project);
  const [first, second, third] = series.patches;
  const other = seriesFor(series, 'v7.3').patches;
  t.strictSame(
    other.map(({ id, file, diffFile }) => [id, file, diffFile]),
    [
      ['01', first?.file, 'v7.3/0001.diff'],
      ['02', second?.file, second?.file],
      ['02a', 'v7.3/0002a-x.patch', 'v7.3/0002a-x.patch'],
      ['03', third?.file, third?.file],
    ],
  );
  t.match(other[0], {
    subject: first?.subject,
    body: first?.body,
    author: first?.author,
    notes: first?.notes,
    diff: DIFF,
  });
  t.not(other[0]?.digest, first?.digest);
  t.equal(other[0]?.content.toString().endsWith(DIFF), true);
  t.equal(other[1]?.digest, second?.digest);
  t.strictSame(other[1]?.content, readFileSync(join(f.project, 'patches', second?.file ?? '')));
  t.strictSame(seriesFor(series, 'v6.12').patches, series.patches);
  const lines = driftOf(first?.diff ?? '', DIFF);
  const said = `1 of 4 patches have a diff of their own for v7.3; ${lines} added and removed lines`;
  t.match(ownDiffs('v7.3', series.patches, other), said);
  t.equal(ownDiffs('v6.12', series.patches, series.patches), undefined);
});

t.test('how far two diffs are apart: lines that only one of them adds or takes away', async (t) => {
  t.equal(driftOf(DIFF, DIFF), 0);
  const moved = DIFF.replace('@@ -1,2 +1,2 @@', '@@ -101,2 +101,2 @@ here')
    .replace(' same', ' other')
    .replace('index 0', 'index 1');
  t.equal(driftOf(DIFF, moved), 0, 'context and places do not count');
  t.equal(driftOf(DIFF, DIFF.replace('+new', '+newer')), 2);
  t.equal(driftOf(DIFF, DIFF.replace('+new\n', '+new\n+new\n')), 1, 'a line twice is two');
  t.equal(driftOf(DIFF, DIFF.replaceAll('a.c', 'b.c')), 0, 'nor does the file');
});
