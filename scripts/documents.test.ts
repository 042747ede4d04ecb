/** What the documents say of the tree, so that it cannot rot: paths, folders, topics, patches, defects, figures. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { parseChecklist } from './check/checklist.ts';
import { loadPrimary } from './series/load.ts';
import { seriesSchema } from './series/schema.ts';

const PROJECT = dirname(import.meta.dirname);
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHECKLIST.md',
  'patches/README.md',
  'scripts/README.md',
  'selftests/README.md',
];
const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8');

/** `{a,b}/` as a shell reads it. */
function expand(path: string): string[] {
  const [, before = '', list = '', after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(path) ?? [];
  return list === '' ? [path] : list.split(',').map((part) => `${before}${part}${after}`);
}

/** From the root of the repository: links, and what stands in backquotes below one of its folders. */
function pathsIn(file: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = '']) => normalize(join(dirname(file), path)));
  const quoted = [...text.matchAll(/`((?:\.ci|kconfig|patches|scripts|selftests)\/[^\s`:]*)[^`]*`/g)]
    .flatMap(([, path = '']) => expand(path))
    // a place for a name: NAME, TOPIC, N
    .filter((path) => !/\*|(?:^|[^\w-])[A-Z]{1,8}(?=\.(?!md)|\/|$)|NNNN/.test(path));
  return [...links, ...quoted];
}

t.test('paths in a text, a row each', async (t) => {
  const rows: [text: string, found: string[]][] = [
    ['see [one](one.md) and [two](../README.md#limits), not [three](https://example.org/x)', ['scripts/one.md']],
    [
      '[up](../README.md) `scripts/{a,b}/` `kconfig/x.config`',
      ['README.md', 'scripts/a/', 'scripts/b/', 'kconfig/x.config'],
    ],
    [
      '`selftests/TOPIC.test.ts` `kconfig/NAME.config` `patches/*.patch` `selftests/README.md`',
      ['selftests/README.md'],
    ],
    ['`scripts/lib/errors.ts: EXIT` and `--config scripts/x`', ['scripts/lib/errors.ts']],
  ];
  for (const [text, found] of rows) t.strictSame(pathsIn('scripts/README.md', text), found, text);
});

t.test('every path that is named is there', async (t) => {
  const named = DOCUMENTS.flatMap((file) => pathsIn(file, read(file)).map((path) => ({ file, path })));
  t.ok(named.length > 100, `${named.length} of them`);
  t.strictSame(
    named.filter(({ path }) => !existsSync(join(PROJECT, path))),
    [],
  );
});

t.test('every folder of scripts/ is described', async (t) => {
  const folders = readdirSync(join(PROJECT, 'scripts'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const [, table = ''] = /\| folder \| does \|\n\|---\|---\|\n((?:\|.*\|\n)+)/.exec(read('scripts/README.md')) ?? [];
  const described = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);
  t.strictSame(described.sort(), folders.map(({ name }) => name).sort());
  const laidOut = pathsIn('README.md', read('README.md'));
  for (const { name } of folders) t.ok(laidOut.includes(`scripts/${name}/`), `README.md: scripts/${name}/`);
});

t.test('every topic is in the list of topics, and no other', async (t) => {
  const [, table = ''] =
    /\| topic \| is about \|\n\|---\|---\|\n((?:\|.*\|\n)+)/.exec(read('selftests/README.md')) ?? [];
  const listed = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, names = '']) => names.match(/[\w-]+/g) ?? []);
  const topics = readdirSync(join(PROJECT, 'selftests')).flatMap((file) => /^(.*)\.test\.ts$/.exec(file)?.[1] ?? []);
  t.strictSame(listed.sort(), topics.sort());
});

t.test('what the README shows of apply is the series that is there', async (t) => {
  const { patches } = loadPrimary(PROJECT);
  const text = read('README.md');
  const counts = [...text.matchAll(/\b(\d+)(?: of (\d+))? patches/g)].flatMap(([, ...numbers]) =>
    numbers.filter(Boolean),
  );
  t.ok(counts.length >= 4);
  t.strictSame(new Set(counts), new Set([String(patches.length)]));
  const rows = [...text.matchAll(/^ {4}(\d\d) {2}(\S.*?) {3,}\.\.\.$/gm)];
  t.equal(rows.length, 3);
  for (const [, id = '', subject = ''] of rows) {
    t.equal(patches.find((patch) => patch.id === id)?.subject, subject, id);
  }
  t.equal(rows.at(-1)?.[1], patches.at(-1)?.id, 'the last one');
});

t.test('the reference of series.yaml has every key, and no other', async (t) => {
  const keys = (schema: unknown): string[] => {
    if (schema instanceof z.ZodObject) {
      const { shape } = schema as z.ZodObject<z.ZodRawShape>;
      return Object.entries(shape).flatMap(([key, value]) => [key, ...keys(value)]);
    }
    if (schema instanceof z.ZodUnion) return schema.options.flatMap(keys);
    if (schema instanceof z.ZodRecord) return keys(schema.valueType);
    return schema instanceof z.ZodArray ? keys(schema.element) : [];
  };
  const reference = [...read('patches/README.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, key = '']) => key);
  t.strictSame(reference.sort(), [...new Set(keys(seriesSchema))].sort());
});

/** The cover letter's rows: number, and in brackets the topics that show that the defect is gone. */
function defectsIn(cover: string): Map<string, string[]> {
  const rows = cover.matchAll(/^ {2}(D\d+b?) +(?:.*\n)(?: {7}.*\n)*/gm);
  return new Map(
    [...rows].map(([row, number = '']): [string, string[]] => {
      const [, topics = ''] = /\[([^\]]+)\]\s*$/.exec(row) ?? [];
      return [
        number,
        topics
          .replace(/,?\s+with\s.*$/s, '')
          .split(/,\s+/)
          .filter(Boolean),
      ];
    }),
  );
}

/** The checklist's claims: number, and the topics that it names as evidence. */
function claimedIn(checklist: string): Map<string, string[]> {
  const claimed = new Map<string, string[]>();
  for (const { text, evidence } of parseChecklist(checklist)) {
    const topics = evidence.flatMap((path) => /^selftests\/(.*)\.test\.ts/.exec(path)?.[1] ?? []);
    const [, numbers = ''] = /^((?:D\d+b?(?:, )?)+)/.exec(text) ?? [];
    for (const number of numbers.split(', ').filter(Boolean)) {
      claimed.set(number, [...(claimed.get(number) ?? []), ...topics]);
    }
  }
  return claimed;
}

/** Cover letter, checklist and tests tell of the same defects, or where they do not. */
function compareDefects(cover: string, checklist: string, testOf: (topic: string) => string): string[] {
  const [told, claimed] = [defectsIn(cover), claimedIn(checklist)];
  const wrong = [...claimed.keys()]
    .filter((number) => !told.has(number))
    .map((number) => `${number}: not in the cover letter`);
  for (const [number, topics] of told) {
    if (topics.length === 0) wrong.push(`${number}: the cover letter names no test`);
    if (!claimed.has(number)) wrong.push(`${number}: not in the checklist`);
    for (const topic of topics) {
      if (claimed.get(number)?.includes(topic) === false) wrong.push(`${number}: the checklist lacks ${topic}`);
      if (!new RegExp(`\\b${number}\\b`).test(testOf(topic)))
        wrong.push(`${number}: no test of ${topic} has it in its name`);
    }
  }
  return wrong;
}

t.test('defects that are told in one place only, a row each', async (t) => {
  const cover = '  D1   One,\n       in two lines. [a, b]\n  D2b  Two. [b, with\n       D1]\n';
  const list =
    '- [x] D1. Evidence: `selftests/a.test.ts`,\n  [`selftests/b.test.ts`](selftests/b.test.ts)\n' +
    '- [x] D2b. Evidence: `selftests/b.test.ts`\n';
  const rows: [cover: string, checklist: string, b: string, wrong: string[]][] = [
    [cover, list, "'D1, D2b: x'", []],
    [cover, list, "'D1: x' D2", ['D2b: no test of b has it in its name']],
    [cover, list.replace('D2b', 'D2b, D3'), "'D1, D2b'", ['D3: not in the cover letter']],
    [
      cover,
      list.replace('D1. Evidence: `selftests/a.test.ts`,', 'D1. Evidence:'),
      "'D1, D2b'",
      ['D1: the checklist lacks a'],
    ],
    [cover, '', "'D1, D2b'", ['D1: not in the checklist', 'D2b: not in the checklist']],
    [cover.replace(/\[b.*\n.*\]/, ''), list, "'D1'", ['D2b: the cover letter names no test']],
  ];
  for (const [letter, checklist, b, wrong] of rows) {
    t.strictSame(
      compareDefects(letter, checklist, (topic) => (topic === 'b' ? b : "'D1'")),
      wrong,
    );
  }
});

t.test('every defect is in the cover letter, in the checklist and in the name of a test', async (t) => {
  const cover = read('patches/cover-letter.md');
  t.ok(defectsIn(cover).size >= 24, `${defectsIn(cover).size} of them`);
  const testOf = (topic: string): string => {
    const file = `selftests/${topic}.test.ts`;
    return existsSync(join(PROJECT, file)) ? read(file) : '';
  };
  t.strictSame(compareDefects(cover, read('CHECKLIST.md'), testOf), []);
});

t.test('the figures of the README are those of the committed rows', async (t) => {
  const { rows } = JSON.parse(read('selftests/bench/results.json')) as { rows: { key: string; value: number }[] };
  const values = new Map(rows.map(({ key, value }) => [key, String(Math.round(value))]));
  const told = [...read('README.md').matchAll(/\| (\d+) \| `([\w-]+(?:\/[\w-]+)+)` \|$/gm)];
  t.equal(told.length, 4);
  for (const [, figure = '', key = ''] of told) t.equal(figure, values.get(key), key);
});
