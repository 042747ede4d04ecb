import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prefixedRun } from '../lib/record.ts';
import type { StageContext } from '../lib/stage.ts';
import type { SelftestRecord } from '../records/selftest.ts';
import { selftest, type SelftestOptions } from './selftest.ts';
import { formatSoak, mergeSoak, parseSoak, soakRows } from './soak-report.ts';

/**
 * The long form of each topic, in guests of its own. A topic takes minutes: what it found is written before the next
 * one begins.
 * @param test a test of this has its own
 */
export async function soakTopics(
  ctx: StageContext,
  { topics, ...options }: Omit<SelftestOptions, 'length' | 'workbench'>,
  test = selftest,
): Promise<SelftestRecord[]> {
  const records: SelftestRecord[] = [];
  for (const topic of topics) {
    const run = { ...prefixedRun(ctx.run, topic), dir: join(ctx.run.dir, topic) };
    const record = await test({ ...ctx, run }, { ...options, topics: [topic], length: 'soak' });
    records.push(record);
    ctx.log({ kind: 'note', text: writeSoak(ctx.root, record) });
  }
  return records;
}

/** Brings selftests/SOAK.md up to date; returns its path. */
export function writeSoak(root: string, record: SelftestRecord): string {
  const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  const path = join(root, 'selftests/SOAK.md');
  const fresh = soakRows(record, new Map(record.topics.map(({ topic, log }) => [topic, read(log)])));
  writeFileSync(path, formatSoak(mergeSoak(parseSoak(read(path)), fresh)));
  return path;
}
