import { MACHINE, type BaseContext } from '../base/context.ts';
import { candidate } from '../base/apt.ts';
import { needBuildable } from '../base/buildable.ts';
import type { StageContext } from '../lib/stage.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { exec, formatArgv, tail, type ExecResult } from '../lib/exec.ts';
import { follow } from '../lib/follow.ts';
import { withLock } from '../lib/lock.ts';
import { cachePaths } from '../lib/paths.ts';
import type { Stage } from './needs.ts';
import { whyNotInstall } from './debian-like.ts';
import { thisHost, type Host } from './os-release.ts';
import { missingError, missingNeeds, packagesOf } from './tools.ts';
import { fetchVirtmeNg, VIRTME_NG, VIRTME_NG_MODULES } from './virtme-ng.ts';

const APT_OPTIONS = ['-o', 'DPkg::Lock::Timeout=600', '-o', 'Dpkg::Use-Pty=0'];

const BUILDS: ReadonlySet<Stage> = new Set(['build', 'test', 'check', 'regress', 'clients', 'arm64']);

/**
 * Everything a stage needs, installed when this process may do that and said aloud; otherwise the command to type.
 * Returns the packages that were installed, none on a repeated run.
 */
export async function ensureTools(stage: Stage, context: BaseContext, host: Host = thisHost()): Promise<string[]> {
  if (BUILDS.has(stage)) needBuildable(context.cache);
  const missing = missingNeeds(stage, host);
  if (missing.length === 0) return [];
  const reason = whyNotInstall(host);
  if (reason !== undefined) throw missingError(missing, host, `and ${reason}`);
  return withLock(
    { ...MACHINE, ...context.machine }.packagesLock,
    {
      purpose: 'installing packages',
      log: context.log,
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    },
    async () => {
      const packages = packagesOf(missingNeeds(stage, host));
      if (packages.length === 0) return [];
      context.log({ kind: 'stage', stage: 'host', text: `installing ${packages.join(' ')}` });
      await install(packages, context);
      const still = missingNeeds(stage, host);
      if (still.length > 0) throw missingError(still, host, 'although their packages are installed');
      return packages;
    },
  );
}

/** The same for a command's stages; a dry run installs nothing. */
export async function ensureStageTools(stage: Stage, ctx: StageContext): Promise<void> {
  if (!ctx.dryRun)
    await ensureTools(stage, { cache: cachePaths(), log: ctx.log, logFile: ctx.run.log, signal: ctx.signal });
}

async function install(packages: readonly string[], context: BaseContext): Promise<void> {
  const logFile = context.logFile('packages');
  const ordinary = packages.filter((name) => name !== VIRTME_NG);
  // a fresh machine has no lists at all, an old one has versions that the mirror no longer keeps
  let fresh = false;
  const update = async (): Promise<void> => {
    if (fresh) return;
    fresh = true;
    const result = await apt(['update'], context, logFile);
    if (result.failed) throw failure(result, logFile, 'reading the package lists failed');
  };
  for (const name of packages) {
    if (name !== VIRTME_NG && (await candidate(name)) === undefined) await update();
  }
  if (ordinary.length > 0) {
    let result = await apt(['install', '-y', '--no-install-recommends', ...ordinary], context, logFile);
    if (result.failed && !result.aborted && !fresh) {
      await update();
      result = await apt(['install', '-y', '--no-install-recommends', ...ordinary], context, logFile);
    }
    if (result.failed) throw failure(result, logFile, 'installing packages failed');
  }
  if (!packages.includes(VIRTME_NG)) return;
  if ((await candidate(VIRTME_NG)) === undefined) await update();
  const known = await candidate(VIRTME_NG);
  const what = known === undefined ? [await fetchVirtmeNg(context, logFile), ...VIRTME_NG_MODULES] : [VIRTME_NG];
  const result = await apt(['install', '-y', '--no-install-recommends', ...what], context, logFile);
  if (result.failed) throw failure(result, logFile, 'installing virtme-ng failed');
}

async function apt(args: readonly string[], context: BaseContext, logFile: string): Promise<ExecResult> {
  const argv = ['apt-get', ...APT_OPTIONS, ...args];
  context.log({ kind: 'command', text: formatArgv(argv) });
  let unpacked = 0;
  const work = exec(argv, { log: logFile, ...(context.signal === undefined ? {} : { signal: context.signal }) });
  return follow(
    logFile,
    (line) => {
      if (line.startsWith('Setting up '))
        context.log({ kind: 'progress', what: 'installing', done: ++unpacked, total: 0, unit: 'packages' });
    },
    work,
  );
}

function failure(result: ExecResult, logFile: string, what: string): WorkbenchError {
  if (result.aborted) return new WorkbenchError('E_INTERRUPTED', 'interrupted');
  const detail = tail(logFile, 1500);
  const network = /Could not resolve|Temporary failure|Failed to fetch|Could not connect/.test(detail);
  return new WorkbenchError(network ? 'E_HOST_NETWORK' : 'E_HOST_PACKAGES', what, {
    position: { file: logFile },
    detail,
    next: network
      ? "check the network and apt's sources, then run the command again"
      : `${formatArgv(result.argv)}  # and see what it says`,
  });
}
