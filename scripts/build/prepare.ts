/** Everything between an applied series and a guest that can boot: config, build, BPF programs. */
import { collectEnvironment } from '../report/environment.ts';
import { configure } from '../kconfig/configure.ts';
import { compilePrograms, type BpfObjects } from './bpf.ts';
import { build } from './build.ts';
import { withTree } from './source.ts';
import type { StageContext } from './stage.ts';
import type { BuildRecord, ConfigRecord, SourceTree } from './types.ts';

export interface Prepared {
  readonly config: ConfigRecord;
  readonly build: BuildRecord;
  readonly programs: BpfObjects;
}

/** @param beside work that goes on while the kernel is configured, which takes one processor, and is over before it is built, which takes all */
export async function prepareKernel(ctx: StageContext, source: SourceTree, configName: string, beside?: Promise<unknown>): Promise<Prepared> {
  if (!ctx.dryRun) ctx.run.write('environment', { stage: 'environment', facts: await collectEnvironment() });
  return withTree(ctx, source, `building ${configName}`, async () => {
    const config = await configure(ctx, source, configName);
    await beside;
    const record = await build(ctx, config);
    return { config, build: record, programs: await compilePrograms(ctx, record) };
  });
}
