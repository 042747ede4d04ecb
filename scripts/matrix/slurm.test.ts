import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { arrayArgv, arrayScript, jobIn, mergeArgv, mergeScript, type SlurmPlan } from './slurm.ts';

const CELLS = ['one/0001/default/x86_64', 'one/0002/default/x86_64'];

/** A plan whose directory has what shells and sbatch read something into, and a npm that says what it gets. */
function planIn(dir: string): SlurmPlan {
  const root = join(dir, "my project's 100%");
  mkdirSync(root);
  writeFileSync(
    join(dir, 'npm'),
    '#!/bin/sh\necho "$PWD"\nprintf "%s\\n" "$@"\nenv | grep -E "^(XDG|CCACHE)" | sort\n',
  );
  chmodSync(join(dir, 'npm'), 0o755);
  const common = {
    until: 'build',
    accel: 'tcg',
    only: ['one/*/default/*'],
    cache: undefined,
    remote: undefined,
  } as const;
  return { root, dir: join(root, 'out/run'), cells: CELLS, ...common };
}

const runs = (dir: string, script: string, env: Readonly<Record<string, string>>): string[] =>
  execFileSync('bash', ['-c', script], {
    env: { PATH: `${dir}:${process.env['PATH'] ?? ''}`, ...env },
    encoding: 'utf8',
  })
    .trim()
    .split('\n');

t.test('a task is the cell of its number', async (t) => {
  const dir = t.testdir({});
  const plan = planIn(dir);
  for (const [index, id] of CELLS.entries())
    t.strictSame(runs(dir, arrayScript(plan), { SLURM_ARRAY_TASK_ID: String(index) }), [
      plan.root,
      ...['run', 'matrix', '--', '--until', 'build', '--accel', 'tcg', '--cell', id],
    ]);
  t.throws(() => runs(dir, arrayScript(plan), { SLURM_ARRAY_TASK_ID: '2' }), { message: /unbound variable/ });
});

t.test('a cache that nodes share: one for the compiler, a tree each', async (t) => {
  const dir = t.testdir({});
  const plan = { ...planIn(dir), cache: '/shared/cache', remote: 'redis://cache:6379|key-prefix=a b' };
  const env = { SLURM_ARRAY_TASK_ID: '0', SLURMD_NODENAME: 'node7' };
  t.strictSame(runs(dir, arrayScript(plan), env).slice(-3), [
    'CCACHE_DIR=/shared/cache/ccache',
    'CCACHE_REMOTE_STORAGE=redis://cache:6379|key-prefix=a b',
    'XDG_CACHE_HOME=/shared/cache/node-node7',
  ]);
});

t.test('what sbatch is told', async (t) => {
  const plan = planIn(t.testdir({}));
  const options = (script: string): string[] => script.split('\n').filter((line) => line.startsWith('#SBATCH'));
  const log = (name: string): string => `--output="${plan.dir.replace('%', '%%')}/${name}.log"`;
  t.strictSame(
    options(arrayScript(plan)),
    [
      '--job-name=dtrace-bpf-matrix',
      '--array=0-1',
      '--exclusive',
      '--requeue',
      '--open-mode=append',
      '--export=PATH,HOME',
      log('%a'),
    ].map((option) => `#SBATCH ${option}`),
  );
  t.match(options(mergeScript(plan)), ['#SBATCH --job-name=dtrace-bpf-matrix-merge', '#SBATCH --requeue']);
  t.strictSame(arrayArgv('/d'), ['sbatch', '--parsable', '/d/array.sh']);
  t.strictSame(mergeArgv('/d', '7'), ['sbatch', '--parsable', '--dependency=afterany:7', '/d/merge.sh']);
});

t.test('the merge is of the same cells', async (t) => {
  const dir = t.testdir({});
  const plan = planIn(dir);
  t.strictSame(runs(dir, mergeScript(plan), {}), [
    plan.root,
    ...['run', 'matrix', '--', '--until', 'build', '--only', 'one/*/default/*', '--merge', 'out'],
  ]);
});

t.test('the id of a job, a row each', async (t) => {
  const rows: [stdout: string, job: string | undefined][] = [
    ['12\n', '12'],
    ['12;cluster\n', '12'],
    ['a note of a plugin\n12\n', '12'],
    ['', undefined],
    ['Submitted batch job\n', undefined],
  ];
  for (const [stdout, job] of rows) t.equal(jobIn(stdout), job, stdout);
});
