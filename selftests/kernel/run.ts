/**
 * Topics that need a kernel of their own: the series with a test-only patch on top. Not part of `npm test`, which builds one.
 *
 *     npm run apply && node --import tsx selftests/kernel/run.ts
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareKernel } from '../../scripts/build/prepare.ts';
import type { StageContext } from '../../scripts/build/stage.ts';
import { createLog } from '../../scripts/lib/log.ts';
import { runTopics } from '../../scripts/selftest/run-topics.ts';
import { totals, verdictLine } from '../../scripts/selftest/totals.ts';
import { chooseAccel } from '../harness/probe.ts';
import { openVariantRun, variantTree } from '../mutations/tree.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PATCH = fileURLToPath(new URL('./toy-target.patch', import.meta.url));

async function main(): Promise<number> {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  const ctx: StageContext = { root: ROOT, log: createLog(process.stderr), signal: abort.signal, run: openVariantRun(ROOT, 'kernel'), dryRun: false };
  const { build, programs } = await prepareKernel(ctx, await variantTree(ctx, { name: 'toy', from: 'series', patches: [PATCH] }), 'default');
  // the log of a topic has the topic's path
  mkdirSync(join(ctx.run.dir, 'kernel'), { recursive: true });
  const common = { root: ROOT, build, progs: programs.dir, accel: await chooseAccel(ctx.signal), length: 'short', dir: ctx.run.dir, log: ctx.log, signal: ctx.signal } as const;
  const sum = totals((await runTopics({ ...common, topics: ['kernel/toy-target'] })).topics);
  process.stdout.write(`${verdictLine(sum)}\n`);
  return sum.failed === 0 && sum.passed > 0 ? 0 : 1;
}

process.exitCode = await main();
