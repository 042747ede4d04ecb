/**
 * The bisect stage: every patch alone builds in every variant, and boots. What was proven for a tree is not proven
 * again.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { bootGuest } from '../guest/boot-guest.ts';
import { chooseAccel, type Wanted } from '../host/accelerator.ts';
import { findSplats } from '../guest/splat.ts';
import type { ApplyRecord } from '../records/apply.ts';
import { build } from '../kernel/build.ts';
import { mustHaveRun } from '../kernel/build-error.ts';
import { findFailure } from '../kernel/failure.ts';
import { buildDirOf, makeArgv } from '../kernel/kbuild.ts';
import { mustMake, tryMake } from '../kernel/making.ts';
import { checkoutScratch } from '../kernel/scratch.ts';
import type { StageContext } from '../lib/stage.ts';
import type { SourceTree } from '../records/build.ts';
import { variantSchema, type BisectRecord, type VariantOutcome } from '../records/series.ts';
import { configure } from '../kernel/configure.ts';
import { definesSymbol } from '../kernel/defines.ts';
import { parseDotConfig, symbolValue } from '../kernel/dotconfig.ts';
import { messageOf, WorkbenchError } from '../lib/errors.ts';
import { tail } from '../lib/exec.ts';
import { gitText } from '../lib/git.ts';
import { makeDir } from '../lib/make-dir.ts';
import { cachePaths } from '../lib/paths.ts';
import { prefixedRun, readJson, writeJson } from '../lib/record.ts';
import { editConfig, type Variant } from './variants.ts';

export const NOTES: readonly string[] = [
  'default: the whole configuration, booted until the agent answers, with no splat on the console.',
  'DTRACE=n, BPF_SYSCALL=n: vmlinux without type information, linked, not booted. ' +
    'BPF_JIT=n: vmlinux with type information, not booted. ' +
    'All three without the drivers and file systems that only a guest needs.',
];

type Outcome = Pick<VariantOutcome, 'outcome' | 'ok' | 'detail'>;
const LOG_BYTES = 8 << 20;
const MEMORY_MB = 2048;

/** The variant's own configuration from the default one; a symbol that did not take is a failure of the variant. */
async function buildVariant(
  ctx: StageContext,
  worktree: string,
  variant: Variant,
  dotconfig: string,
  name: string,
): Promise<Outcome> {
  const buildDir = buildDirOf(worktree, `bisect-${variant.name.replace(/\W+/g, '-')}`);
  makeDir(buildDir);
  const logFile = ctx.run.log(`bisect.${name}`);
  const config = join(buildDir, '.config');
  writeFileSync(config, editConfig(readFileSync(dotconfig, 'utf8'), [...variant.set, ...variant.cheaper]));
  await mustMake(
    { title: 'olddefconfig', argv: makeArgv(worktree, buildDir, ['olddefconfig']) },
    buildDir,
    ctx,
    logFile,
  );
  const final = parseDotConfig(readFileSync(config, 'utf8'));
  const lost = variant.set.filter(([symbol, value]) => symbolValue(final, symbol) !== value);
  if (lost.length > 0)
    return {
      outcome: 'FAILS',
      ok: false,
      detail: `cannot be configured: ${lost.map(([s, v]) => `${s}=${v}`).join(', ')}`,
    };
  const result = await tryMake(
    { title: variant.name, argv: makeArgv(worktree, buildDir, ['vmlinux'], availableParallelism()) },
    buildDir,
    ctx,
    logFile,
  );
  mustHaveRun(result, tail(logFile), buildDir, variant.name, `interrupted in ${name}; what is proven is kept`);
  if (result.failed) return { outcome: 'FAILS', ok: false, detail: findFailure(tail(logFile, LOG_BYTES)).message };
  return { outcome: 'builds', ok: true, detail: '' };
}

async function bootDefault(ctx: StageContext, source: SourceTree, name: string, wanted: Wanted): Promise<Outcome> {
  const record = await build(ctx, await configure(ctx, source, 'default'));
  const dir = join(ctx.run.dir, 'bisect');
  const asked = await chooseAccel(ctx.signal, { wanted, kernel: record.bzImage });
  const { stop, bootMs, vm, accel } = await bootGuest({
    root: ctx.root,
    build: record,
    accel: asked,
    cpus: 2,
    memoryMb: MEMORY_MB,
    dir,
    name,
    log: ctx.log,
    signal: ctx.signal,
  });
  await stop();
  const [splat] = findSplats(readFileSync(vm.console.path, 'latin1').split('\n'));
  if (splat !== undefined) return { outcome: 'FAILS', ok: false, detail: `boots with a splat: ${splat.title}` };
  return {
    outcome: 'boots',
    ok: true,
    detail: `agent answered after ${Math.round(bootMs / 1000)} s${accel === asked ? '' : ` (${accel.reason})`}`,
  };
}

const provenSchema = variantSchema.pick({ outcome: true, detail: true }).extend({ ok: z.literal(true) });

export interface BisectOptions {
  readonly apply: ApplyRecord;
  readonly source: SourceTree;
  readonly variants: readonly Variant[];
  readonly only: readonly string[];
  readonly accel: Wanted;
}

export async function bisect(ctx: StageContext, options: BisectOptions): Promise<BisectRecord> {
  const started = performance.now();
  const { apply, source } = options;
  const store = join(cachePaths().root, 'bisect');
  makeDir(store);
  const fragments = ['default', 'dtrace'].map((name) =>
    readFileSync(join(ctx.root, 'kconfig', `${name}.config`), 'utf8'),
  );
  const commits = apply.commits.filter(({ id }) => options.only.length === 0 || options.only.includes(id));
  const patches: { id: string; subject: string; commit: string; variants: VariantOutcome[] }[] = [];

  for (const { id, subject, commit } of commits) {
    const tree = (await gitText(apply.worktree, ['rev-parse', `${commit}^{tree}`])).trim();
    const variants: VariantOutcome[] = [];
    for (const variant of options.variants) {
      const began = performance.now();
      const key = createHash('sha256')
        .update(JSON.stringify([tree, variant, fragments]))
        .digest('hex')
        .slice(0, 20);
      const file = join(store, `${key}.json`);
      const known = provenSchema.safeParse(readJson(file)).data;
      ctx.log({
        kind: 'stage',
        stage: 'bisect',
        text: `${id} ${variant.name}${known === undefined ? '' : `: ${known.outcome} (proven earlier)`}`,
      });
      const outcome =
        known ??
        (await prove(
          ctx,
          { ...source, worktree: apply.worktree, head: commit, tree },
          variant,
          `${id}.${variant.name}`,
          options.accel,
        ));
      if (known === undefined && outcome.ok) writeJson(file, outcome);
      variants.push({
        variant: variant.name,
        ...outcome,
        reused: known !== undefined,
        ms: Math.round(performance.now() - began),
      });
    }
    patches.push({ id, subject, commit, variants });
  }
  const ok = patches.length > 0 && patches.every((p) => p.variants.every((v) => v.ok));
  const record: BisectRecord = {
    stage: 'bisect',
    head: apply.head,
    ok,
    patches,
    notes: NOTES,
    ms: Math.round(performance.now() - started),
  };
  ctx.run.write(commits.length < apply.commits.length ? 'bisect.part' : 'bisect', record);
  return record;
}

async function prove(
  outer: StageContext,
  source: SourceTree,
  variant: Variant,
  name: string,
  wanted: Wanted,
): Promise<Outcome> {
  const ctx = { ...outer, run: prefixedRun(outer.run, `${name}.tree`) };
  const worktree = await checkoutScratch(ctx, source.worktree, source.head);
  if (variant.needs !== undefined) {
    const known = await definesSymbol(worktree, variant.needs);
    if (!known) return { outcome: 'no symbol', ok: true, detail: `this tree does not define CONFIG_${variant.needs}` };
  }
  const own = { ...source, worktree };
  try {
    if (variant.boots) return await bootDefault(ctx, own, name, wanted);
    const { dotconfig } = await configure(ctx, own, 'default');
    return await buildVariant(ctx, worktree, variant, dotconfig, name);
  } catch (error: unknown) {
    if (
      error instanceof WorkbenchError &&
      ['E_BUILD', 'E_BUILD_WARNING', 'E_CONFIG_DROPPED', 'E_BOOT'].includes(error.code)
    ) {
      return { outcome: 'FAILS', ok: false, detail: messageOf(error) };
    }
    throw error;
  }
}
