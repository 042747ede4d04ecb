import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError, type Problem } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { readYaml, type YamlFile } from '../lib/yaml.ts';
import { checkManifest, MANIFEST } from './manifest.ts';
import {
  checkOverlay,
  NO_OVERLAY,
  strayDirectories,
  uselessDiffs,
  withOverlay,
  type Overlay,
  type OverlayFile,
} from './overlay.ts';
import { digestOf, inspectPatch, type Inspected, type Patch, type SeriesPatch } from './patchfile.ts';
import type { SeriesData } from './schema.ts';

export interface Series {
  readonly data: SeriesData;
  readonly yaml: YamlFile;
  /** For the primary base, when it is not of seriesFor(). */
  readonly patches: readonly SeriesPatch[];
  /** By the name of the base. */
  readonly overlays: ReadonlyMap<string, Overlay>;
}

export function patchesDir(root: string): string {
  return join(root, 'patches');
}

/** Reads and checks the whole series; nothing else is done while anything in it is wrong. */
export function loadSeries(root: string): Series {
  const { problems, ...primary } = readPrimary(root);
  const overlays = new Map<string, Overlay>();
  const directories = overlayDirectories(root);
  problems.push(...strayDirectories(primary.data, directories));
  for (const base of directories) {
    const { overlay, problems: found } = checkOverlay(base, overlayFiles(root, base), primary.data.patches.length);
    problems.push(...found, ...uselessDiffs(base, primary.patches, overlay));
    overlays.set(base, overlay);
  }
  if (problems.length > 0) throw filesError(problems);
  return { ...primary, overlays };
}

/** The patches of the primary base, for `refresh` of another one, which makes that one's files anew. */
export function loadPrimary(root: string): Omit<Series, 'overlays'> {
  const { problems, ...primary } = readPrimary(root);
  if (problems.length > 0) throw filesError(problems);
  return primary;
}

function filesError(problems: readonly Problem[]): WorkbenchError {
  return new WorkbenchError('E_PATCH_FORMAT', `${count(problems.length, 'problem')} in the patch files`, {
    problems,
    next: 'correct the files, then npm run apply',
  });
}

function readPrimary(root: string): Omit<Series, 'overlays'> & { readonly problems: Problem[] } {
  const { yaml, checked } = readManifest(root);
  if (checked.data === undefined || checked.problems.length > 0) throw seriesError(checked.problems);
  const patches: SeriesPatch[] = [];
  const problems: Problem[] = [];
  for (const entry of checked.data.patches) {
    const { content, patch, problems: found } = readPatchFile(root, entry.file);
    problems.push(...found);
    if (patch !== undefined)
      patches.push({ ...patch, ...entry, diffFile: entry.file, content, digest: digestOf(patch) });
  }
  return { data: checked.data, yaml, patches, problems };
}

/** A pipe would not end, and a link may lead nowhere, or to itself. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function readPatchFile(root: string, file: string): Inspected & { readonly content: Buffer } {
  const path = join(patchesDir(root), file);
  const shown = `patches/${file}`;
  if (!isFile(path)) {
    const hint = formatArgv(['git', 'checkout', '--', shown]);
    const problem = { code: 'PATCH_FILE', message: 'this is no file', position: { file: shown }, hint };
    return { content: Buffer.alloc(0), patch: undefined, problems: [problem] };
  }
  const content = readFileSync(path);
  return { content, ...inspectPatch(content, shown) };
}

/** The series as this base has it: every reader of patches asks for it here. */
export function seriesFor(series: Series, base: string): Series {
  const overlay = series.overlays.get(base) ?? NO_OVERLAY;
  return { ...series, patches: withOverlay(base, series.patches, overlay), overlays: new Map() };
}

/** Every directory of patches/ is one of a base. */
export function overlayDirectories(root: string): string[] {
  return readdirSync(patchesDir(root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

export function overlayFiles(root: string, base: string): OverlayFile[] {
  return overlayFilesIn(join(patchesDir(root), base));
}

export function overlayFilesIn(directory: string): OverlayFile[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).map((entry) => [
    entry.name,
    entry.isFile() ? readFileSync(join(directory, entry.name)) : undefined,
  ]);
}

/** What refresh makes new anyway. */
const REPAIRABLE: ReadonlySet<string> = new Set([
  'SERIES_ORDER',
  'SERIES_DUPLICATE',
  'SERIES_FILE_MISSING',
  'SERIES_FILE_UNLISTED',
]);

/**
 * The manifest for `refresh`, which rewrites the list of patches: wrong numbers, missing and unlisted files are what
 * a refresh that was killed leaves behind, and the next one puts them right.
 */
export function loadManifest(root: string): { readonly data: SeriesData; readonly yaml: YamlFile } {
  const { yaml, checked } = readManifest(root);
  const fatal = checked.problems.filter(({ code }) => !REPAIRABLE.has(code));
  if (checked.data === undefined || fatal.length > 0) throw seriesError(fatal);
  return { data: checked.data, yaml };
}

export interface PatchFile {
  readonly patch: Patch;
  readonly content: Buffer;
}

/** Parsed patches on disk by file name; files that cannot be read as patches are left out. */
export function readPatchFiles(root: string): Map<string, PatchFile> {
  const found = new Map<string, PatchFile>();
  for (const file of readdirSync(patchesDir(root)).sort()) {
    if (!file.endsWith('.patch')) continue;
    const { content, patch, problems } = readPatchFile(root, file);
    // a commit has everything of a damaged file but its notes
    if (problems.some(({ code }) => ['PATCH_NOTES', 'PATCH_FILE'].includes(code))) {
      throw new WorkbenchError('E_PATCH_FORMAT', `the notes in patches/${file} would be lost`, {
        problems,
        next: 'correct the file, then npm run refresh',
      });
    }
    if (patch !== undefined) found.set(file, { patch, content });
  }
  return found;
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

/** What `sha256sum *.patch | cut -c-64 | sha256sum` says of the files. */
export function patchsetHash(patches: readonly Pick<SeriesPatch, 'content'>[]): string {
  return sha256(patches.map(({ content }) => `${sha256(content)}\n`).join(''));
}

function readManifest(root: string): { yaml: YamlFile; checked: ReturnType<typeof checkManifest> } {
  const yaml = readYaml(join(patchesDir(root), MANIFEST), `patches/${MANIFEST}`);
  const onDisk = readdirSync(patchesDir(root)).sort();
  return { yaml, checked: checkManifest(yaml, onDisk) };
}

function seriesError(problems: readonly Problem[]): WorkbenchError {
  return new WorkbenchError('E_SERIES', `${count(problems.length, 'problem')} in patches/${MANIFEST}`, {
    problems,
    next: problems.every(({ code }) => REPAIRABLE.has(code))
      ? 'correct the manifest, or, when the worktree has the patches as commits: npm run refresh'
      : 'correct the manifest, then npm run apply',
  });
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
