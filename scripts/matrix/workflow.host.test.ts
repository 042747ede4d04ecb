/** GitLab's file as gitlab-ci-local reads it: by GitLab's own schema, with every job of a matrix. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import t from 'tap';
import { exec, type ExecResult } from '../lib/exec.ts';
import { formatWorkflow } from './workflow.ts';

t.setTimeout(300_000);

const PACKAGE = dirname(createRequire(import.meta.url).resolve('gitlab-ci-local/package.json'));
/** It is made for Node 22; this is all that 20 lacks of what it uses. */
const NODE_22 = 'Set.prototype.union ??= function (other) { return new Set([...this, ...other]); };';
const CELLS = ['v6.12/0001/default/x86_64', 'v6.12/0002/debug/x86_64', 'main/0002/debug/x86_64'];

async function read(dir: string, text: string): Promise<ExecResult> {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, '.gitlab-ci.yml'), text);
  return exec(
    [
      process.execPath,
      '--import',
      `data:text/javascript,${encodeURIComponent(NODE_22)}`,
      join(PACKAGE, 'dist/index.js'),
      '--list-json',
    ],
    { cwd: dir },
  );
}

t.test('a job for every cell, and the merge behind them', async (t) => {
  const { exitCode, stdout, stderr } = await read(
    join(t.testdir({}), 'good'),
    formatWorkflow('gitlab', { cells: CELLS, until: 'test', only: [] }),
  );
  t.equal(exitCode, 0, stderr);
  const jobs = JSON.parse(stdout) as { readonly name: string; readonly stage: string; readonly when: string }[];
  t.strictSame(
    jobs.map(({ name, stage, when }) => [name, stage, when]),
    [...CELLS.map((id) => [`cell: [${id}]`, 'cells', 'on_success']), ['merge', 'merge', 'always']],
  );
});

t.test('what GitLab would refuse is refused', async (t) => {
  const text = formatWorkflow('gitlab', { cells: CELLS, until: 'test', only: [] });
  const rows: [from: string, to: string, said: RegExp][] = [
    ['runner_system_failure', 'runner_has_failed', /retry/],
    ['stage: merge', 'stage: merging', /merging/],
  ];
  for (const [from, to, said] of rows) {
    const { exitCode, stdout, stderr } = await read(join(t.testdir({}), 'bad'), text.replace(from, to));
    t.not(exitCode, 0, to);
    t.match(stdout + stderr, said, to);
  }
});
