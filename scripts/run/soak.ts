import { join } from 'node:path';
import { writeSoak } from './soak-write.ts';
import type { StageContext } from '../lib/stage.ts';
import { prefixedRun } from '../lib/record.ts';
import { selftest, type SelftestOptions } from './selftest.ts';
import type { SelftestRecord } from '../records/selftest.ts';

/**
 * The long form of each topic, in guests of its own. A topic takes minutes: what it found is written before the next one begins.
 * @param test a test of this has its own
 */
export async function soakTopics(
  ctx: StageContext, { topics, ...options }: Pick<SelftestOptions, 'build' | 'progs' | 'topics' | 'accel'>, test: typeof selftest = selftest,
): Promise<SelftestRecord[]> {
  const records: SelftestRecord[] = [];
  for (const topic of topics) {
    const run = { ...prefixedRun(ctx.run, topic), dir: join(ctx.run.dir, topic) };
    const record = await test({ ...ctx, run }, { ...options, topics: [topic], length: 'soak' });
    records.push(record);
    ctx.log({ kind: 'note', text: writeSoak(ctx.root, [record]) });
  }
  return records;
}
