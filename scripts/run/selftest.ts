/** One configuration's selftests: from a built kernel to a record. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { vngArgv } from '../guest/boot-plan.ts';
import { budgets } from '../guest/budgets.ts';
import type { AccelChoice } from '../host/accelerator.ts';
import type { BuildRecord } from '../records/build.ts';
import type { StageContext } from '../lib/stage.ts';
import { formatArgv } from '../lib/exec.ts';
import { formatTest } from './tests-command.ts';
import { findTests } from './test-files.ts';
import { isDebugKernel, readDotconfig } from '../kernel/facts.ts';
import { BESIDE_NICE, guestsAtOnce, machineSpec } from '../guest/host-share.ts';
import { machinesFor } from '../guest/machines.ts';
import { machineJobs, merge, type Ran, type RunTopics } from './run-topics.ts';
import { HARNESS_TOPIC, selfCheck } from './self-check.ts';
import { together } from '../lib/together.ts';
import { add, totals } from '../records/totals.ts';
import type { SelftestRecord, TopicRecord } from '../records/selftest.ts';
import { WORKBENCH_TOPIC, workbenchCheck } from './host-tests.ts';

/** Topics that test the workbench, and not the kernel: once is enough, whatever the kernel. */
export const OWN_TOPICS: readonly string[] = [HARNESS_TOPIC, WORKBENCH_TOPIC];

export interface SelftestOptions {
  readonly build: BuildRecord;
  readonly progs: string;
  /** OWN_TOPICS among them run beside the others. */
  readonly topics: readonly string[];
  readonly accel: AccelChoice;
  readonly length: 'short' | 'soak';
  /** WORKBENCH_TOPIC where it was started earlier. */
  readonly workbench?: Promise<TopicRecord>;
}

/**
 * Runs everything side by side. The guest with most of the topics takes one processor for as long as all of it lasts; the rest is
 * content with the other one and with what is left, as long as it gives way.
 */
export async function selftest(ctx: StageContext, options: SelftestOptions): Promise<SelftestRecord> {
  const started = performance.now();
  const { build, accel } = options;
  const kconfig = readDotconfig(build.dotconfig);
  const topics = options.topics.filter((topic) => !OWN_TOPICS.includes(topic));
  const common: RunTopics = { root: ctx.root, build, progs: options.progs, topics, accel, length: options.length, dir: join(ctx.run.dir, build.config), log: ctx.log, signal: ctx.signal };
  const beside = topics.length > 0 ? { ...common, nice: BESIDE_NICE } : common;
  ctx.log({ kind: 'stage', stage: 'selftest', text: `${build.config}: ${options.topics.join(', ')}` });
  const guests = [...machineJobs(common), ...(options.topics.includes(HARNESS_TOPIC) ? [own(() => selfCheck(beside))] : [])];
  const [ran, besides] = await together<readonly Ran[]>([
    () => together(guests, guestsAtOnce(kconfig)),
    () => together(options.topics.includes(WORKBENCH_TOPIC) ? [own(() => options.workbench ?? workbenchCheck(beside))] : []),
  ]);
  const { accel: fallback, ...all } = merge([...topics, ...OWN_TOPICS], [...(ran ?? []), ...(besides ?? [])]);
  const used = fallback ?? accel;
  const record: SelftestRecord = {
    stage: 'selftest', config: build.config, release: build.release, tree: build.source.tree, accel: used.accel, accelReason: used.reason,
    slowness: budgets(used.accel, isDebugKernel(kconfig)).slowness, ...all, ...add(totals(all.topics)), ms: Math.round(performance.now() - started),
  };
  ctx.run.write(`selftest.${build.config}`, record);
  return record;
}

/** A topic of the workbench's own: its guests die on purpose, and are no part of the record. */
function own(check: () => Promise<TopicRecord>): () => Promise<Ran> {
  return async () => ({ topics: [await check()], boots: [] });
}

/** What would be run, as far as it is known before anything is built. */
export function formatSelftest(ctx: StageContext, options: Pick<SelftestOptions, 'build' | 'topics' | 'accel'>): string[] {
  const { build, accel } = options;
  // a kernel that was never configured will be what its fragment asks for
  const kconfig = readDotconfig(existsSync(build.dotconfig) ? build.dotconfig : join(ctx.root, 'kconfig', `${build.config}.config`));
  const files = { dir: '$TMP', agentSocket: '$TMP/agent', monitorSocket: '$TMP/qmp', startScript: '$TMP/start.sh', earlyScript: '$TMP/early.sh', fstab: '$TMP/fstab', console: join(ctx.run.dir, build.config, 'console-1.log'), vngOutput: '$TMP/vng' };
  const boots = machinesFor(options.topics.filter((topic) => !OWN_TOPICS.includes(topic)), accel.accel)
    .map(({ inTurn }) => formatArgv(vngArgv(machineSpec(build.bzImage, kconfig, accel.accel, inTurn), files)));
  const drivers = options.topics.flatMap((topic) => {
    if (topic === HARNESS_TOPIC) return [];
    if (topic === WORKBENCH_TOPIC) return findTests(ctx.root, [], 'host').map(formatTest);
    return [formatTest(`selftests/${topic}.test.ts`)];
  });
  return [...boots, ...drivers];
}
