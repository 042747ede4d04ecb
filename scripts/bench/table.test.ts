import t from 'tap';
import { cell, TEXT_COLUMNS, toHtml, toMarkdown, toText, wrap, type Table } from './table.ts';

const WIDE: Table = {
  title: 'Title',
  note: 'A note that is long enough to be wrapped when it is written for a mail, which is what people read it in.',
  columns: Array.from({ length: 14 }, (_, at) => String(8 << at)),
  rows: [{ label: '  part of it', cells: Array.from({ length: 14 }, () => '12345') }],
};

t.test('numbers', async (t) => {
  const rows: readonly [number | undefined, string][] = [
    [undefined, '-'],
    [0, '0'],
    [8, '8'],
    [7.46, '7.5'],
    [119.4, '119'],
    [13211.06, '13211'],
    [-0.4, '-0.4'],
  ];
  for (const [value, expected] of rows) t.equal(cell(value), expected);
});

t.test('text is never wider than a mail, and keeps first and last column', async (t) => {
  const lines = toText(WIDE).split('\n');
  t.ok(
    lines.every((line) => line.length <= TEXT_COLUMNS),
    lines.join('\n'),
  );
  t.match(
    lines.find((line) => /\b8\b/.test(line)),
    /\b65536$/,
  );
});

t.test('markdown and html', async (t) => {
  t.match(toMarkdown(WIDE), /\n\| part of it \| 12345 \|/);
  t.match(toHtml({ ...WIDE, title: 'a < b & "c"' }), '<h3>a &lt; b &amp; &quot;c&quot;</h3>');
});

t.test('wrap', async (t) => {
  t.same(wrap('aa bb cc', 5), ['aa bb', 'cc']);
  t.same(wrap('unbreakable', 3), ['unbreakable']);
  t.same(wrap(''), []);
});
