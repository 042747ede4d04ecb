import { dryRunApply } from '../apply/dry-run.ts';
import { CONFIG_OPTIONS, configsOf } from '../kernel/each-config.ts';
import { baseNameOf } from '../base/resolve.ts';
import { lastApply, sourceOf } from '../kernel/source.ts';
import { EXIT } from '../lib/errors.ts';
import { ARCH_OPTION, architectureNamed } from '../lib/architecture.ts';
import { defineCommand } from '../lib/options.ts';
import { cachePaths } from '../lib/paths.ts';
import { latestRecord } from '../lib/record.ts';
import { openStage } from '../lib/stage.ts';
import { prepareKernel, printTests, testSeries } from '../run/pipeline.ts';
import { OWN_TOPICS } from '../run/selftest.ts';
import { listTopics, selectTopics } from '../run/topics.ts';
import { loadSeries, seriesFor } from '../series/load.ts';
import { BASE_OPTIONS } from './apply.ts';
import { ACCEL_OPTION, wantedAccel } from '../host/accelerator-option.ts';

export const command = defineCommand({
  name: 'test',
  summary: 'Everything: tools, unit tests, apply, config, build, boot, all selftests; the last line is the verdict.',
  usage: '[TOPIC ...] [--config NAME[,NAME]] [--arch x86_64|arm64] [--accel auto|kvm|tcg] [--base NAME | --tree PATH]',
  positional: true,
  options: {
    ...CONFIG_OPTIONS,
    ...ARCH_OPTION,
    ...BASE_OPTIONS,
    ...ACCEL_OPTION,
    'no-unit': {
      type: 'flag',
      summary: 'leave the unit tests and the type check out; they are left out anyway when topics are named',
    },
  },
  async run(ctx) {
    const arch = architectureNamed(ctx.options.arch, 'npm run test -- --help');
    const topics = selectTopics([...listTopics(ctx.root), ...OWN_TOPICS], ctx.args);
    const asked = { topics, configs: configsOf(ctx.options.config, arch) };
    const wanted = wantedAccel(ctx.options.accel, 'npm run test -- --help');
    const series = loadSeries(ctx.root);
    const { base, tree, onto, 'any-version': anyVersion, 'no-unit': noUnit } = ctx.options;
    const choice = { base, tree, onto, anyVersion };
    const stage = openStage(ctx, 'test');
    if (!ctx.dryRun) {
      const suites = ctx.args.length === 0 && !noUnit;
      return testSeries(ctx, stage, { ...asked, wanted, suites }, series, choice);
    }

    const context = { cache: cachePaths(), log: ctx.log, logFile: stage.run.log, signal: ctx.signal };
    const chosen = seriesFor(series, await baseNameOf(series.data, choice, context));
    ctx.print(dryRunApply(chosen, choice, context.cache));
    if (latestRecord(ctx.root, 'apply') === undefined) {
      ctx.print('# config, build and tests depend on the applied tree: npm run apply, then ask again');
      return EXIT.pass;
    }
    const source = sourceOf(lastApply(ctx.root, ctx.options.base));
    return printTests(ctx, stage, asked, (config) => prepareKernel(stage, source, config));
  },
});
