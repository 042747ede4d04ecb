import { applySeries } from '../apply/apply.ts';
import { dryRunApply } from '../apply/dry-run.ts';
import type { BaseContext } from '../base/context.ts';
import { resolveBase } from '../base/resolve.ts';
import { CONFIG_OPTIONS, configsOf, describeFailure, eachConfig, exitCodeOf, type EachConfig } from '../kernel/each-config.ts';
import { prepareKernel } from '../kernel/prepare.ts';
import { lastApply, sourceOf } from '../kernel/source.ts';
import { openStage, type StageContext } from '../lib/stage.ts';
import type { SourceTree } from '../records/build.ts';
import { ensureTools } from '../host/install.ts';
import { EXIT } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';
import { cachePaths } from '../lib/paths.ts';
import { latestRecord } from '../lib/record.ts';
import { writeReport } from '../report/write.ts';
import { BESIDE_NICE } from '../guest/host-share.ts';
import { formatSelftest, OWN_TOPICS, selftest } from '../run/selftest.ts';
import { listTopics, selectTopics } from '../run/topics.ts';
import { add, verdictLine } from '../records/totals.ts';
import type { SelftestRecord, TopicRecord } from '../records/selftest.ts';
import { typeStage, unitStage } from '../run/unit-stage.ts';
import { WORKBENCH_TOPIC, workbenchCheck } from '../run/host-tests.ts';
import { loadSeries } from '../series/load.ts';
import { BASE_OPTIONS } from './apply.ts';
import { chooseAccel, type Wanted } from '../host/accelerator.ts';
import { ACCEL_OPTION, wantedAccel } from '../host/accelerator-option.ts';

export const command = defineCommand({
  name: 'test',
  summary: 'Everything: tools, unit tests, apply, config, build, boot, all selftests; the last line is the verdict.',
  usage: '[TOPIC ...] [--config NAME[,NAME]] [--accel auto|kvm|tcg]',
  positional: true,
  options: {
    ...CONFIG_OPTIONS,
    ...BASE_OPTIONS,
    ...ACCEL_OPTION,
    'no-unit': { type: 'flag', summary: 'leave the unit tests and the type check out; they are left out anyway when topics are named' },
  },
  async run(ctx) {
    const topics = selectTopics([...listTopics(ctx.root), ...OWN_TOPICS], ctx.args);
    const configs = configsOf(ctx.options.config);
    const accel = wantedAccel(ctx.options.accel, 'npm run test -- --help');
    const series = loadSeries(ctx.root);
    const { base: name, tree, onto, 'any-version': anyVersion } = ctx.options;
    const choice = { base: name, tree, onto, anyVersion };
    const stage = openStage(ctx, 'test');
    if (ctx.dryRun) {
      ctx.print(dryRunApply(series, choice, cachePaths()));
      if (latestRecord(ctx.root, 'apply') === undefined) {
        ctx.print('# config, build and tests depend on the applied tree: npm run apply, then ask again');
        return EXIT.pass;
      }
      for (const config of configs) {
        const { build } = await prepareKernel(stage, sourceOf(lastApply(ctx.root)), config);
        for (const line of formatSelftest(stage, { build, topics, accel: { accel: 'tcg', reason: 'not probed' } })) ctx.print(line);
      }
      return EXIT.pass;
    }
    const withUnit = ctx.args.length === 0 && !ctx.options['no-unit'];
    stage.run.write('plan', { stage: 'plan', configs, suites: withUnit ? ['unit', 'types'] : [] });
    const context: BaseContext = { cache: cachePaths(), log: ctx.log, logFile: stage.run.log, signal: ctx.signal };
    await ensureTools('test', context);
    const baseTree = await resolveBase(series.data, choice, context);
    const applied = await applySeries(series, baseTree, context, {});
    stage.run.write('apply', applied);
    const reused = applied.reused === applied.commits.length ? ', all in place already' : '';
    ctx.log({ kind: 'done', text: `${applied.commits.length} patches on ${baseTree.origin} (Linux ${baseTree.kernel})${reused}`, ms: applied.durationMs });

    const suites = withUnit ? [unitStage(stage), typeStage(stage)] : [];
    // what goes wrong in them, which is more than a red test, is no configuration's failure, and is heard when those are done
    const [unitTests] = suites.map((suite) => suite.then(() => undefined, () => undefined));
    const workbench = startWorkbench(stage, topics, unitTests);
    const { done: records, failures } = await testConfigs(stage, sourceOf(applied), configs, topics, accel, { unitTests, workbench: workbench.record }).finally(workbench.stop);
    const unit = add(...await Promise.all(suites));
    for (const file of writeReport(stage.run.dir, ctx.root).files) ctx.log({ kind: 'note', text: file });
    const sum = add(unit, ...records, { passed: 0, failed: failures.length, skipped: 0 });
    if (ctx.json) ctx.print(JSON.stringify({ run: stage.run.dir, ...sum, unit, selftests: records, failures: failures.map(describeFailure) }));
    else ctx.print(verdictLine(sum));
    return exitCodeOf(failures, sum);
  },
});

/** What goes on beside the configurations. */
interface Beside {
  /** Over before a kernel is built; never rejected. */
  readonly unitTests: Promise<unknown> | undefined;
  readonly workbench: Promise<TopicRecord> | undefined;
}

/** The tests of the host need no kernel: beside its build they get the processor that the linker leaves idle. `stop` ends what nobody waits for any more. */
function startWorkbench(stage: StageContext, topics: readonly string[], unitTests: Promise<unknown> | undefined): { readonly record: Promise<TopicRecord> | undefined; readonly stop: () => Promise<void> } {
  if (!topics.includes(WORKBENCH_TOPIC)) return { record: undefined, stop: async () => undefined };
  const stopped = new AbortController();
  const signal = AbortSignal.any([stage.signal, stopped.signal]);
  const record = (async () => {
    await unitTests;
    return workbenchCheck({ root: stage.root, dir: stage.run.dir, log: stage.log, signal, nice: BESIDE_NICE });
  })();
  const over = record.then(() => undefined, () => undefined);
  return { record, stop: async () => {
    stopped.abort();
    await over;
  } };
}

async function testConfigs(stage: StageContext, source: SourceTree, configs: readonly string[], topics: readonly string[], wanted: Wanted, { unitTests, workbench }: Beside): Promise<EachConfig<SelftestRecord>> {
  let ownTested = false;
  const result = await eachConfig(configs, stage.log, async (config) => {
    const { build, programs } = await prepareKernel(stage, source, config, unitTests);
    const { compiled, reused, dir, ms } = programs;
    stage.log({ kind: 'done', text: `${compiled.length} BPF programs compiled, ${reused.length} unchanged`, ms });
    const accel = await chooseAccel(stage.signal, { wanted, kernel: build.bzImage });
    stage.log({ kind: 'note', text: `guests run with ${accel.accel.toUpperCase()}: ${accel.reason}` });
    const left = ownTested ? topics.filter((topic) => !OWN_TOPICS.includes(topic)) : topics;
    const record = await selftest(stage, { build, progs: dir, topics: left, accel, length: 'short', ...(workbench === undefined ? {} : { workbench }) });
    ownTested = true;
    return record;
  });
  for (const failure of result.failures) stage.run.write(`failure.${failure.config}`, describeFailure(failure));
  return result;
}
