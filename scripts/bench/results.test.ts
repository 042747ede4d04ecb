import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { emit, reach, results, row } from '../testing/bench.ts';
import { coverText, toPage, toResultsMarkdown } from './results.ts';
import { readResults } from './store.ts';
import { TEXT_COLUMNS } from './table.ts';

const ALL = results([
  ...emit('dtrace_reserve', 110),
  ...emit('perf_percpu', 580),
  ...emit('ringbuf_reserve', 135),
  ...emit('perf_percpu', 580, { boot: 'base' }),
  reach('cross_const', 33),
  reach('same_const', 15),
  reach('bpf2bpf', 8),
  row({
    section: 'stream',
    boot: 'stream-1cpu',
    source: 'perf',
    variant: 'steady',
    bytes: 64,
    extra: { delivered: 10, lost: 0, reader: 75 },
  }),
  row({ section: 'growth', source: 'open rings', variant: 'perf_percpu', size: 4 }),
]);

t.test('RESULTS.md says where it is from, and every number is a row', async (t) => {
  const text = toResultsMarkdown(ALL, 'reproduced: 3 rows');
  for (const part of [
    '6.12.1',
    'f00d',
    'QEMU 7',
    'virtual',
    'not cycles',
    'reproduced: 3 rows',
    '**it depends**',
    'series/emit/dtrace_reserve/48/filled/watermark',
    '| 110 |',
    '### End to end',
    'charts/emit-bare.svg',
  ]) {
    t.ok(text.includes(part), part);
  }
  t.equal(text, toResultsMarkdown(ALL, 'reproduced: 3 rows'), 'byte-stable');
});

t.test('the cover letter fits', async (t) => {
  const long = coverText(ALL)
    .split('\n')
    .filter((line) => line.length > TEXT_COLUMNS);
  t.same(long, []);
  t.match(coverText(ALL), /C3 refuted: /);
});

t.test('the page stands alone', async (t) => {
  const page = toPage(ALL, 'first run');
  t.match(page, /<svg/);
  t.notMatch(page, /<script|<link|src=|@import/);
});

t.test('the figures in the tables of patches/cover-letter.md are the committed ones', async (t) => {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const read = (name: string): string[] => readFileSync(join(root, name), 'utf8').split('\n');
  const generated = new Set(read('selftests/bench/cover-table.txt'));
  const measured = new Map(
    read('selftests/bench/RESULTS.md')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, label, ...cells]) => [label, cells.slice(0, -1)]),
  );
  const SOURCES = new Map([
    ['reserve/commit', 'dtrace'],
    ['perf output', 'perf'],
    ['ringbuf', 'ringbuf'],
  ]);
  let [load, endToEnd, others] = ['', 0, 0];
  for (const line of read('patches/cover-letter.md')) {
    const [, cpus, phase] = /^ {2}(\d) CPUs?, (\w+)$/.exec(line) ?? [];
    if (cpus !== undefined) load = `${cpus}cpu % ${phase}`;
    const [, what, cells] = /^ {2,4}(\S.*?) {2,}([\d.-]+(?: +[\d.-]+){3,})$/.exec(line) ?? [];
    const source = load === '' ? undefined : SOURCES.get(what ?? '');
    if (cells === undefined) continue;
    if (source !== undefined && line.startsWith('    ')) {
      t.same(cells.split(/ +/), measured.get(load.replace('%', source)), line);
      endToEnd++;
    } else {
      t.ok(generated.has(line), line);
      others++;
    }
  }
  t.equal(endToEnd, 12);
  t.ok(others > 20);
});

t.test('the committed pages are what the committed rows give', async (t) => {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const saved = readResults(root);
  if (saved === undefined) throw new Error('no results');
  const read = (name: string): string => readFileSync(join(root, 'selftests/bench', name), 'utf8');
  t.equal(read('RESULTS.md'), toResultsMarkdown(saved, saved.reproduced ?? ''), 'npm run bench -- --render');
  t.equal(read('cover-table.txt'), coverText(saved));
});
