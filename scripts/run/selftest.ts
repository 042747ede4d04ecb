/** One configuration's selftests: from a built kernel to a record. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { vngArgv } from '../guest/boot-plan.ts';
import { budgets } from '../guest/budgets.ts';
import type { AccelChoice } from '../host/accelerator.ts';
import type { BuildRecord } from '../records/build.ts';
import type { StageContext } from '../lib/stage.ts';
import { targetOf } from '../lib/architecture.ts';
import { formatArgv } from '../lib/exec.ts';
import { formatTest } from './tests-command.ts';
import { findTests } from './test-files.ts';
import { isDebugKernel, readDotconfig } from '../kernel/facts.ts';
import { BESIDE_NICE, guestsAtOnce, machineSpec } from '../guest/host-share.ts';
import { machinesFor } from '../guest/machines.ts';
import { machineJobs, merge, type Ran, type RunTopics } from './run-topics.ts';
import { HARNESS_TOPIC, selfCheck } from './self-check.ts';
import { together } from '../lib/together.ts';
import { totals } from '../records/totals.ts';
import type { SelftestRecord, TopicRecord } from '../records/selftest.ts';
import { WORKBENCH_TOPIC } from './suites.ts';

/** Topics that test the workbench, and not the kernel: once is enough, whatever the kernel. */
export const OWN_TOPICS: readonly string[] = [HARNESS_TOPIC, WORKBENCH_TOPIC];

export interface SelftestOptions {
  readonly build: BuildRecord;
  readonly progs: string;
  readonly topics: readonly string[];
  readonly accel: AccelChoice;
  readonly length: 'short' | 'soak';
  /** WORKBENCH_TOPIC, which was begun earlier, where it is one of the topics. */
  readonly workbench?: Promise<TopicRecord>;
}

/**
 * Runs everything side by side. The guest with most of the topics takes one processor for as long as all of it lasts;
 * the rest is content with the other one and with what is left, as long as it gives way.
 */
export async function selftest(ctx: StageContext, options: SelftestOptions): Promise<SelftestRecord> {
  const started = performance.now();
  const { build, accel, progs, length, workbench } = options;
  const kconfig = readDotconfig(build.dotconfig);
  const topics = options.topics.filter((topic) => !OWN_TOPICS.includes(topic));
  const dir = join(ctx.run.dir, build.config);
  const { root, log, signal } = ctx;
  const common: RunTopics = { root, build, progs, topics, accel, length, dir, log, signal };
  const beside = topics.length > 0 ? { ...common, nice: BESIDE_NICE } : common;
  log({ kind: 'stage', stage: 'selftest', text: `${build.config}: ${options.topics.join(', ')}` });
  const guests = [
    ...machineJobs(common),
    ...(options.topics.includes(HARNESS_TOPIC) ? [() => own(selfCheck(beside))] : []),
  ];
  const ran = await together<readonly Ran[]>([
    () => together(guests, guestsAtOnce(kconfig)),
    async () => (workbench === undefined ? [] : [await own(workbench)]),
  ]);
  const { accel: fallback, ...all } = merge([...topics, ...OWN_TOPICS], ran.flat());
  const used = fallback ?? accel;
  const record: SelftestRecord = {
    stage: 'selftest',
    config: build.config,
    release: build.release,
    tree: build.source.tree,
    accel: used.accel,
    accelReason: used.reason,
    slowness: budgets(used.accel, isDebugKernel(kconfig)).slowness,
    ...all,
    ...totals(all.topics),
    ms: Math.round(performance.now() - started),
  };
  ctx.run.write(`selftest.${build.config}`, record);
  return record;
}

/** A topic of the workbench's own: its guests die on purpose, and are no part of the record. */
async function own(topic: Promise<TopicRecord>): Promise<Ran> {
  return { topics: [await topic], boots: [] };
}

/** What would be run, as far as it is known before anything is built. */
export function formatSelftest(
  ctx: StageContext,
  { build, topics, accel }: Pick<SelftestOptions, 'build' | 'topics' | 'accel'>,
): string[] {
  // a kernel that was never configured will be what its fragment asks for
  const fragment = join(ctx.root, 'kconfig', `${targetOf(build.config).fragment}.config`);
  const kconfig = readDotconfig(existsSync(build.dotconfig) ? build.dotconfig : fragment);
  const files = {
    dir: '$TMP',
    agentSocket: '$TMP/agent',
    monitorSocket: '$TMP/qmp',
    startScript: '$TMP/start.sh',
    earlyScript: '$TMP/early.sh',
    fstab: '$TMP/fstab',
    vngOutput: '$TMP/vng',
    console: join(ctx.run.dir, build.config, 'console-1.log'),
  };
  const boots = machinesFor(
    topics.filter((topic) => !OWN_TOPICS.includes(topic)),
    accel.accel,
  ).map(({ inTurn }) => formatArgv(vngArgv(machineSpec(build, kconfig, accel.accel, inTurn), files)));
  const drivers = topics.flatMap((topic) => {
    if (topic === HARNESS_TOPIC) return [];
    if (topic === WORKBENCH_TOPIC) return findTests(ctx.root, [], 'host').map(formatTest);
    return [formatTest(`selftests/${topic}.test.ts`)];
  });
  return [...boots, ...drivers];
}
