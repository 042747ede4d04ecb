/** Hands a plan to Slurm. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installCommand } from '../host/install-command.ts';
import { thisHost } from '../host/os-release.ts';
import { which } from '../host/tools.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv, must } from '../lib/exec.ts';
import type { StageContext } from '../lib/stage.ts';
import { arrayArgv, arrayScript, jobIn, mergeArgv, mergeScript, type SlurmPlan } from './slurm.ts';

export interface Submitted {
  readonly array: string;
  readonly merge: string;
}

async function submit(ctx: Pick<StageContext, 'log' | 'signal'>, argv: readonly string[]): Promise<string> {
  ctx.log({ kind: 'command', text: formatArgv(argv) });
  const { stdout } = await must(argv, { signal: ctx.signal });
  const job = jobIn(stdout);
  if (job === undefined)
    throw new WorkbenchError('E_EXEC', 'sbatch named no job', { detail: stdout, next: formatArgv(argv) });
  return job;
}

/** Not among the tools of a stage: who has a cluster has it. @throws E_HOST_TOOL */
export function needSlurm(): void {
  if (which('sbatch') !== undefined) return;
  const next = installCommand(['slurm-client'], thisHost().release);
  throw new WorkbenchError('E_HOST_TOOL', 'sbatch of Slurm is not installed', { next });
}

/** @throws E_EXEC */
export async function submitMatrix(ctx: StageContext, plan: SlurmPlan): Promise<Submitted> {
  writeFileSync(join(plan.dir, 'array.sh'), arrayScript(plan));
  writeFileSync(join(plan.dir, 'merge.sh'), mergeScript(plan));
  const array = await submit(ctx, arrayArgv(plan.dir));
  return { array, merge: await submit(ctx, mergeArgv(plan.dir, array)) };
}
