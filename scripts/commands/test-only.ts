import { chooseAccel, type AccelChoice } from '../host/accelerator.ts';
import { ACCEL_OPTION, wantedAccel } from '../host/accelerator-option.ts';
import { compilePrograms } from '../kernel/bpf.ts';
import { configsOf, describeFailure, eachConfig, exitCodeOf } from '../kernel/each-config.ts';
import { openStage } from '../lib/stage.ts';
import { ensureStageTools } from '../host/install.ts';
import { EXIT } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';
import { lastBuild } from '../kernel/last-build.ts';
import { writeReport } from '../report/write.ts';
import { formatSelftest, OWN_TOPICS, selftest } from '../run/selftest.ts';
import { listTopics, selectTopics } from '../run/topics.ts';
import { add, verdictLine } from '../records/totals.ts';
import type { SelftestRecord } from '../records/selftest.ts';

export const command = defineCommand({
  name: 'test:only',
  summary: 'Selftests on the kernel that was built last: nothing is applied or built but the BPF programs.',
  usage: '[TOPIC ...] [--config NAME[,NAME]] [--accel auto|kvm|tcg]',
  positional: true,
  options: {
    config: { type: 'list', value: 'NAME', summary: 'configurations that were built before (default: default)' },
    ...ACCEL_OPTION,
  },
  async run(ctx) {
    const topics = selectTopics([...listTopics(ctx.root), ...OWN_TOPICS], ctx.args);
    const wanted = wantedAccel(ctx.options.accel, 'npm run test:only -- --help');
    const configs = configsOf(ctx.options.config);
    const stage = openStage(ctx, 'test-only');
    if (!ctx.dryRun) stage.run.write('plan', { stage: 'plan', configs, suites: [] });
    await ensureStageTools('test', stage);
    const { done, failures } = await eachConfig(configs, ctx.log, async (config): Promise<SelftestRecord | null> => {
      const build = lastBuild(ctx.root, config);
      const accel: AccelChoice = ctx.dryRun ? { accel: 'tcg', reason: 'not probed' } : await chooseAccel(ctx.signal, { wanted, kernel: build.bzImage });
      ctx.log({ kind: 'note', text: `reusing ${build.release} (tree ${build.source.tree.slice(0, 12)}) of ${build.buildDir}; guests run with ${accel.accel.toUpperCase()}: ${accel.reason}` });
      const programs = await compilePrograms(stage, build);
      if (ctx.dryRun) {
        for (const line of formatSelftest(stage, { build, topics, accel })) ctx.print(line);
        return null;
      }
      stage.run.write(`build.${config}`, { ...build, reused: true });
      return selftest(stage, { build, progs: programs.dir, topics, accel, length: 'short' });
    });
    if (ctx.dryRun) return failures[0]?.error.exitCode ?? EXIT.pass;
    const records = done.filter((record) => record !== null);
    for (const failure of failures) stage.run.write(`failure.${failure.config}`, describeFailure(failure));
    for (const file of writeReport(stage.run.dir, ctx.root).files) ctx.log({ kind: 'note', text: file });
    const sum = add(...records, { passed: 0, failed: failures.length, skipped: 0 });
    if (ctx.json) ctx.print(JSON.stringify({ run: stage.run.dir, ...sum, selftests: records, failures: failures.map(describeFailure) }));
    else ctx.print(verdictLine(sum));
    return exitCodeOf(failures, sum);
  },
});
