import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { fill, paragraphs, parseTexts, say, TEXTS_DIR } from './texts.ts';

t.test('a placeholder without a value and a value without a placeholder are errors', async (t) => {
  t.equal(fill('{a} and {b}, {a}; body { margin: 0 }', { a: 'x', b: 2 }), 'x and 2, x; body { margin: 0 }');
  t.equal(fill('{a}', { a: '{b}' }), '{b}', 'a value is not looked into');
  t.throws(() => fill('{a} {c}', { a: 1 }, 'name'), { name: 'RangeError', message: 'name: no value for {c}' });
  t.throws(() => fill('{a}', { a: 1, b: 2, c: 3 }, 'name'), { name: 'RangeError', message: 'name: no place for b, c' });
  t.throws(() => fill('{toString}', {}), RangeError);
  t.throws(() => say('C2 compared'), { name: 'RangeError', message: /^C2 compared: no value for/ });
  t.throws(() => paragraphs('no such text'), RangeError);
});

t.test('texts of a file: names, paragraphs, and lines that are joined', async (t) => {
  t.strictSame(parseTexts('# title\n\n## one\na\nb\n\nc\n\n## two words\nd\n'), [
    ['one', ['a b', 'c']],
    ['two words', ['d']],
  ]);
});

t.test('every text has a name of its own, and is said somewhere', async (t) => {
  const names = readdirSync(TEXTS_DIR)
    .filter((file) => file.endsWith('.texts.md'))
    .flatMap((file) => parseTexts(readFileSync(join(TEXTS_DIR, file), 'utf8')).map(([name]) => name));
  const dir = dirname(TEXTS_DIR);
  const sources = readdirSync(dir).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const code = sources.map((file) => readFileSync(join(dir, file), 'utf8')).join('\n');
  t.ok(names.length > 50);
  t.equal(new Set(names).size, names.length);
  const said = (name: string): boolean =>
    [`'${name}'`, `"${name}"`, `  ${name}: (`].some((word) => code.includes(word));
  // the one name that is put together
  t.same(
    names.filter((name) => !said(name) && !/^figure: (watermark|record)$/.test(name)),
    [],
  );
});
