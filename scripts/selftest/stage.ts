/** One configuration's selftests: from a built kernel to a record. */
import { join } from 'node:path';
import { vngArgv } from '../../selftests/harness/boot-plan.ts';
import type { AccelChoice } from '../../selftests/harness/probe.ts';
import type { BuildRecord } from '../build/types.ts';
import type { StageContext } from '../build/stage.ts';
import { formatArgv } from '../lib/exec.ts';
import { runTopicsBeside } from './run-topics.ts';
import { HARNESS_TOPIC, selfCheck } from './self-check.ts';
import { add, totals } from './totals.ts';
import type { SelftestRecord, TopicRecord } from './types.ts';

export interface SelftestOptions {
  readonly build: BuildRecord;
  readonly progs: string;
  /** HARNESS_TOPIC among them runs the harness's own tests, in guests of their own. */
  readonly topics: readonly string[];
  readonly accel: AccelChoice;
  readonly length: 'short' | 'soak';
}

export async function selftest(ctx: StageContext, options: SelftestOptions): Promise<SelftestRecord> {
  const started = performance.now();
  const { build, accel } = options;
  const dir = join(ctx.run.dir, build.config);
  const topics = options.topics.filter((topic) => topic !== HARNESS_TOPIC);
  const common = { root: ctx.root, build, progs: options.progs, accel, length: options.length, dir, log: ctx.log, signal: ctx.signal };
  ctx.log({ kind: 'stage', stage: 'selftest', text: `${build.config}: ${options.topics.join(', ')}` });
  const check = async (): Promise<TopicRecord | null> => (options.topics.includes(HARNESS_TOPIC) ? selfCheck(common) : null);
  const [ran, harness] = topics.length > 0 ? await runTopicsBeside({ ...common, topics }, check) : [null, await check()];
  const all = [...(ran?.topics ?? []), ...(harness === null ? [] : [harness])];
  const record: SelftestRecord = {
    stage: 'selftest', config: build.config, release: build.release, tree: build.source.tree, accel: accel.accel, accelReason: accel.reason,
    slowness: ran?.slowness ?? 1, topics: all, boots: ran?.boots ?? [], ...add(totals(all)), ms: Math.round(performance.now() - started),
  };
  ctx.run.write(`selftest.${build.config}`, record);
  return record;
}

/** What would be run, as far as it is known before anything is built. */
export function formatSelftest(ctx: StageContext, options: Pick<SelftestOptions, 'build' | 'topics' | 'accel'>): string[] {
  const files = { dir: '$TMP', agentSocket: '$TMP/agent', monitorSocket: '$TMP/qmp', startScript: '$TMP/start.sh', earlyScript: '$TMP/early.sh', fstab: '$TMP/fstab', console: join(ctx.run.dir, options.build.config, 'console-1.log'), vngOutput: '$TMP/vng' };
  const boot = vngArgv({ bzImage: options.build.bzImage, accel: options.accel.accel, cpus: 2, memoryMb: 2048 }, files);
  const drivers = options.topics.filter((topic) => topic !== HARNESS_TOPIC).map((topic) => formatArgv(['node', '--import', 'tsx', `selftests/${topic}.test.ts`]));
  return [formatArgv(boot), ...drivers];
}
