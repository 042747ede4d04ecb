import { CONFIG_OPTIONS, configsOf, describeFailure, eachConfig } from '../build/each-config.ts';
import { prepareKernel } from '../build/prepare.ts';
import { lastApply, sourceOf } from '../build/source.ts';
import { openStage } from '../build/stage.ts';
import { ensureStageTools } from '../host/install.ts';
import { EXIT } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';

export const command = defineCommand({
  name: 'build',
  summary: 'Build the applied tree: kernel, libbpf, tools and the BPF programs of the selftests; new warnings are errors.',
  usage: '[--config NAME[,NAME]]',
  options: CONFIG_OPTIONS,
  async run(ctx) {
    const source = sourceOf(lastApply(ctx.root));
    const stage = openStage(ctx, 'build');
    await ensureStageTools('build', stage);
    const { failures } = await eachConfig(configsOf(ctx.options.config), ctx.log, async (name) => {
      const { build, programs } = await prepareKernel(stage, source, name);
      if (ctx.dryRun) return;
      const how = build.reused ? 'unchanged' : `${build.steps} steps`;
      const objects = programs.compiled.length + programs.reused.length;
      ctx.print(ctx.json
        ? JSON.stringify({ build, programs })
        : `${name}: Linux ${build.release}, ${how}, ${build.warnings.length} warnings (0 new), ${objects} BPF objects\n${build.bzImage}`);
    });
    if (ctx.json) for (const failure of failures) ctx.print(JSON.stringify({ error: describeFailure(failure) }));
    return failures[0]?.error.exitCode ?? EXIT.pass;
  },
});
