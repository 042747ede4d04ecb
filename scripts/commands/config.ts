import { lastApply, sourceOf, withTree } from '../build/source.ts';
import type { StageContext } from '../build/stage.ts';
import { configure } from '../kconfig/configure.ts';
import { defineCommand } from '../lib/options.ts';
import { openRun } from '../lib/record.ts';

export const command = defineCommand({
  name: 'config',
  summary: 'Configure the applied tree from the fragments of kconfig/ and prove that every requested symbol survived.',
  usage: '[--config NAME[,NAME]]',
  options: {
    config: { type: 'list', value: 'NAME', summary: 'configurations of kconfig/ (default: default)' },
  },
  async run(ctx) {
    const source = sourceOf(lastApply(ctx.root));
    const stage: StageContext = { root: ctx.root, log: ctx.log, signal: ctx.signal, run: openRun(ctx.root, 'config'), dryRun: ctx.dryRun };
    const names = ctx.options.config.length === 0 ? ['default'] : ctx.options.config;
    for (const name of names) {
      const record = await withTree(stage, source, `configuring ${name}`, () => configure(stage, source, name));
      if (ctx.dryRun) continue;
      ctx.print(ctx.json ? JSON.stringify(record) : `${name}: ${record.requests} requested symbols verified in ${record.dotconfig}`);
    }
    return 0;
  },
});
