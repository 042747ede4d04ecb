import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { vacuousMatches } from './vacuous.ts';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

t.test('what cannot fail, a row each', async (t) => {
  const rows: [string, number[]][] = [
    ['t.match(list, []);', [1]],
    ["\nt.match(await run({}), { ok: true, found: [] }, 'a message');", [2]],
    ['t.match(a,\n  [{ deep: {} }]);', [1]],
    ['t.match(run([], {}), /x/);', []],
    ['t.match(text, /patches: \\[\\]\\n/);', []],
    ["t.match(text, /[[)]{}/, '[]');", []],
    ['t.match(a, { left: { length: 0 } });', []],
    ['t.strictSame(a, []);', []],
    ['t.match(a, { b: f([]) });\nt.match(x.split(/\\(/), []);', [2]],
  ];
  for (const [text, lines] of rows) t.strictSame(vacuousMatches(text), lines, text);
});

t.test('no test of this project has one', async (t) => {
  const files = ['scripts', 'selftests'].flatMap((place) =>
    readdirSync(join(project, place), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => join(place, file)),
  );
  t.ok(files.length > 50);
  const own = join('scripts', 'testing', 'vacuous.test.ts');
  const found = files
    .filter((file) => file !== own)
    .flatMap((file) => vacuousMatches(readFileSync(join(project, file), 'utf8')).map((line) => `${file}:${line}`));
  t.strictSame(found, [], 'a list that has to be empty is { length: 0 } in a pattern');
});
