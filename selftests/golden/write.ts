/**
 * Writes golden/same-type-unchanged.json anew: builds the base without the series, boots it, and lets the topic itself look.
 *
 *     npm run apply && node --import tsx selftests/golden/write.ts
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilePrograms } from '../../scripts/build/bpf.ts';
import { build } from '../../scripts/build/build.ts';
import type { StageContext } from '../../scripts/build/stage.ts';
import { configure } from '../../scripts/kconfig/configure.ts';
import { createLog } from '../../scripts/lib/log.ts';
import { openRun } from '../../scripts/lib/record.ts';
import { runTopics } from '../../scripts/selftest/run-topics.ts';
import { chooseAccel } from '../harness/probe.ts';
import { variantTree } from '../mutations/tree.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TOPIC = 'same-type-unchanged';

async function main(): Promise<void> {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  const ctx: StageContext = { root: ROOT, log: createLog(process.stderr), signal: abort.signal, run: openRun(ROOT, 'golden'), dryRun: false };
  const config = await configure(ctx, await variantTree(ctx, { name: 'base', from: 'base' }), 'default');
  const record = await build(ctx, config);
  // the other programs need the series
  const sources = join(ctx.run.dir, 'progs');
  mkdirSync(sources, { recursive: true });
  copyFileSync(join(ROOT, 'selftests/progs', `${TOPIC}.bpf.c`), join(sources, `${TOPIC}.bpf.c`));
  const { dir } = await compilePrograms(ctx, record, sources);
  process.env['WRITE_GOLDEN'] = '1';
  await runTopics({ root: ROOT, build: record, progs: dir, topics: [TOPIC], accel: await chooseAccel(), length: 'short', dir: ctx.run.dir, log: ctx.log, signal: ctx.signal });
}

await main();
