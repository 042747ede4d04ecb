/** The topic of the second target type, on the series with the patch that adds it. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodeOf } from '../../scripts/kernel/each-config.ts';
import { prepareKernel } from '../../scripts/kernel/prepare.ts';
import type { StageContext } from '../../scripts/lib/stage.ts';
import { makeDir } from '../../scripts/lib/make-dir.ts';
import { runTopics } from '../../scripts/run/run-topics.ts';
import { totals } from '../../scripts/records/totals.ts';
import type { Totals } from '../../scripts/records/selftest.ts';
import { chooseAccel, type Wanted } from '../../scripts/host/accelerator.ts';
import { variantTree } from '../mutations/tree.ts';

const TOPIC = 'kernel/toy-target';
export const PATCH = fileURLToPath(new URL('./toy-target.patch', import.meta.url));

const STAGES = { variantTree, prepareKernel, chooseAccel, runTopics } as const;
export type ToyStages = typeof STAGES;

/** @param ctx with a run whose records nobody takes for the series'. @param stages a test has its own */
export async function testToyTarget(ctx: StageContext, wanted: Wanted, stages: ToyStages = STAGES): Promise<{ readonly sum: Totals; readonly code: number }> {
  const { root, log, signal, run: { dir } } = ctx;
  const { build, programs } = await stages.prepareKernel(ctx, await stages.variantTree(ctx, { name: 'toy', from: 'series', patches: [PATCH] }), 'default');
  // the log of a topic has the topic's path
  makeDir(join(dir, 'kernel'));
  const { topics } = await stages.runTopics({ root, build, progs: programs.dir, topics: [TOPIC], accel: await stages.chooseAccel(signal, { wanted, kernel: build.bzImage }), length: 'short', dir, log, signal });
  const sum = totals(topics);
  return { sum, code: exitCodeOf([], sum) };
}
