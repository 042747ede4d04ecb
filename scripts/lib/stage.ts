/** What every stage gets, and the running of its steps: printed first, pasteable, logged to a file. */
import { settingsOf, toolOf } from './environment.ts';
import { exec, execError, formatArgv, type ExecResult } from './exec.ts';
import type { Log, Outcome } from './log.ts';
import type { Context } from './options.ts';
import { openRun, planRun, type Run } from './record.ts';

/** A command as data: printed by --dry-run, run otherwise. */
export interface Step {
  readonly title: string;
  readonly argv: readonly string[];
  readonly cwd?: string;
  /** Besides what its tool gets, see environment.ts. */
  readonly env?: Readonly<Record<string, string>>;
  /** See ExecOptions. */
  readonly nice?: number;
}

export interface StageContext {
  /** The project's directory. */
  readonly root: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly run: Run;
  readonly dryRun: boolean;
}

/** What a command's stages get, with a run of its own; a dry run has none on disk. */
export function openStage(ctx: Pick<Context, 'root' | 'log' | 'signal' | 'dryRun'>, command: string): StageContext {
  const { root, log, signal, dryRun } = ctx;
  return { root, log, signal, dryRun, run: dryRun ? planRun(root, command) : openRun(root, command) };
}

interface PartOptions<T> {
  /** How long it took before, see pastMs(). */
  readonly expectedMs?: number | undefined;
  /** Whether what it resolves to is a failure. */
  readonly failed?: (result: T) => boolean;
}

/** A part of the run: a line of its own on a terminal, and what `work` logs is said in it. */
export async function inPart<C extends Pick<StageContext, 'log' | 'signal'> & { readonly dryRun?: boolean }, T>(
  ctx: C,
  part: string,
  work: (ctx: C) => Promise<T>,
  { expectedMs, failed = () => false }: PartOptions<T> = {},
): Promise<T> {
  if (ctx.dryRun === true) return work(ctx);
  const end = (outcome: Outcome): void =>
    ctx.log({ kind: 'end', part, outcome: ctx.signal.aborted ? 'stopped' : outcome });
  ctx.log({ kind: 'begin', part, ...(expectedMs === undefined ? {} : { expectedMs }) });
  try {
    const result = await work({ ...ctx, log: (entry) => ctx.log({ part, ...entry }) });
    end(failed(result) ? 'failed' : 'ok');
    return result;
  } catch (error: unknown) {
    end('failed');
    throw error;
  }
}

/**
 * The step as one can paste it: directory, environment, command. Of the shell's variables it sees what exec lets
 * through.
 */
export function formatStep(step: Step): string {
  // quoted as a whole it would be a command's name
  const settings = Object.entries({ ...settingsOf(toolOf(step.argv), process.env), ...step.env }).map(
    ([name, value]) => `${name}=${formatArgv([value])}`,
  );
  const command = ['env -i PATH="$PATH" HOME="$HOME"', ...settings, formatArgv(step.argv)].join(' ');
  return step.cwd === undefined ? command : `(cd ${formatArgv([step.cwd])} && ${command})`;
}

/** Prints and runs one step with its output in `logFile`; the caller judges the result. */
export async function tryStep(step: Step, ctx: StageContext, logFile: string): Promise<ExecResult> {
  ctx.log({ kind: 'command', text: formatArgv(step.argv) });
  return exec(step.argv, {
    log: logFile,
    signal: ctx.signal,
    ...(step.nice === undefined ? {} : { nice: step.nice }),
    ...(step.cwd === undefined ? {} : { cwd: step.cwd }),
    ...(step.env === undefined ? {} : { env: step.env }),
  });
}

/** @throws WorkbenchError for anything but success */
export async function runStep(step: Step, ctx: StageContext, logFile: string): Promise<ExecResult> {
  const result = await tryStep(step, ctx, logFile);
  if (result.failed) throw execError(result);
  return result;
}

export function printSteps(steps: readonly Step[], ctx: StageContext): void {
  for (const step of steps) ctx.log({ kind: 'command', text: formatStep(step) });
}
