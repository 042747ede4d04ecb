import { CONFIG_OPTIONS, configsOf, runConfigs } from '../kernel/each-config.ts';
import { LAST_BASE_OPTION, lastApply, sourceNow, sourceOf, withTree } from '../kernel/source.ts';
import { inPart, openStage } from '../lib/stage.ts';
import { expectations } from '../run/expectations.ts';
import type { ConfigRecord } from '../records/build.ts';
import { configure } from '../kernel/configure.ts';
import { ensureStageTools } from '../host/install.ts';
import { ARCH_OPTION, architectureNamed } from '../lib/architecture.ts';
import { defineCommand } from '../lib/options.ts';

export const command = defineCommand({
  name: 'config',
  summary: 'Configure the applied tree from the fragments of kconfig/ and prove that every requested symbol survived.',
  usage: '[--config NAME[,NAME]] [--arch x86_64|arm64] [--base NAME]',
  options: { ...CONFIG_OPTIONS, ...ARCH_OPTION, ...LAST_BASE_OPTION },
  async run(ctx) {
    const arch = architectureNamed(ctx.options.arch, 'npm run config -- --help');
    const source = sourceOf(lastApply(ctx.root, ctx.options.base));
    const stage = openStage(ctx, 'config');
    await ensureStageTools(arch.foreign ?? 'build', stage);
    const work = (name: string): Promise<ConfigRecord> =>
      withTree(stage, source, `configuring ${name}`, async () => {
        const now = await sourceNow(stage, source);
        return inPart(stage, `config ${name}`, (part) => configure(part, now, name), {
          expectedMs: expectations(ctx.root).config(name),
        });
      });
    const format = (name: string, { requests, dotconfig }: ConfigRecord): string =>
      `${name}: ${requests} requested symbols verified in ${dotconfig}`;
    return runConfigs(ctx, configsOf(ctx.options.config, arch), work, format);
  },
});
