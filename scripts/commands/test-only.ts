import { chooseAccel } from '../../selftests/harness/probe.ts';
import { compilePrograms } from '../build/bpf.ts';
import type { StageContext } from '../build/stage.ts';
import { ensureTools } from '../host/install.ts';
import { EXIT } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';
import { cachePaths } from '../lib/paths.ts';
import { openRun } from '../lib/record.ts';
import { lastBuild } from '../selftest/last-build.ts';
import { writeReport } from '../report/write.ts';
import { HARNESS_TOPIC } from '../selftest/self-check.ts';
import { formatSelftest, selftest } from '../selftest/stage.ts';
import { listTopics, selectTopics } from '../selftest/topics.ts';
import { add, verdictLine } from '../selftest/totals.ts';
import type { SelftestRecord } from '../selftest/types.ts';

export const command = defineCommand({
  name: 'test:only',
  summary: 'Selftests on the kernel that was built last: nothing is applied or built but the BPF programs.',
  usage: '[TOPIC ...] [--config NAME[,NAME]]',
  positional: true,
  options: {
    config: { type: 'list', value: 'NAME', summary: 'configurations that were built before (default: default)' },
  },
  async run(ctx) {
    const topics = selectTopics([...listTopics(ctx.root), HARNESS_TOPIC], ctx.args);
    const configs = ctx.options.config.length === 0 ? ['default'] : ctx.options.config;
    const stage: StageContext = { root: ctx.root, log: ctx.log, signal: ctx.signal, run: openRun(ctx.root, 'test-only'), dryRun: ctx.dryRun };
    const accel = ctx.dryRun ? { accel: 'tcg' as const, reason: 'not probed' } : await chooseAccel();
    if (!ctx.dryRun) await ensureTools('test', { cache: cachePaths(), log: ctx.log, logFile: stage.run.log, signal: ctx.signal });
    const records: SelftestRecord[] = [];
    for (const config of configs) {
      const build = lastBuild(ctx.root, config);
      ctx.log({ kind: 'note', text: `reusing ${build.release} (tree ${build.source.tree.slice(0, 12)}) of ${build.buildDir}; guests run with ${accel.accel.toUpperCase()}: ${accel.reason}` });
      const programs = await compilePrograms(stage, build);
      if (ctx.dryRun) {
        for (const line of formatSelftest(stage, { build, topics, accel })) ctx.print(line);
        continue;
      }
      stage.run.write(`build.${config}`, { ...build, reused: true });
      records.push(await selftest(stage, { build, progs: programs.dir, topics, accel, length: 'short' }));
    }
    if (!ctx.dryRun) for (const file of writeReport(stage.run.dir, ctx.root).files) ctx.log({ kind: 'note', text: file });
    const sum = add(...records);
    if (ctx.json) ctx.print(JSON.stringify({ run: stage.run.dir, ...sum, selftests: records }));
    else if (!ctx.dryRun) ctx.print(verdictLine(sum));
    return ctx.dryRun || (sum.failed === 0 && sum.passed > 0) ? EXIT.pass : EXIT.test;
  },
});
