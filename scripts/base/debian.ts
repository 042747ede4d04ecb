import { existsSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fullDisk } from '../lib/disk.ts';
import { fromSystemError, messageOf, WorkbenchError } from '../lib/errors.ts';
import { exec, execError, formatArgv, tail, type ExecResult } from '../lib/exec.ts';
import { follow } from '../lib/follow.ts';
import { gitText } from '../lib/git.ts';
import { makeDir } from '../lib/make-dir.ts';
import { readJson, writeJson } from '../lib/record.ts';
import { candidate, download, installedVersion, isNewer, packageStamp } from './apt.ts';
import type { DebianEntry } from '../series/schema.ts';
import { removeLeftovers, temporaryBase } from './temporary.ts';
import { MACHINE, type BaseContext } from './context.ts';

/** What base.json says of an imported source; its presence means that the import is complete. */
export interface Imported {
  readonly origin: string;
  readonly repo: string;
  readonly commit: string;
  readonly key: string;
}

export const IDENTITY = 'dtrace-bpf base <dtrace-bpf@localhost>';
const REF = 'refs/heads/base';
export const FILTER = join(dirname(fileURLToPath(import.meta.url)), 'tar-to-pack.ts');

/** The import of the newest version that this machine can have now; an older one when the newest cannot be fetched. */
export async function debianBase({ debian: name, suite }: DebianEntry, context: BaseContext): Promise<Imported> {
  const { cache, log } = context;
  const { packageFiles } = { ...MACHINE, ...context.machine };
  const stampFile = join(cache.bases, `${name}.latest.json`);
  const stamp = packageStamp(packageFiles);
  const latest = readJson(stampFile) as { stamp?: string; key?: string } | undefined;
  if (latest?.stamp === stamp && latest.key !== undefined) {
    const imported = readImported(cache.bases, latest.key);
    if (imported !== undefined) return imported;
  }
  const [known, installed] = await Promise.all([candidate(name), installedVersion(name)]);
  const older = await newestImported(name, cache.bases);
  const wanted = known?.version ?? installed ?? older?.version;
  if (older !== undefined && wanted === older.version) {
    remember(stampFile, stamp, older.imported.key);
    return older.imported;
  }
  if (older !== undefined)
    log({
      kind: 'note',
      text: `${name} ${wanted} is newer than the imported ${older.version}: importing it, and keeping the old one`,
    });
  try {
    const imported = await importWanted(name, suite, wanted, installed, context);
    remember(stampFile, packageStamp(packageFiles), imported.key);
    return imported;
  } catch (error: unknown) {
    const recoverable = error instanceof WorkbenchError && error.code === 'E_HOST_NETWORK';
    if (older === undefined || !recoverable) throw error;
    log({ kind: 'warn', text: `${messageOf(error)}; going on with the imported ${name} ${older.version}` });
    return older.imported;
  }
}

async function importWanted(
  name: string,
  suite: string | undefined,
  wanted: string | undefined,
  installed: string | undefined,
  context: BaseContext,
): Promise<Imported> {
  const { cache, log } = context;
  const tarball = `/usr/src/${name}.tar.xz`;
  if (installed !== undefined && installed === wanted && existsSync(tarball)) {
    try {
      return await importSource({ name, version: installed, command: ['xz', '-dc', '-T0', tarball] }, context);
    } catch (error: unknown) {
      if (!(error instanceof WorkbenchError) || error.code !== 'E_BASE') throw error;
      log({ kind: 'warn', text: `${tarball} is damaged; downloading the package instead` });
    }
  }
  const cached = wanted === undefined ? undefined : join(cache.downloads, debName(name, wanted));
  if (cached !== undefined && wanted !== undefined && existsSync(cached)) {
    try {
      return await importSource({ name, version: wanted, command: unpackDeb(cached, name) }, context);
    } catch (error: unknown) {
      if (!(error instanceof WorkbenchError) || error.code !== 'E_BASE') throw error;
      log({ kind: 'warn', text: `${cached} is damaged; downloading it again` });
      rmSync(cached);
    }
  }
  const fetched = await download(name, {
    cache,
    log,
    logFile: context.logFile('download'),
    signal: context.signal,
    suite,
  });
  return importSource({ name, version: fetched.package.version, command: unpackDeb(fetched.path, name) }, context);
}

function debName(name: string, version: string): string {
  // apt writes the colon of an epoch as %3a
  return `${name}_${version.replace(':', '%3a')}_all.deb`;
}

function unpackDeb(deb: string, name: string): string[] {
  return [
    'bash',
    '-c',
    'set -o pipefail; dpkg-deb --fsys-tarfile "$1" | tar -xO "./usr/src/$2.tar.xz" | xz -dc -T0',
    'unpack',
    deb,
    name,
  ];
}

interface Source {
  readonly name: string;
  readonly version: string;
  /** Writes the source's tar archive on its standard output. */
  readonly command: readonly string[];
}

/** One archive into one bare repository, under a temporary name until it is complete. */
async function importSource(source: Source, context: BaseContext): Promise<Imported> {
  const { cache, log } = context;
  const key = `${source.name}_${source.version.replace(/[^A-Za-z0-9.+-]/g, '_')}`;
  const origin = `${source.name} ${source.version}`;
  const temporary = temporaryBase(cache.bases);
  try {
    removeLeftovers(cache.bases);
    makeDir(temporary);
    needSpace(cache.bases, context.machine?.neededBytes ?? MACHINE.neededBytes);
    const repo = join(temporary, 'repo.git');
    await gitText(cache.bases, ['init', '-q', '--bare', repo]);
    // compressing would take longer than everything else together
    for (const [name, value] of [
      ['core.compression', '0'],
      ['core.looseCompression', '0'],
      ['index.threads', 'true'],
      ['core.preloadIndex', 'true'],
    ] as const) {
      await gitText(repo, ['config', name, value]);
    }
    log({ kind: 'stage', stage: 'base', text: `importing ${origin}` });
    log({ kind: 'command', text: `${formatArgv(source.command)} | (one pack in ${repo})` });
    const result = await runImport(source, repo, origin, context);
    if (result.aborted) throw execError(result);
    if (result.failed) throw importError(result, origin, cache.bases);
    const commit = [...tail(context.logFile('import')).matchAll(/^commit ([0-9a-f]{40})$/gm)].at(-1)?.[1];
    if (commit === undefined)
      throw new WorkbenchError('E_BASE', `the import of ${origin} named no commit`, {
        next: formatArgv(['less', context.logFile('import')]),
      });
    await gitText(repo, ['update-ref', REF, commit]);
    await gitText(repo, ['symbolic-ref', 'HEAD', REF]);
    const final = join(cache.bases, key);
    writeJson(join(temporary, 'base.json'), { origin, commit, key } satisfies Omit<Imported, 'repo'>);
    rmSync(final, { recursive: true, force: true });
    renameSync(temporary, final);
    log({ kind: 'done', text: `imported ${origin}`, ms: result.durationMs });
    return { origin, commit, key, repo: join(final, 'repo.git') };
  } catch (error: unknown) {
    rmSync(temporary, { recursive: true, force: true });
    throw fromSystemError(error, cache.bases);
  }
}

async function runImport(source: Source, repo: string, origin: string, context: BaseContext): Promise<ExecResult> {
  const script = 'set -o pipefail; "${@:7}" | "$1" --import "$2" "$3" "$4" "$5" "$6"';
  const logFile = context.logFile('import');
  const tsx = import.meta.resolve('tsx');
  const argv = [
    'bash',
    '-c',
    script,
    'import',
    process.execPath,
    tsx,
    FILTER,
    join(repo, 'objects', 'pack'),
    IDENTITY,
    origin,
    ...source.command,
  ];
  const work = exec(argv, { log: logFile, ...(context.signal === undefined ? {} : { signal: context.signal }) });
  return follow(
    logFile,
    (line) => {
      const files = /^files (\d+)$/.exec(line)?.[1];
      if (files !== undefined)
        context.log({ kind: 'progress', what: 'importing', done: Number(files), total: 0, unit: 'files' });
    },
    work,
  );
}

/**
 * E_BASE means that the archive itself is damaged, and that its download is worth repeating; a full disk damages
 * nothing.
 */
function importError(result: ExecResult, origin: string, bases: string): WorkbenchError {
  const error = execError(result);
  if (error.code !== 'E_EXEC') return error;
  const detail = (error.detail ?? '').replace(/^files \d+\n/gm, '');
  return (
    fullDisk(bases, { detail, cause: error }) ??
    new WorkbenchError('E_BASE', `the source of ${origin} could not be imported`, {
      detail,
      next: 'npm run clean -- --sources, then npm run apply',
    })
  );
}

function needSpace(directory: string, needed: number): void {
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize >= needed) return;
  throw new WorkbenchError(
    'E_HOST_SPACE',
    `${directory} has ${gb(bavail * bsize)} GB left, a kernel tree needs ${gb(needed)} GB`,
    {
      next: 'npm run clean, or set XDG_CACHE_HOME to a larger place, then npm run apply',
    },
  );
}

function gb(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

function readImported(bases: string, key: string): Imported | undefined {
  const value = readJson(join(bases, key, 'base.json')) as Partial<Imported> | undefined;
  const repo = join(bases, key, 'repo.git');
  if (value?.origin === undefined || value.commit === undefined || !existsSync(join(repo, 'HEAD'))) return undefined;
  return { origin: value.origin, commit: value.commit, key, repo };
}

async function newestImported(
  name: string,
  bases: string,
): Promise<{ version: string; imported: Imported } | undefined> {
  if (!existsSync(bases)) return undefined;
  let best: { version: string; imported: Imported } | undefined;
  for (const entry of readdirSync(bases)) {
    if (!entry.startsWith(`${name}_`)) continue;
    const imported = readImported(bases, entry);
    const version = imported?.origin.split(' ')[1];
    if (imported === undefined || version === undefined) continue;
    if (best === undefined || (await isNewer(version, best.version))) best = { version, imported };
  }
  return best;
}

function remember(path: string, stamp: string, key: string): void {
  writeJson(path, { stamp, key });
}
