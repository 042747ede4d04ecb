import { join } from 'node:path';
import { chooseAccel } from '../../selftests/harness/probe.ts';
import { writeSoak } from '../../selftests/soak/write.ts';
import { compilePrograms } from '../build/bpf.ts';
import { openStage } from '../build/stage.ts';
import { ensureStageTools } from '../host/install.ts';
import { EXIT } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';
import { prefixedRun } from '../lib/record.ts';
import { lastBuild } from '../selftest/last-build.ts';
import { longTopics } from '../selftest/long-topics.ts';
import { formatSelftest, selftest } from '../selftest/stage.ts';
import { listTopics, selectTopics } from '../selftest/topics.ts';
import { add, verdictLine } from '../selftest/totals.ts';
import type { SelftestRecord } from '../selftest/types.ts';

/** Read by the topics: selftests/lib/native.ts. */
const LENGTH_VARIABLE = 'DTRACE_SELFTESTS_LENGTH';

export const command = defineCommand({
  name: 'soak',
  summary: 'The long forms of the selftests, on the kernel that was built last: millions of records, thousands of rings.',
  usage: '[TOPIC ...] [--config NAME[,NAME]]',
  positional: true,
  options: {
    config: { type: 'list', value: 'NAME', summary: 'configurations that were built before (default: default)' },
  },
  async run(ctx) {
    const topics = selectTopics(longTopics(ctx.root, listTopics(ctx.root)), ctx.args);
    const configs = ctx.options.config.length === 0 ? ['default'] : ctx.options.config;
    const stage = openStage(ctx, 'soak');
    const accel = ctx.dryRun ? { accel: 'tcg' as const, reason: 'not probed' } : await chooseAccel(ctx.signal);
    await ensureStageTools('test', stage);
    const records: SelftestRecord[] = [];
    for (const config of configs) {
      const build = lastBuild(ctx.root, config);
      const programs = await compilePrograms(stage, build);
      if (ctx.dryRun) {
        for (const line of formatSelftest(stage, { build, topics, accel })) ctx.print(`${LENGTH_VARIABLE}=soak ${line}`);
        continue;
      }
      process.env[LENGTH_VARIABLE] = 'soak';
      // a topic takes minutes: what it found is written before the next one begins
      for (const topic of topics) {
        const run = { ...prefixedRun(stage.run, topic), dir: join(stage.run.dir, topic) };
        const record = await selftest({ ...stage, run }, { build, progs: programs.dir, topics: [topic], accel, length: 'soak' });
        records.push(record);
        ctx.log({ kind: 'note', text: writeSoak(ctx.root, [record]) });
      }
    }
    if (ctx.dryRun) return EXIT.pass;
    const sum = add(...records);
    if (ctx.json) ctx.print(JSON.stringify({ run: stage.run.dir, ...sum, selftests: records }));
    else ctx.print(verdictLine(sum));
    return sum.failed === 0 && sum.passed > 0 ? EXIT.pass : EXIT.test;
  },
});
