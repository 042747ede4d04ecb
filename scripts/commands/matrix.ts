import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dryRunApply } from '../apply/dry-run.ts';
import { ACCEL_OPTION, wantedAccel } from '../host/accelerator-option.ts';
import { configNames } from '../kernel/configure.ts';
import { EXIT, WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { defineCommand, type Context } from '../lib/options.ts';
import { cachePaths, outRoot } from '../lib/paths.ts';
import { openStage } from '../lib/stage.ts';
import { cellNamed, cellsOf, selectCells, slugOf, type Cell } from '../matrix/cells.ts';
import { ENGINES, missingCells, needCache, runHere, slurmPlan } from '../matrix/engine.ts';
import { formatMatrix } from '../matrix/format.ts';
import { projectDigest } from '../matrix/identity.ts';
import { cellCommand, exitCodeOf, type MatrixReport } from '../matrix/merge.ts';
import { reportOf, writeMatrix, type Asked } from '../matrix/report.ts';
import { partOf, runCell, topicsOf } from '../matrix/run-cell.ts';
import { arrayArgv, arrayScript, mergeArgv, mergeScript } from '../matrix/slurm.ts';
import { needSlurm, submitMatrix } from '../matrix/submit.ts';
import { formatWorkflow, SERVICES, WORKFLOW_FILES, type Service } from '../matrix/workflow.ts';
import { UNTIL } from '../records/cell.ts';
import { loadSeries } from '../series/load.ts';

const HELP = 'npm run matrix -- --help';
const MODES = ['cell', 'merge', 'engine', 'workflow'] as const;

/** @throws E_USAGE */
function oneOf<T extends string>(option: string, known: readonly T[], value: string): T {
  const found = known.find((name) => name === value);
  if (found !== undefined) return found;
  const message = `--${option} ${value}: it is one of ${known.join(', ')}`;
  throw new WorkbenchError('E_USAGE', message, { next: HELP });
}

type Host = Pick<Context, 'root' | 'json' | 'dryRun' | 'log' | 'signal' | 'print'>;

/** Resolves to the exit code. */
async function cell(ctx: Host, asked: Asked, one: Cell, accel: string): Promise<number> {
  const { series, until } = asked;
  const wanted = wantedAccel(accel, HELP);
  if (ctx.dryRun) {
    ctx.print(dryRunApply(partOf(series, one), { base: one.base }, cachePaths()));
    const topics = topicsOf(ctx.root, series, one);
    if (until !== 'apply') ctx.print(`# then the kernel of ${one.config}`);
    if (until === 'test') ctx.print(`# then ${topics.length} topics: ${topics.join(', ')}`);
    return EXIT.pass;
  }
  const project = projectDigest(ctx.root);
  const record = await runCell(openStage(ctx, `matrix-${slugOf(one.id)}`), one, { ...asked, project, accel: wanted });
  ctx.print(ctx.json ? JSON.stringify(record) : `${one.id}: ${record.verdict} ${record.reason}`.trim());
  return record.exitCode;
}

function conclude(ctx: Host, report: MatrixReport): number {
  const { run } = openStage(ctx, 'matrix-merge');
  writeMatrix(run, report);
  ctx.print(ctx.json ? JSON.stringify(report) : formatMatrix(report));
  return exitCodeOf(report);
}

function merge(ctx: Host, asked: Asked, directories: readonly string[]): number {
  if (!ctx.dryRun) return conclude(ctx, reportOf(asked, directories));
  ctx.print(`# read ${directories.join(', ')}, and write the report below ${outRoot(ctx.root)}`);
  return EXIT.pass;
}

async function slurm(ctx: Host, asked: Asked, options: Parameters<typeof slurmPlan>[2]): Promise<number> {
  if (options.cache !== undefined) needCache(options.cache);
  if (!ctx.dryRun) needSlurm();
  const stage = openStage(ctx, 'matrix-slurm');
  const plan = slurmPlan(asked, stage.run.dir, options);
  if (plan.cells.length === 0) return merge(ctx, asked, [outRoot(ctx.root)]);
  if (ctx.dryRun) {
    for (const line of `${arrayScript(plan)}${mergeScript(plan)}`.split('\n')) if (line !== '') ctx.print(`# ${line}`);
    for (const argv of [arrayArgv(plan.dir), mergeArgv(plan.dir, 'JOB')]) ctx.print(formatArgv(argv));
    return EXIT.pass;
  }
  const jobs = await submitMatrix(stage, plan);
  const text = `${plan.cells.length} cells are job ${jobs.array}, the merge is job ${jobs.merge}; logs: ${plan.dir}`;
  ctx.print(ctx.json ? JSON.stringify({ ...jobs, cells: plan.cells, logs: plan.dir }) : text);
  return EXIT.pass;
}

function workflow(ctx: Host, service: Service, { cells, until }: Asked, only: readonly string[]): number {
  const text = formatWorkflow(service, { cells: cells.map(({ id }) => id), until, only });
  const file = join(ctx.root, WORKFLOW_FILES[service]);
  if (ctx.dryRun) ctx.print(`# ${file} is written`);
  else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    ctx.print(ctx.json ? JSON.stringify({ file, cells: cells.length }) : file);
  }
  return EXIT.pass;
}

export const command = defineCommand({
  name: 'matrix',
  summary: 'Cells of base x patch x configuration x architecture: lists them, runs one, or merges records of many.',
  usage: '[--only PATTERN] [--cell ID | --merge DIR ... | --engine local|slurm | --workflow github|gitlab]',
  positional: true,
  options: {
    only: { type: 'list', value: 'PATTERN', summary: "some cells, such as 'v7.3/*/debug/*' (default: all)" },
    cell: { type: 'string', value: 'ID', summary: 'run this cell, and leave its record below out/' },
    merge: { type: 'list', value: 'DIR', summary: 'one report of the records below directories; more may follow' },
    engine: { type: 'string', value: ENGINES.join('|'), summary: 'run what has no result below out/ yet, and merge' },
    workflow: { type: 'string', value: SERVICES.join('|'), summary: 'write the file that hosted CI reads' },
    until: { type: 'string', value: UNTIL.join('|'), default: 'test', summary: 'how far a cell goes' },
    cache: {
      type: 'string',
      value: 'DIR',
      summary: 'with --engine slurm: a directory that all nodes see, for one compiler cache, and trees of each node',
    },
    ...ACCEL_OPTION,
  },
  async run(ctx) {
    const { options, root } = ctx;
    const modes = MODES.filter((name) => options[name] !== undefined && options[name].length > 0);
    if (modes.length > 1)
      throw new WorkbenchError('E_USAGE', `one of --${modes.join(', --')} at a time`, { next: HELP });
    if (ctx.args.length > 0 && options.merge.length === 0)
      throw new WorkbenchError('E_USAGE', `arguments are for --merge: ${ctx.args.join(' ')}`, { next: HELP });
    if (options.cell !== undefined && options.only.length > 0)
      throw new WorkbenchError('E_USAGE', '--cell names one cell, and --only others', { next: HELP });
    if (options.cache !== undefined && options.engine !== 'slurm')
      throw new WorkbenchError('E_USAGE', '--cache is for --engine slurm', { next: HELP });
    const series = loadSeries(root);
    const all = cellsOf(series.data, configNames(root));
    const asked: Asked = {
      root,
      series,
      cells: selectCells(all, options.only),
      until: oneOf('until', UNTIL, options.until),
    };
    if (options.cell !== undefined) return cell(ctx, asked, cellNamed(all, options.cell), options.accel);
    if (options.merge.length > 0) return merge(ctx, asked, [...options.merge, ...ctx.args]);
    if (options.workflow !== undefined)
      return workflow(ctx, oneOf('workflow', SERVICES, options.workflow), asked, options.only);
    if (options.engine !== undefined) {
      const accel = wantedAccel(options.accel, HELP);
      const { only, cache } = options;
      if (oneOf('engine', ENGINES, options.engine) === 'slurm') return slurm(ctx, asked, { accel, only, cache });
      if (!ctx.dryRun) return conclude(ctx, await runHere(ctx, asked, accel));
      for (const { id } of missingCells(asked)) ctx.print(cellCommand(id, asked.until));
      return EXIT.pass;
    }
    const rows = asked.cells.map((one) => ({ ...one, command: cellCommand(one.id, asked.until) }));
    if (ctx.json) ctx.print(JSON.stringify(rows));
    else ctx.print(rows.map(({ id, command }) => (ctx.dryRun ? command : id)).join('\n'));
    return EXIT.pass;
  },
});
