/**
 * make takes a file for made when it is newer than what it is made of. Half a file is newer, too, and that is what a
 * kill -9, a second Ctrl-C or a crash leaves; some of them even link. (kbuild writes .FILE.cmd behind FILE, but that of
 * an earlier build says the same.) So a directory has a mark in it while make works there, and a build that finds one
 * begins anew. The compiler cache has what was compiled, and says its warnings again, which had not been read.
 */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError } from '../lib/errors.ts';
import { execError, type ExecResult } from '../lib/exec.ts';
import type { Log } from '../lib/log.ts';
import { makeDir } from '../lib/make-dir.ts';
import { tryStep, type StageContext, type Step } from '../lib/stage.ts';

const MARK = '.workbench-make';
/** Not made by make, and known by its content: the verified configuration, and the BPF programs. */
const OURS = new Set([MARK, '.config', '.workbench-config.json', 'bpf']);

/**
 * Call it before make runs in `dir`, and the function that it returns with make's result. A make that ended by itself
 * has taken back what was half made, also one that a signal told to end; see "Interrupting or Killing make" in its
 * manual.
 */
export function beginMake(dir: string, log: Log): (result: ExecResult) => ExecResult {
  const mark = join(dir, MARK);
  makeDir(dir);
  if (existsSync(mark)) {
    log({ kind: 'note', text: `a make was killed in ${dir}: what it left goes, and the compiler cache has the rest` });
    for (const entry of readdirSync(dir))
      if (!OURS.has(entry)) rmSync(join(dir, entry), { recursive: true, force: true });
  }
  try {
    writeFileSync(mark, '');
  } catch (error: unknown) {
    throw fromSystemError(error, mark);
  }
  return (result) => {
    if (result.signal === null || result.signal === 'SIGTERM') rmSync(mark, { force: true });
    return result;
  };
}

/** A step that makes something in `dir`; the caller judges the result. */
export async function tryMake(step: Step, dir: string, ctx: StageContext, logFile: string): Promise<ExecResult> {
  const end = beginMake(dir, ctx.log);
  return end(await tryStep(step, ctx, logFile));
}

/** @throws WorkbenchError for anything but success */
export async function mustMake(step: Step, dir: string, ctx: StageContext, logFile: string): Promise<ExecResult> {
  const result = await tryMake(step, dir, ctx, logFile);
  if (result.failed) throw execError(result);
  return result;
}
