/**
 * The order of the stages of `npm test`. What stands further right goes on at the same time as what stands at the left
 * of it.
 *
 *     tools
 *     apply
 *     for each configuration:
 *         configure           unit tests     type check
 *         build                  |             |          tests of the host, when the unit tests are over
 *         BPF programs           |             |            |
 *         guests and topics      |             |            |
 *     report
 *
 * The unit tests are over before a kernel is built, since either takes all processors. `build`, `test:only` and `soak`
 * are parts of it.
 */
import { applySeries } from '../apply/apply.ts';
import type { BaseContext } from '../base/context.ts';
import { resolveBase, type BaseChoice } from '../base/resolve.ts';
import { BESIDE_NICE } from '../guest/host-share.ts';
import { archRoot } from '../host/arch-root.ts';
import { chooseAccel, type AccelChoice, type Wanted } from '../host/accelerator.ts';
import { ensureTools } from '../host/install.ts';
import { collectEnvironment } from '../host/machine.ts';
import { compilePrograms, type BpfObjects } from '../kernel/bpf.ts';
import { build } from '../kernel/build.ts';
import { configure } from '../kernel/configure.ts';
import { describeFailure, eachConfig, exitCodeOf, type EachConfig } from '../kernel/each-config.ts';
import { sourceNow, sourceOf, withTree } from '../kernel/source.ts';
import { architectureOf } from '../lib/architecture.ts';
import { EXIT } from '../lib/errors.ts';
import type { Context } from '../lib/options.ts';
import { cachePaths } from '../lib/paths.ts';
import { inPart, type StageContext } from '../lib/stage.ts';
import type { BuildRecord, ConfigRecord, SourceTree } from '../records/build.ts';
import type { EnvironmentRecord, PlanRecord } from '../records/run.ts';
import type { SelftestRecord, SuiteRecord, TopicRecord, Totals } from '../records/selftest.ts';
import { add, totals, verdictLine } from '../records/totals.ts';
import { redLines, redOfRun } from '../report/red.ts';
import { writeReport } from '../report/write.ts';
import type { Series } from '../series/load.ts';
import { expectations } from './expectations.ts';
import { formatSelftest, OWN_TOPICS, selftest, type SelftestOptions } from './selftest.ts';
import { findTests } from './test-files.ts';
import { hostStage, typeStage, unitStage, WORKBENCH_TOPIC } from './suites.ts';

/** What topics need of a configuration. */
export interface Kernel {
  readonly build: BuildRecord;
  readonly programs: BpfObjects;
}

/** The same with what its guests run with. */
export interface Bootable extends Kernel {
  readonly accel: AccelChoice;
}

export interface Asked {
  readonly configs: readonly string[];
  readonly topics: readonly string[];
}

/** What a dry run says of the guests. */
export const NOT_PROBED: AccelChoice = { accel: 'tcg', reason: 'not probed' };

export interface AskedOfSeries extends Asked {
  readonly wanted: Wanted;
  /** Whether the unit tests and the type check are part of it. */
  readonly suites: boolean;
}

/** Resolves to the exit code. */
export async function testSeries(
  ctx: Pick<Context, 'json' | 'print'>,
  stage: StageContext,
  asked: AskedOfSeries,
  series: Series,
  choice: BaseChoice,
): Promise<number> {
  const { suites, wanted } = asked;
  writePlan(stage, asked, suites ? ['unit', 'types'] : []);
  const source = await applyStage(stage, asked, series, choice);

  const failed = (suite: SuiteRecord): boolean => suite.failed > 0;
  const expected = expectations(stage.root);
  const running = suites
    ? [
        inPart(stage, 'unit tests', unitStage, {
          expectedMs: expected.suite('unit', findTests(stage.root, []).length),
          failed,
        }),
        inPart(stage, 'type check', typeStage, { expectedMs: expected.suite('types', 1), failed }),
      ]
    : [];
  // what goes wrong in them, which is more than a red test, is no configuration's failure, and is heard after those
  const [unitTests] = running.map((suite) =>
    suite.then(
      () => undefined,
      () => undefined,
    ),
  );
  const kernelOf = async (config: string): Promise<Bootable> => {
    const kernel = await prepareKernel(stage, source, config, unitTests);
    const { compiled, reused, ms } = kernel.programs;
    stage.log({ kind: 'done', text: `${compiled.length} BPF programs compiled, ${reused.length} unchanged`, ms });
    const accel = await accelFor(stage.signal, wanted, kernel.build);
    stage.log({ kind: 'note', text: `guests run with ${formatAccel(accel)}` });
    return { ...kernel, accel };
  };
  const result = await testConfigs(stage, asked, kernelOf, unitTests);
  return conclude(ctx, stage, result, add(...(await Promise.all(running))));
}

/** @throws E_HOST_KVM */
export function accelFor(signal: AbortSignal, wanted: Wanted, { bzImage, config }: BuildRecord): Promise<AccelChoice> {
  return chooseAccel(signal, { wanted, kernel: bzImage, foreign: architectureOf(config).foreign });
}

/** What is missing at the run's end did not happen. */
export function writePlan(stage: StageContext, { configs }: Asked, suites: PlanRecord['suites']): void {
  const plan: PlanRecord = { stage: 'plan', configs, suites };
  stage.run.write('plan', plan);
}

async function applyStage(
  stage: StageContext,
  { configs }: Asked,
  series: Series,
  choice: BaseChoice,
): Promise<SourceTree> {
  const context: BaseContext = { cache: cachePaths(), log: stage.log, logFile: stage.run.log, signal: stage.signal };
  for (const config of configs) await ensureTools(architectureOf(config).foreign ?? 'test', context);
  return inPart(
    stage,
    'apply',
    async ({ log }) => {
      const base = await resolveBase(series.data, choice, { ...context, log });
      const applied = await applySeries(series, base, { ...context, log });
      stage.run.write('apply', applied);
      const reused = applied.reused === applied.commits.length ? ', all in place already' : '';
      const text = `${applied.commits.length} patches on ${base.origin} (Linux ${base.kernel})${reused}`;
      log({ kind: 'done', text, ms: applied.durationMs });
      return sourceOf(applied);
    },
    { expectedMs: expectations(stage.root).apply() },
  );
}

/** From a tree to a kernel that can boot, in their order; a test has its own, and so has a part of the series. */
export const STAGES = { collectEnvironment, sourceNow, archRoot, configure, build, compilePrograms } as const;
export type PrepareStages = typeof STAGES;

export interface Prepared extends Kernel {
  readonly config: ConfigRecord;
}

/** @param beside goes on while the kernel is configured, which takes one processor, and is over before it is built */
export async function prepareKernel(
  ctx: StageContext,
  source: SourceTree,
  configName: string,
  beside?: Promise<unknown>,
  stages: PrepareStages = STAGES,
): Promise<Prepared> {
  if (!ctx.dryRun) {
    const environment: EnvironmentRecord = { stage: 'environment', facts: await stages.collectEnvironment() };
    ctx.run.write('environment', environment);
  }
  return withTree(ctx, source, `building ${configName}`, async () => {
    const now = await stages.sourceNow(ctx, source);
    const expected = expectations(ctx.root);
    const config = await inPart(ctx, `config ${configName}`, (part) => stages.configure(part, now, configName), {
      expectedMs: expected.config(configName),
    });
    await beside;
    const root = await stages.archRoot(ctx, architectureOf(configName));
    const record = await inPart(ctx, `build ${configName}`, (part) => stages.build(part, config, root), {
      expectedMs: expected.build(configName),
    });
    return { config, build: record, programs: await stages.compilePrograms(ctx, record) };
  });
}

/**
 * One kernel after the other; what tests the workbench itself is tested with the first of them. The tests of the host
 * need no kernel: during its build they get the processor that the linker leaves idle.
 * @param before what the tests of the host wait for
 * @param test a test of this has its own
 */
export async function testConfigs(
  stage: StageContext,
  { configs, topics }: Asked,
  kernelOf: (config: string) => Promise<Bootable>,
  before?: Promise<unknown>,
  test = selftest,
): Promise<EachConfig<SelftestRecord>> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stage.signal, stop.signal]);
  const host = { ...stage, dir: stage.run.dir, signal, nice: BESIDE_NICE };
  const expected = expectations(stage.root);
  const runHost = (): Promise<TopicRecord> =>
    inPart(host, 'tests of the host', hostStage, {
      expectedMs: expected.topic(configs[0] ?? '', WORKBENCH_TOPIC),
      failed: (topic) => totals([topic]).failed > 0,
    });
  let workbench = topics.includes(WORKBENCH_TOPIC) ? Promise.resolve(before).then(runHost) : undefined;
  const hostTests = workbench?.then(
    () => undefined,
    () => undefined,
  );
  let wanted = topics;
  const testOne = async (config: string): Promise<SelftestRecord> => {
    const { build, programs, accel } = await kernelOf(config);
    const options: SelftestOptions = {
      build,
      progs: programs.dir,
      topics: wanted,
      accel,
      length: 'short',
      ...(workbench === undefined ? {} : { workbench }),
    };
    const record = await inPart(stage, `topics ${config}`, (part) => test(part, options), {
      expectedMs: expected.selftest(config, wanted),
      failed: (tested) => tested.failed > 0,
    });
    wanted = topics.filter((topic) => !OWN_TOPICS.includes(topic));
    workbench = undefined;
    return record;
  };
  try {
    const result = await eachConfig(configs, stage.log, testOne);
    for (const failure of result.failures) stage.run.write(`failure.${failure.config}`, describeFailure(failure));
    return result;
  } finally {
    // they may be what nothing waits for any more
    stop.abort();
    await hostTests;
  }
}

export function formatAccel({ accel, reason }: AccelChoice): string {
  return `${accel.toUpperCase()}: ${reason}`;
}

/** The same of a dry run: what would be booted and run. Resolves to the exit code. */
export async function printTests(
  ctx: Pick<Context, 'print'>,
  stage: StageContext,
  { configs, topics }: Asked,
  kernelOf: (config: string) => Promise<Kernel>,
): Promise<number> {
  const { failures } = await eachConfig(configs, stage.log, async (config) => {
    const { build } = await kernelOf(config);
    for (const line of formatSelftest(stage, { build, topics, accel: NOT_PROBED })) ctx.print(line);
  });
  return failures[0]?.error.exitCode ?? EXIT.pass;
}

/** The report, and the last line; returns the exit code. @param unit of the suites, where they are part of the run */
export function conclude(
  ctx: Pick<Context, 'json' | 'print'>,
  stage: StageContext,
  { done, failures }: EachConfig<SelftestRecord>,
  unit?: Totals,
): number {
  const { files, report } = writeReport(stage.run.dir, stage.root);
  for (const file of files) stage.log({ kind: 'note', text: file });
  for (const line of redLines(redOfRun(report))) stage.log({ kind: 'note', text: line });
  const sum = add(...(unit === undefined ? [] : [unit]), ...done, { passed: 0, failed: failures.length, skipped: 0 });
  const record = { run: stage.run.dir, ...sum, unit, selftests: done, failures: failures.map(describeFailure) };
  ctx.print(ctx.json ? JSON.stringify(record) : verdictLine(sum));
  return exitCodeOf(failures, sum);
}
