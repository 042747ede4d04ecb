/**
 * Writes golden/same-type-unchanged.json anew: boots the base without the series, and lets the topic itself look. That
 * kernel is the benchmarks', built here when they have not built it yet.
 *
 *     npm run build && node --import tsx selftests/golden/write.ts
 */
import { fileURLToPath } from 'node:url';
import { builtSeries } from '../../scripts/bench/built.ts';
import { configOf, otherKernel } from '../../scripts/bench/kernels.ts';
import { compilePrograms } from '../../scripts/build/bpf.ts';
import type { StageContext } from '../../scripts/build/stage.ts';
import { createLog } from '../../scripts/lib/log.ts';
import { openRun } from '../../scripts/lib/record.ts';
import { runTopics } from '../../scripts/selftest/run-topics.ts';
import { chooseAccel } from '../harness/probe.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TOPIC = 'same-type-unchanged';

async function main(): Promise<void> {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  const ctx: StageContext = { root: ROOT, log: createLog(process.stderr), signal: abort.signal, run: openRun(ROOT, 'golden'), dryRun: false };
  const series = builtSeries(ROOT, 'default');
  const record = { ...series, bzImage: await otherKernel(ctx, configOf(series), 'base') };
  const { dir } = await compilePrograms(ctx, series);
  process.env['WRITE_GOLDEN'] = '1';
  await runTopics({ root: ROOT, build: record, progs: dir, topics: [TOPIC], accel: await chooseAccel(ctx.signal), length: 'short', dir: ctx.run.dir, log: ctx.log, signal: ctx.signal });
}

await main();
