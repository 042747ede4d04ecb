/**
 * The floor plan as a test: which folder may import which. A new direction is a decision, and is made in this table.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';

const project = dirname(import.meta.dirname);

/** Folders below the importing one, lowest layer first; a folder may also import itself. Tests may import anything. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'scripts/lib': [],
  'scripts/records': [],
  'scripts/series': ['scripts/lib'],
  'scripts/base': ['scripts/lib', 'scripts/records', 'scripts/series'],
  'scripts/host': ['scripts/lib', 'scripts/base'],
  'scripts/apply': ['scripts/lib', 'scripts/records', 'scripts/series', 'scripts/base'],
  'scripts/outgoing': ['scripts/lib', 'scripts/records', 'scripts/series', 'scripts/base', 'scripts/apply'],
  'scripts/kernel': ['scripts/lib', 'scripts/records', 'scripts/apply'],
  'scripts/guest': ['scripts/lib', 'scripts/records', 'scripts/host', 'scripts/kernel', 'selftests/agent'],
  'scripts/guest/provoke': ['scripts/guest'],
  'scripts/bench': ['scripts/lib', 'scripts/records', 'scripts/host', 'scripts/kernel', 'scripts/guest'],
  'scripts/fuzz': ['scripts/lib', 'scripts/records', 'scripts/host', 'scripts/guest', 'selftests/tables'],
  'scripts/check': [
    'scripts/lib',
    'scripts/records',
    'scripts/series',
    'scripts/host',
    'scripts/kernel',
    'scripts/guest',
  ],
  'scripts/regress': [
    'scripts/lib',
    'scripts/records',
    'scripts/host',
    'scripts/kernel',
    'scripts/guest',
    'scripts/run',
  ],
  'scripts/clients': [
    'scripts/lib',
    'scripts/records',
    'scripts/base',
    'scripts/host',
    'scripts/kernel',
    'scripts/regress',
  ],
  'scripts/report': ['scripts/lib', 'scripts/records', 'scripts/bench', 'selftests/tables'],
  'scripts/run': [
    'scripts/lib',
    'scripts/records',
    'scripts/series',
    'scripts/base',
    'scripts/host',
    'scripts/apply',
    'scripts/kernel',
    'scripts/guest',
    'scripts/report',
    'selftests/lib',
  ],
  'scripts/matrix': [
    'scripts/lib',
    'scripts/records',
    'scripts/series',
    'scripts/base',
    'scripts/host',
    'scripts/apply',
    'scripts/kernel',
    'scripts/run',
  ],
  'scripts/clean': ['scripts/lib', 'scripts/apply', 'scripts/kernel'],
  'scripts/commands': [
    'scripts/lib',
    'scripts/records',
    'scripts/series',
    'scripts/base',
    'scripts/host',
    'scripts/apply',
    'scripts/outgoing',
    'scripts/kernel',
    'scripts/guest',
    'scripts/run',
    'scripts/bench',
    'scripts/fuzz',
    'scripts/check',
    'scripts/regress',
    'scripts/clients',
    'scripts/report',
    'scripts/matrix',
    'scripts/clean',
  ],
  scripts: ['scripts/lib'],
  'selftests/agent': [],
  'selftests/lib': ['scripts/guest', 'selftests/agent'],
  'selftests/tables': ['scripts/guest', 'selftests/agent'],
  'selftests/golden': ['scripts/lib', 'scripts/host', 'scripts/kernel', 'scripts/run', 'scripts/bench'],
  'selftests/kernel': [
    'scripts/lib',
    'scripts/records',
    'scripts/host',
    'scripts/kernel',
    'scripts/run',
    'selftests/mutations',
  ],
  'selftests/i386': ['scripts/lib', 'scripts/kernel', 'selftests/mutations'],
  'selftests/mutations': [
    'scripts/lib',
    'scripts/records',
    'scripts/host',
    'scripts/kernel',
    'scripts/guest',
    'scripts/fuzz',
    'scripts/run',
    'scripts/testing',
  ],
};
/** Fixtures of tests: they build what a test needs out of any folder, and only tests and the mutations import them. */
const FIXTURES = 'scripts/testing';
const IMPORT = /\b(?:from|import\()\s*'(\.[^']+)'/g;

const files = ['scripts', 'selftests']
  .flatMap((place) =>
    readdirSync(join(project, place), { recursive: true, encoding: 'utf8' }).map((file) => join(place, file)),
  )
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith(`${FIXTURES}/`));

interface Edge {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

function edgesOf(file: string): Edge[] {
  const from = dirname(file);
  return [...readFileSync(join(project, file), 'utf8').matchAll(IMPORT)]
    .map(([, target = '']) => ({ file, from, to: dirname(normalize(join(from, target))) }))
    .filter((edge) => edge.to !== edge.from);
}

const edges = files.flatMap(edgesOf);

t.test('every import between folders is in the table', async (t) => {
  t.ok(edges.length > 300, `${edges.length} imports looked at`);
  const strays = edges
    .filter(({ from, to }) => !(ALLOWED[from] ?? []).includes(to))
    .map(({ file, to }) => `${file} imports ${to}`);
  t.same(strays, []);
});

t.test('the table itself has no direction that nothing uses', async (t) => {
  const used = new Set(edges.map(({ from, to }) => `${from} -> ${to}`));
  const unused = Object.entries(ALLOWED)
    .flatMap(([from, to]) => to.map((folder) => `${from} -> ${folder}`))
    .filter((row) => !used.has(row));
  t.same(unused, []);
});

t.test('no folder reaches itself through others', async (t) => {
  const reach = (from: string, seen: Set<string>): Set<string> => {
    for (const to of ALLOWED[from] ?? []) if (!seen.has(to)) reach(to, seen.add(to));
    return seen;
  };
  t.same(
    Object.keys(ALLOWED).filter((folder) => reach(folder, new Set()).has(folder)),
    [],
  );
});

t.test('fixtures do not import the tools that are below them', async (t) => {
  const own = readdirSync(join(project, FIXTURES))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(FIXTURES, file));
  t.ok(own.length > 10);
  t.same(
    own
      .flatMap(edgesOf)
      .filter(({ to }) => to.startsWith(`${FIXTURES}/`))
      .map(({ file, to }) => `${file} imports ${to}`),
    [],
  );
});
