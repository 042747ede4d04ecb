/** Topics that need another kernel than the series', each on the series with a patch of the same name. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodeOf } from '../../scripts/kernel/each-config.ts';
import { prepareKernel } from '../../scripts/run/pipeline.ts';
import type { StageContext } from '../../scripts/lib/stage.ts';
import { makeDir } from '../../scripts/lib/make-dir.ts';
import { runTopics } from '../../scripts/run/run-topics.ts';
import { totals } from '../../scripts/records/totals.ts';
import type { Totals } from '../../scripts/records/selftest.ts';
import { chooseAccel, type Wanted } from '../../scripts/host/accelerator.ts';
import { variantTree } from '../mutations/tree.ts';

/** What is in this directory: NAME.patch and NAME.test.ts. */
export const VARIANTS = ['toy-target', 'shared-frame'] as const;
export type VariantName = (typeof VARIANTS)[number];

export const patchOf = (name: VariantName): string => fileURLToPath(new URL(`./${name}.patch`, import.meta.url));

const STAGES = { variantTree, prepareKernel, chooseAccel, runTopics } as const;
export type VariantStages = typeof STAGES;

/** @param ctx with a run whose records nobody takes for the series'. @param stages a test has its own */
export async function testVariant(
  ctx: StageContext,
  name: VariantName,
  wanted: Wanted,
  stages: VariantStages = STAGES,
): Promise<{ readonly sum: Totals; readonly code: number }> {
  const {
    root,
    log,
    signal,
    run: { dir },
  } = ctx;
  const tree = await stages.variantTree(ctx, { name, from: 'series', patches: [patchOf(name)] });
  const { build, programs } = await stages.prepareKernel(ctx, tree, 'default');
  // the log of a topic has the topic's path
  makeDir(join(dir, 'kernel'));
  const accel = await stages.chooseAccel(signal, { wanted, kernel: build.bzImage });
  const { topics } = await stages.runTopics({
    root,
    build,
    progs: programs.dir,
    topics: [`kernel/${name}`],
    accel,
    length: 'short',
    dir,
    log,
    signal,
  });
  const sum = totals(topics);
  return { sum, code: exitCodeOf([], sum) };
}
