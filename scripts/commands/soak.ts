import { LENGTH_VARIABLE } from '../guest/session-protocol.ts';
import { chooseAccel } from '../host/accelerator.ts';
import { ACCEL_OPTION, wantedAccel } from '../host/accelerator-option.ts';
import { compilePrograms } from '../kernel/bpf.ts';
import { configsOf, exitCodeOf } from '../kernel/each-config.ts';
import { openStage } from '../lib/stage.ts';
import { ensureStageTools } from '../host/install.ts';
import { EXIT } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';
import { lastBuild } from '../kernel/last-build.ts';
import { LAST_BASE_OPTION } from '../kernel/source.ts';
import { soakTopics } from '../run/soak.ts';
import { NOT_PROBED } from '../run/pipeline.ts';
import { formatSelftest } from '../run/selftest.ts';
import { longTopics, selectTopics } from '../run/topics.ts';
import { add, verdictLine } from '../records/totals.ts';
import type { SelftestRecord } from '../records/selftest.ts';

export const command = defineCommand({
  name: 'soak',
  summary:
    'The long forms of the selftests, on the kernel that was built last: millions of records, thousands of rings.',
  usage: '[TOPIC ...] [--config NAME[,NAME]] [--accel auto|kvm|tcg] [--base NAME]',
  positional: true,
  options: {
    config: { type: 'list', value: 'NAME', summary: 'configurations that were built before (default: default)' },
    ...ACCEL_OPTION,
    ...LAST_BASE_OPTION,
  },
  async run(ctx) {
    const topics = selectTopics(longTopics(ctx.root), ctx.args);
    const wanted = wantedAccel(ctx.options.accel, 'npm run soak -- --help');
    const configs = configsOf(ctx.options.config);
    const stage = openStage(ctx, 'soak');
    await ensureStageTools('test', stage);
    const records: SelftestRecord[] = [];
    for (const config of configs) {
      const build = lastBuild(ctx.root, config, ctx.options.base);
      const accel = ctx.dryRun ? NOT_PROBED : await chooseAccel(ctx.signal, { wanted, kernel: build.bzImage });
      const programs = await compilePrograms(stage, build);
      if (ctx.dryRun) {
        const lines = formatSelftest(stage, { build, topics, accel });
        for (const line of lines) ctx.print(`${LENGTH_VARIABLE}=soak ${line}`);
        continue;
      }
      records.push(...(await soakTopics(stage, { build, progs: programs.dir, topics, accel })));
    }
    if (ctx.dryRun) return EXIT.pass;
    const sum = add(...records);
    if (ctx.json) ctx.print(JSON.stringify({ run: stage.run.dir, ...sum, selftests: records }));
    else ctx.print(verdictLine(sum));
    return exitCodeOf([], sum);
  },
});
