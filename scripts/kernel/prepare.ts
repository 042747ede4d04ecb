/** Everything between an applied series and a guest that can boot: config, build, BPF programs. */
import { collectEnvironment } from '../host/machine.ts';
import { configure } from './configure.ts';
import { compilePrograms, type BpfObjects } from './bpf.ts';
import { build } from './build.ts';
import { withTree } from './source.ts';
import type { StageContext } from '../lib/stage.ts';
import type { BuildRecord, ConfigRecord, SourceTree } from '../records/build.ts';

export interface Prepared {
  readonly config: ConfigRecord;
  readonly build: BuildRecord;
  readonly programs: BpfObjects;
}

/** In their order; a test has its own. */
const STAGES = { collectEnvironment, configure, build, compilePrograms } as const;
export type PrepareStages = typeof STAGES;

/** @param beside work that goes on while the kernel is configured, which takes one processor, and is over before it is built, which takes all */
export async function prepareKernel(
  ctx: StageContext, source: SourceTree, configName: string, beside?: Promise<unknown>, stages: PrepareStages = STAGES,
): Promise<Prepared> {
  if (!ctx.dryRun) ctx.run.write('environment', { stage: 'environment', facts: await stages.collectEnvironment() });
  return withTree(ctx, source, `building ${configName}`, async () => {
    const config = await stages.configure(ctx, source, configName);
    await beside;
    const record = await stages.build(ctx, config);
    return { config, build: record, programs: await stages.compilePrograms(ctx, record) };
  });
}
