/**
 * Does the base have this warning too? Only asked when there is one: then exactly the files that warn are
 * compiled in a checkout of the base with the same configuration. That is exact, since a warning can only be
 * compared with what its own file says, and it costs nothing in the usual case of a clean series;
 * building the whole base instead would double every cold run to learn that both sets are empty.
 */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { availableParallelism } from 'node:os';
import { cachePaths } from '../lib/paths.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { tail } from '../lib/exec.ts';
import { ccacheEnv, makeArgv, REPRODUCIBLE_ENV, type Step } from './kbuild.ts';
import { checkoutScratch } from './scratch.ts';
import { runStep, tryStep, type StageContext } from './stage.ts';
import type { ConfigRecord } from './types.ts';
import { parseWarnings, type Warning } from './warnings.ts';

const LOG_BYTES = 8 << 20;

/**
 * What to build in the base to hear its warnings: the objects of the units that warn and exist there, or the
 * whole kernel when the linker or objtool spoke.
 */
export function baselineTargets(warnings: readonly Warning[], existsInBase: (path: string) => boolean): string[] {
  if (warnings.some((w) => !w.unit.endsWith('.c'))) return ['vmlinux'];
  const units = [...new Set(warnings.map((w) => w.unit))].filter(existsInBase);
  return units.map((unit) => unit.replace(/\.c$/, '.o')).sort();
}

/** @param extra make variables such as `W=1` that the other side was compiled with */
export async function baseWarnings(
  ctx: StageContext, config: Pick<ConfigRecord, 'source' | 'dotconfig' | 'buildDir' | 'config'>, warnings: readonly Warning[], extra: readonly string[] = [],
): Promise<Warning[]> {
  const { source } = config;
  const base = await checkoutScratch(ctx, source.worktree, source.baseCommit);
  const targets = baselineTargets(warnings, (path) => existsSync(join(base, path)));
  if (targets.length === 0) return [];
  ctx.log({ kind: 'note', text: `${warnings.length} warnings: asking the base, ${targets.length} targets` });
  const buildDir = join(base, basename(config.buildDir));
  mkdirSync(buildDir, { recursive: true });
  copyFileSync(config.dotconfig, join(buildDir, '.config'));
  const env = { ...REPRODUCIBLE_ENV, ...ccacheEnv(cachePaths().ccache, process.env) };
  const logFile = ctx.run.log(`build.${config.config}.base`);
  const configured: Step = { title: 'olddefconfig', argv: makeArgv(base, buildDir, ['olddefconfig']), env };
  const step: Step = { title: 'base', argv: makeArgv(base, buildDir, ['-k', ...extra, ...targets], availableParallelism()), env };
  await runStep(configured, ctx, logFile);
  const result = await tryStep(step, ctx, logFile);
  // an object that the base does not build with this configuration warns about nothing there
  if (result.aborted) throw new WorkbenchError('E_INTERRUPTED', 'interrupted while building the base');
  return parseWarnings(tail(logFile, LOG_BYTES));
}
