/**
 * Does the base have this warning too? Only asked when there is one: then exactly the files that warn are
 * compiled in a checkout of the base with the same configuration. That is exact, since a warning can only be
 * compared with what its own file says, and it costs nothing in the usual case of a clean series;
 * building the whole base instead would double every cold run to learn that both sets are empty.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { architectureOf } from '../lib/architecture.ts';
import { makeDir } from '../lib/make-dir.ts';
import { cachePaths } from '../lib/paths.ts';
import { tail } from '../lib/exec.ts';
import { writeJson } from '../lib/record.ts';
import { mustHaveRun } from './build-error.ts';
import { buildDirOf, makeArgv } from './kbuild.ts';
import { checkoutScratch } from './scratch.ts';
import { runStep, tryStep, type StageContext, type Step } from '../lib/stage.ts';
import { readWarnings } from './state.ts';
import type { ConfigRecord, Warning } from '../records/build.ts';
import { parseWarnings } from './warnings.ts';

const LOG_BYTES = 8 << 20;

/**
 * What to build in the base to hear its warnings: the objects of the units that warn and exist there, or the
 * whole image when the linker, modpost or objtool spoke.
 */
export function baselineTargets(
  warnings: readonly Warning[],
  existsInBase: (path: string) => boolean,
  image: string,
): string[] {
  if (warnings.some((w) => !w.unit.endsWith('.c'))) return [image];
  const units = [...new Set(warnings.map((w) => w.unit))].filter(existsInBase);
  return units.map((unit) => unit.replace(/\.c$/, '.o')).sort();
}

/** What the base says, remembered by everything it depends on. */
function resultFile(config: BaselineConfig, targets: readonly string[]): string {
  const inputs = JSON.stringify([config.source.baseCommit, readFileSync(config.dotconfig, 'utf8'), targets]);
  const key = createHash('sha256').update(inputs).digest('hex').slice(0, 20);
  return join(cachePaths().root, 'baseline', `${key}.json`);
}

type BaselineConfig = Pick<ConfigRecord, 'source' | 'dotconfig' | 'config'>;

export async function baseWarnings(
  ctx: StageContext,
  config: BaselineConfig,
  warnings: readonly Warning[],
): Promise<Warning[]> {
  const { source } = config;
  const base = await checkoutScratch(ctx, source.worktree, source.baseCommit);
  const { image } = architectureOf(config.config);
  const targets = baselineTargets(warnings, (path) => existsSync(join(base, path)), image);
  if (targets.length === 0) return [];
  const resultPath = resultFile(config, targets);
  const known = readWarnings(resultPath);
  if (known !== undefined) return known;
  ctx.log({ kind: 'note', text: `${warnings.length} warnings: asking the base, ${targets.length} targets` });
  const buildDir = buildDirOf(base, `base-${config.config}`);
  // an object that is up to date would not say its warnings again; ccache makes a new start cheap
  rmSync(buildDir, { recursive: true, force: true });
  makeDir(buildDir);
  copyFileSync(config.dotconfig, join(buildDir, '.config'));
  const logFile = ctx.run.log(`build.${config.config}.base`);
  const configured: Step = { title: 'olddefconfig', argv: makeArgv(base, buildDir, ['olddefconfig']) };
  const step: Step = { title: 'base', argv: makeArgv(base, buildDir, ['-k', ...targets], availableParallelism()) };
  await runStep(configured, ctx, logFile);
  const result = await tryStep(step, ctx, logFile);
  // an object that the base does not build with this configuration warns about nothing there
  mustHaveRun(result, tail(logFile), buildDir, 'building the base', 'interrupted while building the base');
  const found = parseWarnings(tail(logFile, LOG_BYTES));
  makeDir(dirname(resultPath));
  writeJson(resultPath, { warnings: found });
  return found;
}
