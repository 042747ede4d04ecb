/**
 * What the workbench tells people to type: that its own commands exist as they are printed, and that nothing is printed
 * without quotes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { commandNames, load } from '../main.ts';
import { commandsIn, unquotedIn } from '../testing/next.ts';

const PROJECT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Of every command; see lib/options.ts. */
const COMMON = ['help', 'dry-run', 'json'];

/** Sources, without tests and what only tests use, and the documents. */
function texts(): Map<string, string> {
  const files = ['scripts', 'selftests']
    .flatMap((place) =>
      readdirSync(join(PROJECT, place), { recursive: true, encoding: 'utf8' }).map((file) => join(place, file)),
    )
    .filter((file) => /\.(?:ts|mjs|md)$/.test(file) && !file.endsWith('.test.ts') && !file.includes('/testing/'));
  return new Map(
    [...files, 'README.md', 'CONTRIBUTING.md', 'CHECKLIST.md', 'patches/README.md'].map((file) => [
      file,
      readFileSync(join(PROJECT, file), 'utf8'),
    ]),
  );
}

t.test('commands in texts, a row each', async (t) => {
  const rows: [text: string, found: string[]][] = [
    ["next: 'npm run apply -- --tree PATH, with --force'", ['apply tree']],
    ["'correct it, then npm run test:unit; or npm test -- --help'", ['test:unit', 'test help']],
    ['`npm run clean -- --sources --force` and `npm run x --json`', ['clean sources force', 'x']],
    ['npm run apply  # or, after -- --base, one of', ['apply']],
    ["formatArgv(['npm', 'run', 'build', '--', '--config', config])", ['build config']],
    ["formatArgv(['npm', 'test', '--', '--config', config])", ['test config']],
    ["again({ options: optionsOf({ ...choice }) }, 'apply', '--force')", ['apply force']],
    ['npm run ${name} -- --nothing', []],
    ['npm ci', []],
  ];
  for (const [text, found] of rows)
    t.strictSame(
      commandsIn(text).map(({ name, options }) => [name, ...options].join(' ')),
      found,
      text,
    );
});

t.test('every command that is named is there, with the options that are named', async (t) => {
  const names = commandNames();
  const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const options = new Map(
    await Promise.all(
      names.map(
        async (name): Promise<[string, string[]]> => [name, [...Object.keys((await load(name)).options), ...COMMON]],
      ),
    ),
  );
  let mentions = 0;
  const wrong: string[] = [];
  for (const [file, text] of texts()) {
    for (const mention of commandsIn(text)) {
      mentions += 1;
      if (!(mention.name in scripts)) wrong.push(`${file}: npm run ${mention.name}`);
      for (const option of mention.options)
        if (options.get(mention.name)?.includes(option) === false)
          wrong.push(`${file}: npm run ${mention.name} -- --${option}`);
    }
  }
  t.ok(mentions > 100, `${mentions} of them`);
  t.strictSame(wrong, []);
});

/** What needs no quotes: names and numbers that the workbench has made or checked itself. */
const PLAIN = new Set(['command.name', 'kind', 'FILE', "Object.keys(series.bases).join(', ')"]);

t.test('what is put into a next command is quoted for the shell', async (t) => {
  const rows: [text: string, found: string[]][] = [
    ['a\n  x({ next: `less ${path}` });', ['path']],
    ["{ next: b ? `${formatArgv(['x', f(`${y}`)])} ${z}` : 'w', cause: d }", ['z']],
    ['  const next = `npm ${word}`;', ['word']],
    ['{ next: `${again(base, `x`)}  # or ${formatArgv([y])}` }', []],
    ['lines.push(`next: ${error.next}`); let next = `${x}`;', []],
  ];
  for (const [text, found] of rows)
    t.strictSame(
      unquotedIn(text).map(({ expression }) => expression),
      found,
      text,
    );
  const found = [...texts()].flatMap(([file, text]) =>
    unquotedIn(text).map(({ line, expression }) => ({ place: `${file}:${line}`, expression })),
  );
  t.strictSame(
    found.filter(({ expression }) => !PLAIN.has(expression)),
    [],
  );
  t.strictSame(
    [...PLAIN].filter((plain) => !found.some(({ expression }) => expression === plain)),
    [],
    'each exception is needed',
  );
});
