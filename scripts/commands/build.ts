import { CONFIG_OPTIONS, configsOf, runConfigs } from '../kernel/each-config.ts';
import { LAST_BASE_OPTION, lastApply, sourceOf } from '../kernel/source.ts';
import { openStage } from '../lib/stage.ts';
import { ensureStageTools } from '../host/install.ts';
import { prepareKernel, type Prepared } from '../run/pipeline.ts';
import { ARCH_OPTION, architectureNamed } from '../lib/architecture.ts';
import { defineCommand } from '../lib/options.ts';

export const command = defineCommand({
  name: 'build',
  summary:
    'Build the applied tree: kernel, libbpf, tools and the BPF programs of the selftests; new warnings are errors.',
  usage: '[--config NAME[,NAME]] [--arch x86_64|arm64] [--base NAME]',
  options: { ...CONFIG_OPTIONS, ...ARCH_OPTION, ...LAST_BASE_OPTION },
  async run(ctx) {
    const arch = architectureNamed(ctx.options.arch, 'npm run build -- --help');
    const source = sourceOf(lastApply(ctx.root, ctx.options.base));
    const stage = openStage(ctx, 'build');
    await ensureStageTools(arch.foreign ?? 'build', stage);
    const work = (name: string): Promise<Prepared> => prepareKernel(stage, source, name);
    return runConfigs(ctx, configsOf(ctx.options.config, arch), work, (name, { build, programs }) => {
      const how = build.reused ? 'unchanged' : `${build.steps} steps`;
      const objects = programs.compiled.length + programs.reused.length;
      const what = `${how}, ${build.warnings.length} warnings (0 new), ${objects} BPF objects`;
      return `${name}: Linux ${build.release}, ${what}\n${build.bzImage}`;
    });
  },
});
