import { ACCEL_OPTION, wantedAccel } from '../host/accelerator-option.ts';
import { ensureStageTools } from '../host/install.ts';
import { compilePrograms } from '../kernel/bpf.ts';
import { configsOf } from '../kernel/each-config.ts';
import { lastBuild } from '../kernel/last-build.ts';
import { LAST_BASE_OPTION } from '../kernel/source.ts';
import { ARCH_OPTION, architectureNamed } from '../lib/architecture.ts';
import { defineCommand } from '../lib/options.ts';
import { openStage } from '../lib/stage.ts';
import {
  accelFor,
  conclude,
  formatAccel,
  NOT_PROBED,
  printTests,
  testConfigs,
  writePlan,
  type Bootable,
} from '../run/pipeline.ts';
import { OWN_TOPICS } from '../run/selftest.ts';
import { listTopics, selectTopics } from '../run/topics.ts';

export const command = defineCommand({
  name: 'test:only',
  summary: 'Selftests on the kernel that was built last: nothing is applied or built but the BPF programs.',
  usage: '[TOPIC ...] [--config NAME[,NAME]] [--arch x86_64|arm64] [--accel auto|kvm|tcg] [--base NAME]',
  positional: true,
  options: {
    config: { type: 'list', value: 'NAME', summary: 'configurations that were built before (default: default)' },
    ...ARCH_OPTION,
    ...ACCEL_OPTION,
    ...LAST_BASE_OPTION,
  },
  async run(ctx) {
    const arch = architectureNamed(ctx.options.arch, 'npm run test:only -- --help');
    const topics = selectTopics([...listTopics(ctx.root), ...OWN_TOPICS], ctx.args);
    const wanted = wantedAccel(ctx.options.accel, 'npm run test:only -- --help');
    const asked = { topics, configs: configsOf(ctx.options.config, arch) };
    const stage = openStage(ctx, 'test-only');
    if (!ctx.dryRun) writePlan(stage, asked, []);
    await ensureStageTools(arch.foreign ?? 'test', stage);
    const kernelOf = async (config: string): Promise<Bootable> => {
      const build = lastBuild(ctx.root, config, ctx.options.base);
      const accel = ctx.dryRun ? NOT_PROBED : await accelFor(ctx.signal, wanted, build);
      const reused = `reusing ${build.release} (tree ${build.source.tree.slice(0, 12)}) of ${build.buildDir}`;
      ctx.log({ kind: 'note', text: `${reused}; guests run with ${formatAccel(accel)}` });
      const programs = await compilePrograms(stage, build);
      if (!ctx.dryRun) stage.run.write(`build.${config}`, { ...build, reused: true });
      return { build, programs, accel };
    };
    if (ctx.dryRun) return printTests(ctx, stage, asked, kernelOf);
    return conclude(ctx, stage, await testConfigs(stage, asked, kernelOf));
  },
});
