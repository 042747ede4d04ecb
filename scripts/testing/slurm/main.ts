/**
 * The matrix with Slurm for its engine, on a cluster of two nodes on this machine. One node dies while a cell runs on
 * it. Is nothing lost, and is the report the one that this machine comes to alone? The cells put small patches onto a
 * small tree, and build nothing. Needs root, and the packages slurm-wlm and munge.
 *
 *     node --import tsx scripts/testing/slurm/main.ts
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, WorkbenchError } from '../../lib/errors.ts';
import { must } from '../../lib/exec.ts';
import { acquire } from '../../lib/lock.ts';
import { cachePaths, outRoot } from '../../lib/paths.ts';
import { latestRecord } from '../../lib/record.ts';
import { standalone, type Standalone } from '../../lib/standalone.ts';
import { copyProject } from '../kills/project.ts';
import { commit, git } from '../project.ts';
import { withSeries } from '../series.ts';
import { startCluster, until, type Cluster } from './cluster.ts';

const ROOT = join(import.meta.dirname, '../../..');
const NODES = ['node1', 'node2'] as const;
const [SURVIVOR, VICTIM] = NODES;
const END_MS = 300_000;

/** Two bases of one repository, and the three patches of the fixture. */
async function makeProject(root: string): Promise<() => void> {
  const f = await withSeries('slurm');
  git(f.kernel, 'checkout', '-q', '-b', 'second', 'master');
  commit(f.kernel, 'second base', { 'kernel/other.c': 'int other;\n' });
  copyProject(ROOT, root);
  rmSync(join(root, 'patches'), { recursive: true });
  cpSync(join(f.project, 'patches'), join(root, 'patches'), { recursive: true });
  const manifest = join(root, 'patches/series.yaml');
  const base = (name: string, ref: string): string =>
    `  ${name}:\n    kernel: "6.12"\n    git: ${JSON.stringify(f.kernel)}\n    ref: ${ref}\n`;
  const text = readFileSync(manifest, 'utf8').replace(
    /^bases:\n(?: .*\n)+/m,
    `bases:\n${base('v6.12', 'master')}${base('second', 'second')}`,
  );
  writeFileSync(manifest, text);
  return f.remove;
}

const matrix = (...args: string[]): string[] => ['npm', 'run', '--silent', 'matrix', '--', '--until', 'apply', ...args];

function reportIn(root: string): string {
  const found = latestRecord(root, 'matrix');
  if (found === undefined) throw new WorkbenchError('E_TEST', `no report below ${outRoot(root)}`);
  return readFileSync(join(outRoot(root), found.run, 'matrix.json'), 'utf8');
}

/** Submits, stops a cell of the victim where it asks for its base, kills the victim, and waits for the merge. */
async function withEngine(root: string, cache: string, cluster: Cluster, script: Standalone): Promise<string[]> {
  const { log, signal } = script;
  const { locks } = cachePaths({ XDG_CACHE_HOME: join(cache, `node-${VICTIM}`) });
  const release = await acquire(join(locks, 'base-second'), { purpose: 'standing still' });
  const submitted = await must([...matrix('--engine', 'slurm', '--cache', cache), '--json'], {
    cwd: root,
    env: cluster.env,
    signal,
  });
  const { array, merge, cells, logs } = JSON.parse(submitted.stdout) as {
    readonly array: string;
    readonly merge: string;
    readonly cells: readonly string[];
    readonly logs: string;
  };
  log({ kind: 'note', text: `${cells.length} cells are job ${array}, the merge is job ${merge}` });
  const stands = (): boolean =>
    readdirSync(logs).some((file) => readFileSync(join(logs, file), 'utf8').includes('waiting for "standing still"'));
  await until(`a cell stands still on ${VICTIM}`, stands, END_MS);
  cluster.kill(VICTIM);
  log({ kind: 'note', text: `${VICTIM} is dead` });
  release();
  const ended = async (): Promise<boolean> =>
    (await cluster.jobs()).every((job) => !['PENDING', 'RUNNING', 'COMPLETING'].includes(job.get('JobState') ?? ''));
  await until('all jobs end', ended, END_MS);
  const tasks = (await cluster.jobs()).filter((job) => job.get('ArrayJobId') === array);
  const begunAgain = tasks.filter((job) => job.get('Restarts') !== '0');
  return [
    ...(tasks.length === cells.length ? [] : [`${tasks.length} tasks for ${cells.length} cells`]),
    ...(begunAgain.length === 1 ? [] : [`${begunAgain.length} tasks were begun again, and not the one that died`]),
    ...(begunAgain.every((job) => job.get('NodeList') === SURVIVOR) ? [] : [`it did not end on ${SURVIVOR}`]),
    ...tasks.flatMap((job) =>
      job.get('JobState') === 'COMPLETED' ? [] : [`task ${job.get('ArrayTaskId')}: ${job.get('JobState')}`],
    ),
  ];
}

async function main(script: Standalone): Promise<number> {
  const { log, signal } = script;
  const dir = mkdtempSync(join(tmpdir(), 'dtrace-slurm-'));
  const [engine, alone] = [join(dir, 'engine'), join(dir, 'alone')];
  const remove = await makeProject(engine);
  cpSync(engine, alone, { recursive: true, verbatimSymlinks: true });
  let cluster: Cluster | undefined;
  let faults: string[] = ['it came to no end'];
  try {
    cluster = await startCluster(join(dir, 'cluster'), NODES, signal);
    faults = await withEngine(engine, join(dir, 'cache'), cluster, script);
    const again = await must(matrix('--engine', 'slurm'), { cwd: engine, env: cluster.env, signal });
    if (!/^12 cells: 12 passed, 0 failed, 0 missing$/m.test(again.stdout))
      faults.push(`the same command again says ${again.stdout}`);
    log({ kind: 'note', text: 'the same cells without an engine' });
    await must(matrix('--engine', 'local'), {
      cwd: alone,
      env: { XDG_CACHE_HOME: join(dir, 'cache-alone') },
      signal,
    });
    if (reportIn(engine) !== reportIn(alone)) faults.push('the reports differ');
  } finally {
    await cluster?.stop();
    remove();
    if (faults.length === 0) rmSync(dir, { recursive: true, force: true });
    else if (existsSync(dir)) log({ kind: 'warn', text: `everything stays in ${dir}` });
  }
  for (const fault of faults) log({ kind: 'warn', text: fault });
  process.stdout.write(
    faults.length === 0 ? 'a node died, nothing is lost, and the report is the same\n' : `${faults.length} faults\n`,
  );
  return faults.length === 0 ? EXIT.pass : EXIT.test;
}

process.exitCode = await standalone(process.argv.slice(2), main);
