/** One word for each patch, and which patch is which: over parsed patches, a row each. */
import t from 'tap';
import { diffPage } from '../report/diff-page.ts';
import type { DiffRecord, DiffRow } from '../records/diff.ts';
import { changesOf } from './changes.ts';
import { wordOf, type Compared } from './compare.ts';
import { formatDiff, rangeDiffText, remarks, sides, summary } from './diff-text.ts';
import { pairUp } from './pair.ts';

const DIFF = `diff --git a/k/core.c b/k/core.c
index 1111111..2222222 100644
--- a/k/core.c
+++ b/k/core.c
@@ -10,7 +10,7 @@ int core(void)
 one
 two
 three
-old line
+new line
 four
 five
 six
`;
const PATCH: Compared = { subject: 'core: say new', body: 'Because.', diff: DIFF };
const change = (from: string | RegExp, to: string): Compared => ({ ...PATCH, diff: DIFF.replace(from, to) });

const LESS: Compared = { ...PATCH, diff: DIFF.replace(' six\n', '').replace('-10,7 +10,7', '-10,6 +10,6') };

t.test('the word, a row each', async (t) => {
  const rows: readonly (readonly [name: string, next: Compared, word: string, message: boolean])[] = [
    ['nothing', PATCH, 'same', false],
    ['blob ids', change('1111111..2222222', '3333333..4444444'), 'same', false],
    ['the place', change('-10,7 +10,7', '-20,7 +25,7'), 'same', false],
    ['the function behind @@', change('int core(void)', 'int other(void)'), 'same', false],
    ['who signed it off', { ...PATCH, body: 'Because.\n\nSigned-off-by: A <a@b.c>' }, 'same', false],
    ['the subject', { ...PATCH, subject: 'core: say it' }, 'message', true],
    ['the text', { ...PATCH, body: 'Because of that.' }, 'message', true],
    ['a review', { ...PATCH, body: 'Because.\n\nReviewed-by: A <a@b.c>' }, 'message', true],
    ['a line around the change', change(' four', ' FOUR'), 'context', false],
    ['a line around it, and the text', { ...change(' four', ' FOUR'), body: 'Else.' }, 'context', true],
    ['less context', LESS, 'context', false],
    ['an added line', change('+new line', '+newer line'), 'code', false],
    ['a blank in it', change('+new line', '+new  line'), 'code', false],
    ['a removed line, and the text', { ...change('-old line', '-older line'), body: 'Else.' }, 'code', true],
    ['the file', change(/k\/core\.c/g, 'k/main.c'), 'code', false],
    ['an added line behind the next one', change('+new line\n four\n', ' four\n+new line\n'), 'code', false],
    [
      'the same with another line around it',
      change('+new line\n four\n five\n', ' four\n+new line\n FIVE\n'),
      'code',
      false,
    ],
    ['a removed line before the one in front', change(' three\n-old line\n', '-old line\n three\n'), 'code', false],
    ['the mode', change('index 1111111..2222222 100644', 'old mode 100644\nnew mode 100755'), 'code', false],
    ['the newline at the end', change('+new line', '+new line\n\\ No newline at end of file'), 'code', false],
  ];
  for (const [name, next, word, message] of rows) t.strictSame(wordOf(PATCH, next), { word, message }, name);
});

t.test('a change that git can show in two places is in both the same', async (t) => {
  const rows: readonly (readonly [one: string, other: string])[] = [
    ['+\n \n four', ' \n+\n four'],
    ['+}\n }\n four', ' }\n+}\n FOUR'],
    ['+four\n four\n', ' four\n+four\n'],
  ];
  for (const [one, other] of rows)
    t.match(
      wordOf(change('+new line\n four', `+new line\n${one}`), change('+new line\n four', `+new line\n${other}`)),
      {
        word: 'context',
      },
    );
});

t.test('a line of a hunk that looks like a header is a line of the hunk', async (t) => {
  const odd = change('-old line', '--- a/k/core.c');
  t.strictSame(wordOf(odd, PATCH), { word: 'code', message: false });
  t.strictSame(wordOf(odd, odd), { word: 'same', message: false });
});

/** A patch with ten lines of its own; `other` of them are another's. */
const patch = (subject: string, letter: string, other = 0): Compared => ({
  subject,
  body: '',
  diff: [
    `diff --git a/${letter} b/${letter}`,
    'new file mode 100644',
    '--- /dev/null',
    `+++ b/${letter}`,
    '@@ -0,0 +1,10 @@',
    ...Array.from({ length: 10 }, (_, line) => `+${line < other ? 'other' : letter} ${line}`),
    '',
  ].join('\n'),
});

t.test('which patch is which, a row each', async (t) => {
  const [a, b, c] = [patch('a: one', 'a'), patch('b: two', 'b'), patch('c: three', 'c')];
  const rows: readonly (readonly [name: string, old: Compared[], next: Compared[], pairs: string])[] = [
    ['the same', [a, b], [a, b], '1-1 2-2'],
    ['another order', [a, b, c], [c, a, b], '3-1 1-2 2-3'],
    ['one more', [a, c], [a, b, c], '1-1 +2 2-3'],
    ['one less', [a, b, c], [a, c], '1-1 2- 3-2'],
    ['the first and the last less', [a, b, c], [b], '1- 2-1 3-'],
    ['nothing in common', [a], [b], '+1 1-'],
    ['rewritten below its subject', [a], [patch('a: one', 'a', 10)], '1-1'],
    ['a subject in other letters and blanks', [a], [patch('A:  ONE', 'a', 10)], '1-1'],
    ['another subject', [a, b], [patch('a: another', 'a'), b], '1-1 2-2'],
    ['another subject, and some lines', [a, b], [patch('a: another', 'a', 3), b], '1-1 2-2'],
    ['another subject, and most lines', [a, b], [patch('a: another', 'a', 8), b], '+1 1- 2-2'],
    [
      'the change decides where the subjects are exchanged',
      [a, b],
      [patch('b: two', 'a'), patch('a: one', 'b')],
      '1-1 2-2',
    ],
    ['the same twice keeps its order', [a, a], [a, a], '1-1 2-2'],
    ['a subject twice', [a, patch('a: one', 'b')], [patch('a: one', 'b', 2), patch('a: one', 'a', 2)], '2-1 1-2'],
    ['none before', [], [a], '+1'],
    ['none now', [a], [], '1-'],
  ];
  for (const [name, old, next, pairs] of rows) {
    const text = pairUp(old, next).map(({ old: was, next: is }) =>
      was === undefined ? `+${(is ?? 0) + 1}` : `${was + 1}-${is === undefined ? '' : is + 1}`,
    );
    t.strictSame(text.join(' '), pairs, name);
  }
});

const row = (word: DiffRow['word'], old: string | null, next: string | null, more: Partial<DiffRow> = {}): DiffRow => ({
  word,
  old: old === null ? null : { number: 1, subject: old },
  new: next === null ? null : { number: 2, subject: next },
  message: false,
  text: '',
  ...more,
});
const RECORD: DiffRecord = {
  stage: 'diff',
  old: { name: 'tag', kind: 'revision', label: 'v1', base: 'v6.12', patches: 3 },
  new: { name: 'patches', kind: 'files', label: 'v2', base: 'v6.12', patches: 10 },
  rows: [
    row('same', 'x: same', 'x: same'),
    row('code', 'x: old', 'x: <new>', { message: true, text: '    @@ x.c\n    ++a & b\n    --c\n      d' }),
    row('context', 'x: c', 'x: c', { message: true, text: '    @@ x.c' }),
    row('added', null, 'x: added'),
    row('removed', 'x: gone', null),
  ],
};

t.test('as text: numbers, words, subjects, and the range-diff below', async (t) => {
  t.equal(summary(RECORD), '10 patches: 1 same, 1 context, 1 code, 1 added, 1 removed');
  t.equal(
    formatDiff(RECORD),
    `tag (v1 for v6.12) against patches (v2 for v6.12)

 1  2  same     x: same
 1  2  code     x: <new>
                (was "x: old")
 1  2  context  x: c
                (and the message)
 -  2  added    x: added
 1  -  removed  x: gone

10 patches: 1 same, 1 context, 1 code, 1 added, 1 removed

 1: =  2: x: same
 1: !  2: x: <new>
    @@ x.c
    ++a & b
    --c
      d
 1: !  2: x: c
    @@ x.c
 -: >  2: x: added
 1: <  -: x: gone
`,
  );
});

t.test('in the cover letter: since which version, and a name where the numbers are the same', async (t) => {
  const { table, rangeDiff } = changesOf(RECORD);
  t.match(table, /^Changes since v1\n-{16}\n\n10 patches: [^\n]*\.\n\n {3}1 {2}2 {2}same/);
  t.equal(rangeDiff, `Range-diff against v1:\n${rangeDiffText(RECORD)}`);
  const same = { ...RECORD, new: { ...RECORD.new, label: 'v1' } };
  t.match(changesOf(same).table, /^Changes since tag\n-{17}\n/);
  const mbox = { ...same, old: { ...same.old, kind: 'mbox' as const, name: '/home/jane/v1.mbox' } };
  t.match(changesOf(mbox).table, /^Changes since v1\.mbox\n/, 'no path of a person');
  const moved = { ...RECORD, new: { ...RECORD.new, base: 'v7.3' } };
  t.match(changesOf(moved).table, /^Changes since v1, which is for v6\.12\n-{36}\n/, 'a rebase explains much');
  t.match(changesOf({ ...moved, old: { ...RECORD.old, base: null } }).table, /^Changes since v1\n/);
});

t.test('as a page: every word, links to what has changed, and nothing unescaped', async (t) => {
  const page = diffPage(RECORD, { title: sides(RECORD), summary: summary(RECORD), remarks });
  for (const { word } of RECORD.rows) t.match(page, new RegExp(`<span class="\\w+">${word}</span>`));
  t.match(page, '<title>tag (v1 for v6.12) against patches (v2 for v6.12)</title>');
  t.match(page, /<a href="#row-2">x: &lt;new&gt;<\/a><br><small>was &quot;x: old&quot;/);
  t.match(page, /<details id="row-2" open><summary>2 x: &lt;new&gt;: code<\/summary>/);
  t.match(page, /<span class="ok"> {4}\+\+a &amp; b<\/span>\n<span class="bad"> {4}--c<\/span>\n {6}d<\/pre>/);
  t.notMatch(page, /<new>|<script|https?:/);
  t.match(diffPage({ ...RECORD, rows: [] }, { title: '', summary: '', remarks }), /<p>Nothing\.<\/p>/);
});
