import { mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, WorkbenchError } from '../lib/errors.ts';
import { exec, formatArgv, hostError, tail } from '../lib/exec.ts';
import type { Log } from '../lib/log.ts';
import { makeDir } from '../lib/make-dir.ts';
import type { CachePaths } from '../lib/paths.ts';
import { suiteOptions } from './suite.ts';

export interface Package {
  readonly name: string;
  readonly version: string;
  readonly bytes: number;
}

/** apt with lists of our own below the cache: needs no root and leaves the system's untouched. */
function ownLists(cache: CachePaths): string[] {
  const lists = join(cache.apt, 'lists');
  makeDir(join(lists, 'partial'));
  return ['-o', `Dir::State::lists=${lists}`, '-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache='];
}

/** root would otherwise drop to the user _apt, who cannot write below a home directory. */
export const UNSANDBOXED = ['-o', 'APT::Sandbox::User=root'];

/** The candidate of apt's lists as they are; undefined when they do not know the package. */
export async function candidate(name: string, options: readonly string[] = []): Promise<Package | undefined> {
  const result = await exec(['apt-cache', ...options, 'show', '--no-all-versions', name]);
  const version = /^Version: (.+)$/m.exec(result.stdout)?.[1];
  const size = /^Size: (\d+)$/m.exec(result.stdout)?.[1];
  return result.failed || version === undefined ? undefined : { name, version, bytes: Number(size ?? 0) };
}

/** Of the files that say what apt and dpkg know. */
export function packageStamp(files: readonly string[]): string {
  return files
    .map((path) => {
      try {
        return statSync(path).mtimeMs;
      } catch {
        return 0;
      }
    })
    .join(' ');
}

export interface Download {
  readonly package: Package;
  readonly path: string;
}

export interface DownloadOptions {
  readonly cache: CachePaths;
  readonly log: Log;
  readonly logFile: string;
  readonly signal: AbortSignal | undefined;
  /** Of the configured mirror: where the package is when apt's own lists do not know it. */
  readonly suite?: string | undefined;
}

/** Downloads a package into the cache without installing it; apt verifies its signature and hashes. */
export async function download(
  name: string,
  { cache, log, logFile, signal, suite }: DownloadOptions,
): Promise<Download> {
  let options: readonly string[] = [];
  let found = await candidate(name);
  const exits = { log: logFile, ...(signal === undefined ? {} : { signal }) };
  if (found === undefined) {
    options = suite === undefined ? ownLists(cache) : await suiteOptions(suite, cache);
    const from =
      suite === undefined
        ? 'reading the package lists into the cache'
        : `taking it from ${suite} of the mirror that apt uses`;
    log({ kind: 'note', text: `apt's lists do not know ${name}: ${from}` });
    const update = await exec(['apt-get', ...UNSANDBOXED, ...options, 'update'], exits);
    if (update.aborted) throw new WorkbenchError('E_INTERRUPTED', 'interrupted');
    found = await candidate(name, options);
    if (found === undefined) throw networkOrUnknown(name, tail(logFile));
  }
  makeDir(cache.downloads);
  const fetched = found;
  const directory = mkdtempSync(join(cache.downloads, 'tmp-'));
  const timer = setInterval(() => {
    const done = readdirSync(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
    log({ kind: 'progress', what: `downloading ${name}`, done: mib(done), total: mib(fetched.bytes), unit: 'MiB' });
  }, 500);
  try {
    const argv = ['apt-get', ...UNSANDBOXED, ...options, 'download', `${name}=${found.version}`];
    log({ kind: 'command', text: formatArgv(argv) });
    const result = await exec(argv, { ...exits, cwd: directory });
    if (result.aborted) throw new WorkbenchError('E_INTERRUPTED', 'interrupted');
    const file = readdirSync(directory).find((entry) => entry.endsWith('.deb'));
    if (result.failed || file === undefined) throw networkOrUnknown(name, tail(logFile));
    const path = join(cache.downloads, file);
    renameSync(join(directory, file), path);
    return { package: found, path };
  } catch (error: unknown) {
    throw fromSystemError(error, cache.downloads);
  } finally {
    clearInterval(timer);
    rmSync(directory, { recursive: true, force: true });
  }
}

function networkOrUnknown(name: string, detail: string): WorkbenchError {
  const host = hostError(detail, `downloading ${name}`);
  if (host !== undefined) return host;
  if (
    /Unable to locate package|No packages found/.test(detail) &&
    !/(Failed to fetch|Could not resolve|Temporary failure)/.test(detail)
  ) {
    return new WorkbenchError('E_BASE', `apt has no package ${name}`, {
      detail,
      next: 'npm run apply -- --tree PATH, with a kernel tree of your own',
    });
  }
  return new WorkbenchError('E_HOST_NETWORK', `could not download ${name}`, {
    detail,
    next: "check the network and apt's sources, then npm run apply; or npm run apply -- --tree PATH",
  });
}

/** Version of an installed package; undefined when it is not. */
export async function installedVersion(name: string): Promise<string | undefined> {
  const result = await exec(['dpkg-query', '-W', '-f', '${db:Status-Status} ${Version}', name]);
  return /^installed (\S+)$/.exec(result.stdout.trim())?.[1];
}

/** Whether Debian version `a` is newer than `b`. */
export async function isNewer(a: string, b: string): Promise<boolean> {
  return !(await exec(['dpkg', '--compare-versions', a, 'gt', b])).failed;
}

function mib(bytes: number): number {
  return Math.round(bytes / (1024 * 1024));
}
