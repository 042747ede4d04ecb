/** Cells that put real patches onto real trees, by the command that a person types; nothing is built. */
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { resolveBase } from '../base/resolve.ts';
import { applySeries } from '../apply/apply.ts';
import { EXIT } from '../lib/errors.ts';
import { acquire } from '../lib/lock.ts';
import { outRoot } from '../lib/paths.ts';
import { loadSeries } from '../series/load.ts';
import { useCacheHome } from '../testing/cache-home.ts';
import { only, run, type Outcome } from '../testing/command-line.ts';
import { eventually } from '../testing/process.ts';
import { commit, git, lines, type Fixture } from '../testing/project.ts';
import { withSeries } from '../testing/series.ts';
import type { MatrixReport } from './merge.ts';
import { findRecords } from './records.ts';

t.setTimeout(300_000);

interface Project {
  readonly fixture: Fixture;
  readonly root: string;
  matrix(...args: string[]): Promise<Outcome>;
  merged(...args: string[]): Promise<MatrixReport>;
}

/** Three patches and three bases: one of them is not to be had, and on another the third patch does not apply. */
async function project(t: Test): Promise<Project> {
  const fixture = await withSeries('matrix');
  t.teardown(fixture.remove);
  const { kernel, project: root } = fixture;
  git(kernel, 'checkout', '-q', '-b', 'other', 'master');
  const text = lines('core').replace('core line 25\n', 'core line XXV\n');
  commit(kernel, 'another line 25', { 'kernel/core.c': text });
  const base = (name: string, url: string, ref: string): string =>
    `  ${name}:\n    kernel: "6.12"\n    git: ${JSON.stringify(url)}\n    ref: ${ref}\n`;
  const bases = `${base('v6.12', kernel, 'master')}${base('other', kernel, 'other')}`;
  const gone = base('gone', `${kernel}-gone`, 'master');
  const manifest = join(root, 'patches/series.yaml');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/^bases:\n(?: .*\n)+/m, `bases:\n${bases}${gone}`));
  mkdirSync(join(root, 'kconfig'));
  writeFileSync(join(root, 'kconfig/default.config'), '# Why.\nCONFIG_EXPERT=y\n');
  mkdirSync(join(root, 'selftests'));
  writeFileSync(join(root, 'selftests/agent.test.ts'), '');
  useCacheHome(t, dirname(fixture.context.cache.root));
  const matrix = (...args: string[]): Promise<Outcome> => run(root, ['matrix', '--until', 'apply', ...args]);
  const merged = async (...args: string[]): Promise<MatrixReport> =>
    JSON.parse((await matrix('--json', ...args)).stdout) as MatrixReport;
  return { fixture, root, matrix, merged };
}

const stateOf = ({ cells }: MatrixReport): string[] => cells.map(({ state }) => state);

t.test('the cells of one machine: what applies, what does not, and what could not be asked', async (t) => {
  const { root, matrix, merged } = await project(t);
  const engine = await matrix('--engine', 'local');
  t.equal(engine.code, EXIT.apply, 'that of the first cell that failed');
  const report = await merged('--merge', outRoot(root));
  t.strictSame(
    report.cells.map(({ cell, state, exitCode }) => [cell, state, exitCode]),
    [
      ['v6.12/0001/default/x86_64', 'passed', EXIT.pass],
      ['v6.12/0002/default/x86_64', 'passed', EXIT.pass],
      ['v6.12/0003/default/x86_64', 'passed', EXIT.pass],
      ['other/0001/default/x86_64', 'passed', EXIT.pass],
      ['other/0002/default/x86_64', 'passed', EXIT.pass],
      ['other/0003/default/x86_64', 'failed', EXIT.apply],
      ['gone/0001/default/x86_64', 'missing', EXIT.test],
      ['gone/0002/default/x86_64', 'missing', EXIT.test],
      ['gone/0003/default/x86_64', 'missing', EXIT.test],
    ],
  );
  t.match(report.cells[5], { reason: /^E_PATCH_CONFLICT: patch 03 / });
  t.match(report.cells[6], {
    reason: /^E_HOST_NETWORK: /,
    command: /--cell gone\/0001\/default\/x86_64 --until apply$/,
  });
  t.equal(new Set(report.cells.slice(0, 3).map(({ tree }) => tree)).size, 3, 'each patch is another tree');
  t.match(engine.stdout, /^9 cells: 5 passed, 1 failed, 3 missing$/m);
  const after = await matrix('--cell', 'other/0001/default/x86_64');
  t.equal(after.code, EXIT.pass, 'a patch that did not apply is in no later cell');
  const before = findRecords([outRoot(root)]).length;
  await matrix('--engine', 'local', '--only', 'v6.12/*/*/*', '--only', 'other/*/*/*');
  t.equal(findRecords([outRoot(root)]).length, before, 'what has a result is not run again');
  await matrix('--engine', 'local', '--only', 'gone/0001/*/*');
  t.equal(findRecords([outRoot(root)]).length, before + 1, 'what has none is');
});

t.test('records of many machines: twice is once, in whatever order, and of another tree is not at all', async (t) => {
  const { root, matrix, merged } = await project(t);
  const mine = ['--only', 'v6.12/*/*/*'];
  const [one, two] = ['one', 'two'].map((name) => join(root, '..', name)) as [string, string];
  for (const [patch, machine] of [
    ['0001', one],
    ['0002', two],
    ['0003', two],
  ] as const) {
    const outcome = await matrix('--cell', `v6.12/${patch}/default/x86_64`, '--json');
    t.match(only(t, outcome, patch), { cell: `v6.12/${patch}/default/x86_64`, verdict: 'passed' });
    t.equal(outcome.code, EXIT.pass);
    cpSync(outRoot(root), machine, { recursive: true });
  }
  const all = await merged(...mine, '--merge', one, two);
  t.strictSame(stateOf(all), ['passed', 'passed', 'passed']);
  t.strictSame(all.refused, []);
  t.strictSame(await merged(...mine, '--merge', two, one, two), all);
  t.strictSame(stateOf(await merged(...mine, '--merge', one)), ['passed', 'missing', 'missing']);
  t.equal((await matrix(...mine, '--merge', one)).code, EXIT.test);
  t.match(await matrix('--merge', join(root, 'none')), { code: EXIT.usage, stderr: /^E_RECORD_MISSING: no directory/ });
  const file = join(root, 'patches/series.yaml');
  t.match(await matrix('--merge', file), {
    code: EXIT.usage,
    stderr: /^E_RECORD_MISSING: no directory .*series\.yaml$/m,
  });

  appendFileSync(join(root, 'kconfig/default.config'), '# Another reason.\nCONFIG_FPROBE=y\n');
  const other = await merged(...mine, '--merge', one, two);
  t.strictSame(stateOf(other), ['missing', 'missing', 'missing']);
  t.match(
    new Set(other.refused.map(({ reason }) => reason.replace(/: .*/, ''))),
    new Set(['another workbench or topics']),
  );
});

t.test('the tree in which a person works stays as it is', async (t) => {
  const { fixture, root, matrix } = await project(t);
  const series = loadSeries(root);
  const base = await resolveBase(series.data, {}, fixture.context);
  const mine = await applySeries(series, base, fixture.context);
  appendFileSync(join(mine.worktree, 'kernel/ring.c'), 'int mine;\n');
  const before = git(mine.worktree, 'status', '--porcelain', '--branch');
  for (const patch of ['0003', '0001', '0002'])
    t.match(await matrix('--cell', `v6.12/${patch}/default/x86_64`), { code: EXIT.pass, stderr: /.*/ });
  t.equal(git(mine.worktree, 'status', '--porcelain', '--branch'), before);
  t.equal(git(mine.worktree, 'rev-parse', 'HEAD').trim(), mine.head);
  const [cells] = readdirSync(fixture.context.cache.worktrees).filter((name) => name.endsWith('-cells'));
  t.equal(
    git(join(fixture.context.cache.worktrees, cells ?? ''), 'log', '--oneline')
      .trim()
      .split('\n').length,
    3,
  );
  t.strictSame(
    readdirSync(outRoot(root)).filter((name) => existsSync(join(outRoot(root), name, 'apply.json'))),
    [],
    'no other command takes a part of the series for what is applied',
  );
});

t.test('two cells of a base at once: one waits until the other is over, since they have one tree', async (t) => {
  const { fixture, root, matrix } = await project(t);
  const { cache } = fixture.context;
  t.equal((await matrix('--cell', 'v6.12/0001/default/x86_64')).code, EXIT.pass);
  const [tree = ''] = readdirSync(cache.worktrees).filter((name) => name.endsWith('-cells'));
  const release = await acquire(join(cache.locks, `cell-${tree}`), { purpose: 'another cell' });
  let said = '';
  const cell = ['matrix', '--until', 'apply', '--cell', 'v6.12/0003/default/x86_64'];
  const waiting = run(root, cell, undefined, (text) => (said += text));
  await eventually('it waits', () => said.includes('waiting for "another cell"'));
  t.equal(git(join(cache.worktrees, tree), 'log', '--oneline').trim().split('\n').length, 2, 'the tree stays');
  release();
  t.match(await waiting, { code: EXIT.pass });
});

t.test('what is refused, a row each', async (t) => {
  const { root } = await project(t);
  const rows: [argv: string[], message: RegExp][] = [
    [['--cell', 'v6.12/0009/default/x86_64'], /^no cell v6\.12\/0009/],
    [['--only', 'v6.13/*/*/*'], /^no cell v6\.13/],
    [['--until', 'boot'], /^--until boot: it is one of apply, build, test$/],
    [['--engine', 'pbs'], /^--engine pbs: it is one of local, slurm$/],
    [['--workflow', 'jenkins'], /^--workflow jenkins: it is one of github, gitlab$/],
    [['--engine', 'local', '--merge', 'out'], /^one of --merge, --engine at a time$/],
    [['--engine', 'slurm', '--cache', 'here'], /^--cache here: nodes need an absolute path$/],
    [['--cell', 'v6.12/0001/default/x86_64', '--only', 'other/*/*/*'], /^--cell names one cell, and --only others$/],
    [['--engine', 'local', '--cache', '/c'], /^--cache is for --engine slurm$/],
    [['--cache', '/c'], /^--cache is for --engine slurm$/],
    [['out'], /^arguments are for --merge: out$/],
  ];
  for (const [argv, message] of rows) {
    const outcome = await run(root, ['matrix', ...argv, '--json']);
    t.match(only(t, outcome, argv.join(' ')), { error: { code: 'E_USAGE', message } }, argv.join(' '));
  }
  const { PATH: path } = process.env;
  t.teardown(() => void (process.env['PATH'] = path));
  process.env['PATH'] = root;
  t.match(await run(root, ['matrix', '--engine', 'slurm']), {
    code: EXIT.host,
    stderr: /^E_HOST_TOOL: sbatch of Slurm is not installed\nnext: .*slurm-client/m,
  });
  t.strictSame(readdirSync(outRoot(root)), ['patches.lock'], 'and nothing is left behind');
});

t.test('lists and dry runs', async (t) => {
  const { root, matrix } = await project(t);
  t.equal((await matrix()).stdout.trim().split('\n').length, 9);
  const listed = JSON.parse((await matrix('--json', '--only', 'other/0002/*/*')).stdout) as unknown;
  t.match(listed, [
    {
      id: 'other/0002/default/x86_64',
      base: 'other',
      patch: '0002',
      config: 'default',
      architecture: 'x86_64',
      command: 'npm run matrix -- --cell other/0002/default/x86_64 --until apply',
    },
  ]);
  const rows: [argv: string[], said: RegExp][] = [
    [['--engine', 'local', '--only', 'gone/0001/*/*'], /^npm run matrix -- --cell gone\/0001\/default\/x86_64/],
    [['--engine', 'slurm'], /^sbatch --parsable --dependency=afterany:JOB /m],
    [['--cell', 'v6.12/0002/default/x86_64'], /0002-[^/]*\.patch$/m],
    [['--merge', 'out'], /^# read out, /],
    [['--workflow', 'gitlab'], /\.gitlab-ci\.yml is written$/m],
  ];
  for (const [argv, said] of rows) {
    const { code, stdout, stderr } = await matrix(...argv, '--dry-run');
    t.equal(code, EXIT.pass, stderr);
    t.match(stdout, said, argv.join(' '));
    t.notMatch(stdout, /0003-[^/]*\.patch$/m, 'no later patch');
  }
  t.strictSame(readdirSync(outRoot(root)), ['patches.lock']);
  t.equal(existsSync(join(root, '.gitlab-ci.yml')), false);
});
