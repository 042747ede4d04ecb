/** The build stage: kernel, headers, libbpf and tools of the patched tree; no warning that the base does not have. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { architectureOf } from '../lib/architecture.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv, tail } from '../lib/exec.ts';
import { makeDir } from '../lib/make-dir.ts';
import { writeJson } from '../lib/record.ts';
import { parseDotConfig, unquote } from './dotconfig.ts';
import { baseWarnings } from './baseline.ts';
import { buildError } from './build-error.ts';
import { kernelStep, runMake } from './make.ts';
import { printSteps, type StageContext } from '../lib/stage.ts';
import { recordTimes, restoreTimes } from './stamps.ts';
import {
  forgetBuild,
  NO_USERSPACE,
  outputPaths,
  readBuildState,
  readWarnings,
  stampsFile,
  whyBuild,
  writeBuildState,
} from './state.ts';
import { readTreeState } from './tree-state.ts';
import type { BuildRecord, ConfigRecord, Warning } from '../records/build.ts';
import { buildUserspace, userspaceSteps, writeVmlinuxH } from './userspace.ts';
import { carryOver, formatWarning, newWarnings, readLog } from './warnings.ts';

const LOG_BYTES = 8 << 20;
/** Enough of them to act on; the log has the rest. */
const SHOWN_WARNINGS = 10;

/** The warnings of all objects in the directory; kept also when make fails, since they are not said twice. */
function collectWarnings(ctx: StageContext, buildDir: string, logFile: string, made: ReadonlySet<string>): Warning[] {
  const file = join(buildDir, '.workbench-warnings.json');
  const heard = readLog(tail(logFile, LOG_BYTES));
  for (const remark of heard.remarks.slice(0, SHOWN_WARNINGS)) {
    ctx.log({ kind: 'warn', text: `not of the series: ${remark}` });
  }
  const warnings = carryOver(readWarnings(file) ?? [], heard.warnings, made);
  writeJson(file, { warnings });
  return warnings;
}

/**
 * Both at once. What is wrong with the main work is said and stops the other; what is wrong with the other is
 * said when the main work is done, so that none of it is lost.
 */
async function besides<Main, Other>(
  ctx: StageContext,
  main: () => Promise<Main>,
  other: (ctx: StageContext) => Promise<Other>,
): Promise<[Main, Other]> {
  const stop = new AbortController();
  const running = other({ ...ctx, signal: AbortSignal.any([ctx.signal, stop.signal]) });
  // it may fail before anything awaits it
  running.catch(() => undefined);
  try {
    return [await main(), await running];
  } catch (error: unknown) {
    stop.abort();
    await running.catch(() => undefined);
    throw error;
  }
}

/**
 * @param root of the guest, where its programs are not this machine's
 * @throws E_BUILD with the first compiler error, E_BUILD_WARNING with the warnings that are new
 */
export async function build(ctx: StageContext, configured: ConfigRecord, root?: string): Promise<BuildRecord> {
  const started = performance.now();
  const { buildDir } = configured;
  const platform = { arch: architectureOf(configured.config), root };
  const where = root === undefined ? {} : { root };
  const state = ctx.dryRun ? { ...configured.source, dirty: [] } : await readTreeState(configured.source.worktree);
  // a record names what is built, whatever has been committed since it was configured
  const source = { ...configured.source, head: state.head, tree: state.tree };
  const config = { ...configured, source };
  const text = `${config.config}: ${source.base} ${source.version}, tree ${source.tree.slice(0, 12)}`;
  ctx.log({ kind: 'stage', stage: 'build', text });
  const step = kernelStep(config);
  if (ctx.dryRun) {
    const hasDtrace = existsSync(join(source.worktree, 'tools/dtrace'));
    printSteps([step, ...userspaceSteps(source, '$TOOLS', hasDtrace, 'clang-19', platform)], ctx);
    const nothing = { release: '', compiler: '', reused: false, steps: 0, ms: 0, warnings: [], newWarnings: [] };
    return { ...outputPaths(config, NO_USERSPACE), ...where, ...nothing };
  }
  const before = readBuildState(buildDir);
  const why = whyBuild(before, state.tree, state.dirty, config.sha256, root);
  const elapsed = (): number => Math.round(performance.now() - started);
  if (why === undefined && before !== undefined) {
    const record: BuildRecord = { ...before.record, source, reused: true, steps: 0, ms: elapsed() };
    ctx.log({ kind: 'done', text: `unchanged: ${record.release}, built earlier`, ms: record.ms });
    ctx.run.write(`build.${config.config}`, record);
    return record;
  }
  ctx.log({ kind: 'note', text: `make runs: ${why}` });
  forgetBuild(buildDir);

  const logFile = ctx.run.log(`build.${config.config}`);
  const restored = await restoreTimes(source.worktree, source.baseCommit, stampsFile(buildDir));
  if (restored > 0) {
    ctx.log({ kind: 'note', text: `${restored} patched files have the content they were compiled with` });
  }
  const kernel = async (): Promise<{ readonly steps: number; readonly warnings: readonly Warning[] }> => {
    const make = await runMake(ctx, config, step, logFile, `kernel ${config.config}`);
    const warnings = collectWarnings(ctx, buildDir, logFile, make.made);
    if (make.result.aborted) {
      const message = 'interrupted while building; the next build goes on where this one stopped';
      throw new WorkbenchError('E_INTERRUPTED', message);
    }
    if (make.result.failed) throw buildError('the kernel', logFile, buildDir);
    await recordTimes(source.worktree, source.baseCommit, stampsFile(buildDir));
    ctx.log({ kind: 'done', text: `kernel: ${make.steps} steps`, ms: make.result.durationMs });
    return { steps: make.steps, warnings };
  };
  const [{ steps, warnings }, user] = await besides(ctx, kernel, (lesser) => buildUserspace(lesser, source, platform));
  makeDir(join(buildDir, 'bpf'));
  await writeVmlinuxH(ctx, user.hostBpftool, join(buildDir, 'vmlinux'), join(buildDir, 'bpf/vmlinux.h'));

  const fresh = warnings.length === 0 ? [] : newWarnings(warnings, await baseWarnings(ctx, config, warnings));
  const record: BuildRecord = {
    ...outputPaths(config, user),
    ...where,
    compiler: unquote(parseDotConfig(readFileSync(config.dotconfig, 'utf8')).get('CC_VERSION_TEXT') ?? ''),
    release: readFileSync(join(buildDir, 'include/config/kernel.release'), 'utf8').trim(),
    reused: false,
    steps,
    ms: elapsed(),
    warnings,
    newWarnings: fresh,
  };
  ctx.run.write(`build.${config.config}`, record);
  // also when there are new warnings: they are kept with the objects that have them, and judged again next time
  writeBuildState({ tree: fresh.length === 0 && state.dirty.length === 0 ? state.tree : '', record });
  if (fresh.length > 0) {
    throw new WorkbenchError('E_BUILD_WARNING', `${fresh.length} warnings that the base does not have`, {
      detail: fresh.slice(0, SHOWN_WARNINGS).map(formatWarning).join('\n'),
      next: formatArgv(['less', logFile]),
    });
  }
  ctx.log({ kind: 'done', text: `${record.release}, ${warnings.length} warnings, none of them new`, ms: record.ms });
  return record;
}
