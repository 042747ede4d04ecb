import { CONFIG_OPTIONS, configsOf, runConfigs } from '../kernel/each-config.ts';
import { LAST_BASE_OPTION, lastApply, sourceNow, sourceOf, withTree } from '../kernel/source.ts';
import { inPart, openStage } from '../lib/stage.ts';
import { expectations } from '../run/expectations.ts';
import type { ConfigRecord } from '../records/build.ts';
import { configure } from '../kernel/configure.ts';
import { ensureStageTools } from '../host/install.ts';
import { defineCommand } from '../lib/options.ts';

export const command = defineCommand({
  name: 'config',
  summary: 'Configure the applied tree from the fragments of kconfig/ and prove that every requested symbol survived.',
  usage: '[--config NAME[,NAME]] [--base NAME]',
  options: { ...CONFIG_OPTIONS, ...LAST_BASE_OPTION },
  async run(ctx) {
    const source = sourceOf(lastApply(ctx.root, ctx.options.base));
    const stage = openStage(ctx, 'config');
    await ensureStageTools('build', stage);
    const work = (name: string): Promise<ConfigRecord> =>
      withTree(stage, source, `configuring ${name}`, async () => {
        const now = await sourceNow(stage, source);
        return inPart(stage, `config ${name}`, (part) => configure(part, now, name), {
          expectedMs: expectations(ctx.root).config(name),
        });
      });
    const format = (name: string, { requests, dotconfig }: ConfigRecord): string =>
      `${name}: ${requests} requested symbols verified in ${dotconfig}`;
    return runConfigs(ctx, configsOf(ctx.options.config), work, format);
  },
});
