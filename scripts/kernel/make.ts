/** Runs make for a kernel and tells how far it is. */
import { availableParallelism } from 'node:os';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { architectureOf } from '../lib/architecture.ts';
import { makeDir } from '../lib/make-dir.ts';
import { cachePaths } from '../lib/paths.ts';
import { readJson, writeJson } from '../lib/record.ts';
import type { ExecResult } from '../lib/exec.ts';
import { follow } from '../lib/follow.ts';
import { makeArgv } from './kbuild.ts';
import { beginMake } from './making.ts';
import { estimateSteps, parseStep, timeLeft } from './progress.ts';
import { tryStep, type StageContext, type Step } from '../lib/stage.ts';
import type { ConfigRecord } from '../records/build.ts';

interface MakeResult {
  readonly result: ExecResult;
  /** kbuild steps that ran. */
  readonly steps: number;
  /** What was made, relative to the tree: whose warnings are known afresh. */
  readonly made: ReadonlySet<string>;
}

/** `headers` are the installed uapi headers, which programs of this tree are compiled against. */
export function kernelStep(
  config: Pick<ConfigRecord, 'source' | 'buildDir'>,
  targets: readonly string[] = [architectureOf(config.buildDir).image, 'headers'],
): Step {
  return {
    title: 'kernel',
    argv: makeArgv(config.source.worktree, config.buildDir, targets, availableParallelism()),
  };
}

/** How many steps the last full build of the same `.config` took; shared by all worktrees. */
function stepsFile(sha256: string): string {
  return join(cachePaths().root, 'steps', `${sha256.slice(0, 16)}.json`);
}

function expectedSteps(config: ConfigRecord): number {
  const { data } = z.object({ steps: z.number() }).safeParse(readJson(stepsFile(config.sha256)));
  return data?.steps ?? estimateSteps(config.enabled);
}

/** @param what shown in front of the numbers */
export async function runMake(
  ctx: StageContext,
  config: ConfigRecord,
  step: Step,
  logFile: string,
  what: string,
): Promise<MakeResult> {
  const end = beginMake(config.buildDir, ctx.log);
  // an incremental build prints only what it does, and how much that will be is not known
  const full = !existsSync(join(config.buildDir, 'vmlinux'));
  const expected = full ? expectedSteps(config) : 0;
  const started = performance.now();
  const made = new Set<string>();
  let steps = 0;
  const onLine = (line: string): void => {
    const parsed = parseStep(line);
    if (parsed === undefined) return;
    steps += 1;
    made.add(parsed.target);
    const leftMs = timeLeft(steps, expected, performance.now() - started);
    ctx.log({
      kind: 'progress',
      what,
      unit: 'steps',
      done: steps,
      total: steps > expected ? 0 : expected,
      ...(leftMs === undefined ? {} : { leftMs }),
    });
  };
  const result = end(await follow(logFile, onLine, tryStep(step, ctx, logFile)));
  if (!result.failed && full) {
    makeDir(dirname(stepsFile(config.sha256)));
    writeJson(stepsFile(config.sha256), { steps });
  }
  return { result, steps, made };
}
