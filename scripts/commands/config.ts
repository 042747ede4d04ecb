import { CONFIG_OPTIONS, configsOf, describeFailure, eachConfig } from '../build/each-config.ts';
import { lastApply, sourceOf, withTree } from '../build/source.ts';
import { openStage } from '../build/stage.ts';
import { configure } from '../kconfig/configure.ts';
import { ensureStageTools } from '../host/install.ts';
import { EXIT } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';

export const command = defineCommand({
  name: 'config',
  summary: 'Configure the applied tree from the fragments of kconfig/ and prove that every requested symbol survived.',
  usage: '[--config NAME[,NAME]]',
  options: CONFIG_OPTIONS,
  async run(ctx) {
    const source = sourceOf(lastApply(ctx.root));
    const stage = openStage(ctx, 'config');
    await ensureStageTools('build', stage);
    const { failures } = await eachConfig(configsOf(ctx.options.config), ctx.log, async (name) => {
      const record = await withTree(stage, source, `configuring ${name}`, () => configure(stage, source, name));
      if (ctx.dryRun) return;
      ctx.print(ctx.json ? JSON.stringify(record) : `${name}: ${record.requests} requested symbols verified in ${record.dotconfig}`);
    });
    if (ctx.json) for (const failure of failures) ctx.print(JSON.stringify({ error: describeFailure(failure) }));
    return failures[0]?.error.exitCode ?? EXIT.pass;
  },
});
