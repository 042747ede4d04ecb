import t from 'tap';
import { cellNamed, cellsOf, selectCells, slugOf } from './cells.ts';

const DATA = {
  bases: { 'v6.12': { kernel: '6.12', debian: 'linux-source-6.12' }, main: { kernel: '7.3', git: 'x', ref: 'y' } },
  patches: [
    { id: '01', file: '0001-a.patch' },
    { id: '02', file: 'v2-0002-b.patch' },
  ],
};
const CELLS = cellsOf(DATA, ['debug', 'default']);

t.test('every base with every patch, configuration and architecture, in the order of the manifest', async (t) => {
  t.strictSame(
    CELLS.map(({ id }) => id),
    [
      'v6.12/0001/debug/x86_64',
      'v6.12/0001/default/x86_64',
      'v6.12/0002/debug/x86_64',
      'v6.12/0002/default/x86_64',
      'main/0001/debug/x86_64',
      'main/0001/default/x86_64',
      'main/0002/debug/x86_64',
      'main/0002/default/x86_64',
    ],
  );
  t.strictSame(CELLS[2], {
    id: 'v6.12/0002/debug/x86_64',
    base: 'v6.12',
    patch: '0002',
    config: 'debug',
    architecture: 'x86_64',
  });
  t.equal(cellsOf(DATA, ['default'], ['x86_64', 'arm64']).length, 2 * 2 * 2, 'another architecture is another word');
  const [one, two] = DATA.patches;
  const patches = [
    { id: '01', file: one?.file ?? '', except: ['v6.12'] },
    { id: '02', file: two?.file ?? '' },
  ];
  t.strictSame(
    cellsOf({ ...DATA, patches }, ['default']).map(({ id }) => id),
    ['v6.12/0002/default/x86_64', 'main/0001/default/x86_64', 'main/0002/default/x86_64'],
    'a patch that a base does without is no cell of it',
  );
});

t.test('cells by patterns, a row each', async (t) => {
  const rows: [patterns: string[], count: number][] = [
    [[], 8],
    [['*/*/*/*'], 8],
    [['v6.12/*/*/*'], 4],
    [['*/0002/debug/*'], 2],
    [['v6.12/0001/debug/x86_64', 'v6.12/*/debug/*'], 2],
  ];
  for (const [patterns, count] of rows) t.equal(selectCells(CELLS, patterns).length, count, patterns.join(' '));
  for (const pattern of ['v6.12', 'v6.1*/*/*/*', 'v6.12/0003/*/*', 'v6.12/*/*/*/*'])
    t.throws(() => selectCells(CELLS, ['*/*/*/*', pattern]), { code: 'E_USAGE', message: `no cell ${pattern}` });
});

t.test('one by its name', async (t) => {
  t.equal(cellNamed(CELLS, 'main/0002/debug/x86_64').config, 'debug');
  t.throws(() => cellNamed(CELLS, 'main/02/debug/x86_64'), { code: 'E_USAGE', next: 'npm run matrix' });
  t.equal(slugOf('main/0002/debug/x86_64'), 'main-0002-debug-x86_64');
});
