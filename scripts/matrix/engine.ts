/** What runs the cells that have no record yet: this machine, one after the other, or Slurm. */
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { Wanted } from '../host/accelerator.ts';
import { needBuildable } from '../base/buildable.ts';
import { WorkbenchError } from '../lib/errors.ts';
import type { Context } from '../lib/options.ts';
import { cachePaths, outRoot } from '../lib/paths.ts';
import { openStage } from '../lib/stage.ts';
import { slugOf, type Cell } from './cells.ts';
import { projectDigest } from './identity.ts';
import type { MatrixReport } from './merge.ts';
import { reportOf, type Asked } from './report.ts';
import { runCell } from './run-cell.ts';
import type { SlurmPlan } from './slurm.ts';

export const ENGINES = ['local', 'slurm'] as const;
export type Engine = (typeof ENGINES)[number];

type Host = Pick<Context, 'root' | 'log' | 'signal' | 'dryRun'>;

/** Of the cells that are asked for, those without a result in this project's out/. */
export function missingCells(asked: Asked): Cell[] {
  const out = outRoot(asked.root);
  if (!existsSync(out)) return [...asked.cells];
  const { cells } = reportOf(asked, [out]);
  return asked.cells.filter((_, index) => cells[index]?.state === 'missing');
}

/** Resolves to what is known afterwards, by all records of out/. @throws E_INTERRUPTED; what is done is kept */
export async function runHere(ctx: Host, asked: Asked, accel: Wanted): Promise<MatrixReport> {
  const project = projectDigest(asked.root);
  for (const cell of missingCells(asked)) {
    ctx.log({ kind: 'stage', stage: 'matrix', text: cell.id });
    const { verdict, reason, ms } = await runCell(openStage(ctx, `matrix-${slugOf(cell.id)}`), cell, {
      ...asked,
      project,
      accel,
    });
    ctx.log({ kind: verdict === 'passed' ? 'done' : 'warn', text: `${cell.id}: ${verdict} ${reason}`.trim(), ms });
  }
  return reportOf(asked, [outRoot(asked.root)]);
}

export interface SlurmOptions {
  readonly accel: Wanted;
  readonly only: readonly string[];
  readonly cache: string | undefined;
}

/** @throws E_USAGE, E_HOST_PATH for a cache in which nothing can be built */
export function needCache(cache: string): void {
  if (!isAbsolute(cache)) {
    const next = 'npm run matrix -- --help';
    throw new WorkbenchError('E_USAGE', `--cache ${cache}: nodes need an absolute path`, { next });
  }
  needBuildable(cachePaths({ XDG_CACHE_HOME: cache }));
}

/** @param dir where its scripts and logs go */
export function slurmPlan(asked: Asked, dir: string, { accel, only, cache }: SlurmOptions): SlurmPlan {
  const { root, until } = asked;
  const remote = process.env['CCACHE_REMOTE_STORAGE'];
  return { root, dir, cells: missingCells(asked).map(({ id }) => id), until, accel, only, cache, remote };
}
