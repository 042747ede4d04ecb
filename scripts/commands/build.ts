import { prepareKernel } from '../build/prepare.ts';
import { lastApply, sourceOf } from '../build/source.ts';
import type { StageContext } from '../build/stage.ts';
import { defineCommand } from '../lib/options.ts';
import { openRun } from '../lib/record.ts';

export const command = defineCommand({
  name: 'build',
  summary: 'Build the applied tree: kernel, libbpf, tools and the BPF programs of the selftests; new warnings are errors.',
  usage: '[--config NAME[,NAME]]',
  options: {
    config: { type: 'list', value: 'NAME', summary: 'configurations of kconfig/ (default: default)' },
  },
  async run(ctx) {
    const source = sourceOf(lastApply(ctx.root));
    const stage: StageContext = { root: ctx.root, log: ctx.log, signal: ctx.signal, run: openRun(ctx.root, 'build'), dryRun: ctx.dryRun };
    const names = ctx.options.config.length === 0 ? ['default'] : ctx.options.config;
    for (const name of names) {
      const { build, programs } = await prepareKernel(stage, source, name);
      if (ctx.dryRun) continue;
      const how = build.reused ? 'unchanged' : `${build.steps} steps`;
      const objects = programs.compiled.length + programs.reused.length;
      ctx.print(ctx.json
        ? JSON.stringify({ build, programs })
        : `${name}: Linux ${build.release}, ${how}, ${build.warnings.length} warnings (0 new), ${objects} BPF objects\n${build.bzImage}`);
    }
    return 0;
  },
});
