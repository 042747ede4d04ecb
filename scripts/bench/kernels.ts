/**
 * The kernels that are measured: the series' own, its base, and the series with the reservation as RFC v1 had it. Same
 * configuration, same compiler; built in the scratch worktree, and kept in the cache by what they are made of.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kernelStep, runMake } from '../kernel/make.ts';
import { isKept, keepKernel, keptKernel, type KeptKernel } from '../kernel/kept-kernel.ts';
import { makeArgv } from '../kernel/kbuild.ts';
import { mustMake } from '../kernel/making.ts';
import { checkoutScratch, scratchPath } from '../kernel/scratch.ts';
import { lastApply, withTree } from '../kernel/source.ts';
import { holdsBuild } from '../kernel/state.ts';
import type { StageContext } from '../lib/stage.ts';
import { buildSchema, type BuildRecord, type ConfigRecord } from '../records/build.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { execError, formatArgv } from '../lib/exec.ts';
import { gitText } from '../lib/git.ts';
import { cachePaths, outRoot } from '../lib/paths.ts';
import { readJson } from '../lib/record.ts';
import type { Kernel } from './types.ts';

/** The benchmark-only patch with v1's page rule and zero fill; not part of the series. */
export function inPagePatch(root: string): string {
  return join(root, 'selftests/kernel/v1-inpage.patch');
}

/**
 * The applied series' kernel as it was built last; other commands build other trees, and leave records, too.
 * @throws E_RECORD_MISSING when the series was applied but not built, or its kernel is gone
 */
export function builtSeries(root: string, config: string, base?: string): BuildRecord {
  const { worktree, tree } = lastApply(root, base);
  for (const run of readdirSync(outRoot(root)).sort().reverse()) {
    const record = buildSchema.safeParse(readJson(join(outRoot(root), run, `build.${config}.json`))).data;
    if (record === undefined || record.source.tree !== tree || record.source.worktree !== worktree) continue;
    if (holdsBuild(record)) return record;
  }
  const next = formatArgv(['npm', 'run', 'build', '--', '--config', config]);
  throw new WorkbenchError('E_RECORD_MISSING', `no ${config} kernel of the applied series was built`, { next });
}

/** What a kernel was configured with, as far as building another one like it needs to know. */
export function configOf(record: BuildRecord): ConfigRecord {
  return {
    stage: 'config',
    config: record.config,
    source: record.source,
    buildDir: record.buildDir,
    dotconfig: record.dotconfig,
    sha256: record.configSha256,
    fragments: [],
    leftOut: [],
    requests: 0,
    enabled: 0,
    reused: true,
    ms: 0,
  };
}

export type OtherKernel = Exclude<Kernel, 'series'>;

/** What one of these kernels is made of, and where it is kept once it is made. */
export interface KernelPlan {
  readonly commit: string;
  readonly patch: string | undefined;
  readonly image: string;
}

/** The same source, patch and `.config` (which names the compiler) are the same image. */
export function planKernel(root: string, { source, sha256 }: ConfigRecord, kernel: OtherKernel): KernelPlan {
  const patch = kernel === 'v1-inpage' ? inPagePatch(root) : undefined;
  const commit = kernel === 'base' ? source.baseCommit : source.head;
  const hash = createHash('sha256')
    .update(commit)
    .update(sha256)
    .update(patch === undefined ? '' : readFileSync(patch));
  return {
    commit,
    patch,
    image: join(cachePaths().root, 'bench', `${kernel}-${hash.digest('hex').slice(0, 16)}.bzImage`),
  };
}

/** @throws E_EXEC when the patch does not apply or the kernel does not build */
export async function otherKernel(ctx: StageContext, config: ConfigRecord, kernel: OtherKernel): Promise<KeptKernel> {
  const { source } = config;
  const { commit, patch, image } = planKernel(ctx.root, config, kernel);
  // earlier versions kept no System.map
  if (isKept(image) && existsSync(keptKernel(image).systemMap)) {
    ctx.log({ kind: 'note', text: `kernel ${kernel}: built earlier` });
    return keptKernel(image);
  }
  const scratch = scratchPath(source.worktree);
  const buildDir = join(scratch, `build-bench-${kernel}`);
  const variant: ConfigRecord = { ...config, buildDir, source: { ...source, worktree: scratch } };
  const step = kernelStep(variant, ['bzImage']);
  const logFile = ctx.run.log(`bench.${kernel}`);
  if (ctx.dryRun) {
    ctx.log({ kind: 'command', text: formatArgv(step.argv) });
    return keptKernel(image);
  }
  return withTree(ctx, source, `building ${kernel} for the benchmarks`, async () => {
    await checkoutScratch(ctx, source.worktree, commit);
    if (patch !== undefined) await gitText(scratch, ['apply', patch], { signal: ctx.signal });
    mkdirSync(buildDir, { recursive: true });
    copyFileSync(config.dotconfig, join(buildDir, '.config'));
    await mustMake(
      { title: 'olddefconfig', argv: makeArgv(scratch, buildDir, ['olddefconfig']) },
      buildDir,
      ctx,
      logFile,
    );
    const make = await runMake(ctx, variant, step, logFile, `kernel ${kernel}`);
    if (make.result.failed) throw execError(make.result);
    const built = {
      bzImage: join(buildDir, 'arch/x86/boot/bzImage'),
      vmlinux: join(buildDir, 'vmlinux'),
      systemMap: join(buildDir, 'System.map'),
    };
    return keepKernel(built, image, ctx.signal);
  });
}
