/** Compiles the files of one commit for an analyser in the scratch worktree, and remembers what it said. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { makeArgv } from '../kernel/kbuild.ts';
import { mustMake, tryMake } from '../kernel/making.ts';
import type { StageContext, Step } from '../lib/stage.ts';
import { mustHaveRun } from '../kernel/build-error.ts';
import { findFailure } from '../kernel/failure.ts';
import { readWarnings } from '../kernel/state.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { tail } from '../lib/exec.ts';
import { makeDir } from '../lib/make-dir.ts';
import { cachePaths } from '../lib/paths.ts';
import { writeJson } from '../lib/record.ts';
import type { Analyser } from './analysers.ts';
import { isKernelSource } from './units.ts';
import type { Warning } from '../records/build.ts';

const LOG_BYTES = 16 << 20;
const LAST_WORDS = 16 << 10;

export interface CompileOutcome {
  readonly warnings: readonly Warning[];
  /** First error when an object did not compile; then the warnings are not all. */
  readonly failure: string | undefined;
}

/** An analyser, and its program as it was found. */
export interface Installed extends Analyser {
  readonly program: string;
}

export function warningSteps(worktree: string, asked: Installed, objects: readonly string[]): Step[] {
  const { check, directory, program } = asked;
  const args = asked.args(program);
  const buildDir = join(worktree, directory);
  return [
    { title: 'olddefconfig', argv: makeArgv(worktree, buildDir, [...args, 'olddefconfig']) },
    { title: check, argv: makeArgv(worktree, buildDir, ['-k', ...args, ...objects], availableParallelism()) },
  ];
}

/** A compiler sees the objects again only when the tree, the configuration or the list has changed. */
export async function compileWithWarnings(
  ctx: StageContext,
  asked: Installed,
  worktree: string,
  tree: string,
  dotconfig: string,
  objects: readonly string[],
  name: string,
): Promise<CompileOutcome> {
  const sources = objects.map((object) => object.replace(/\.o$/, '.c'));
  if (!sources.every(isKernelSource) || objects.length === 0) return { warnings: [], failure: undefined };
  const key = createHash('sha256')
    .update(JSON.stringify([tree, readFileSync(dotconfig, 'utf8'), objects, asked.args(asked.program)]))
    .digest('hex')
    .slice(0, 20);
  const cached = join(cachePaths().root, 'check', `${key}.json`);
  const known = readWarnings(cached);
  if (known !== undefined) return { warnings: known, failure: undefined };
  const buildDir = join(worktree, asked.directory);
  makeDir(buildDir);
  copyFileSync(dotconfig, join(buildDir, '.config'));
  const logFile = ctx.run.log(`check.${name}.${asked.check}`);
  const [configure, compile] = warningSteps(worktree, asked, objects);
  if (configure === undefined || compile === undefined) throw new WorkbenchError('E_INTERNAL', 'no steps');
  await mustMake(configure, buildDir, ctx, logFile);
  // an object that is up to date says nothing; ccache makes saying it again cheap
  for (const object of objects) rmSync(join(buildDir, object), { force: true });
  const result = await tryMake(compile, buildDir, ctx, logFile);
  const log = tail(logFile, LOG_BYTES);
  mustHaveRun(result, log.slice(-LAST_WORDS), buildDir, asked.check, 'interrupted while compiling');
  // make succeeds with nothing to do when the names are wrong; then nothing was looked at
  const missing = objects.filter((object) => !existsSync(join(buildDir, object)));
  if (result.failed || missing.length > 0) {
    return {
      warnings: asked.read(log),
      failure: result.failed ? findFailure(log).message : `not built: ${missing.join(', ')}`,
    };
  }
  const warnings = asked.read(log);
  makeDir(join(cachePaths().root, 'check'));
  writeJson(cached, { warnings });
  return { warnings, failure: undefined };
}
