import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError, type Problem } from '../lib/errors.ts';
import { readYaml, type YamlFile } from '../lib/yaml.ts';
import { checkManifest, MANIFEST } from './manifest.ts';
import { inspectPatch, type Patch } from './patchfile.ts';
import type { SeriesData } from './schema.ts';

export interface SeriesPatch extends Patch {
  readonly id: string;
  readonly file: string;
  /** sha256 of what `git am` is given, which is all that decides the commit besides its parent. */
  readonly digest: string;
  /** sha256 of the file. */
  readonly sha256: string;
}

export interface Series {
  readonly data: SeriesData;
  readonly yaml: YamlFile;
  readonly patches: readonly SeriesPatch[];
}

export function patchesDir(root: string): string {
  return join(root, 'patches');
}

/** Reads and checks the whole series; nothing else is done while anything in it is wrong. */
export function loadSeries(root: string): Series {
  const { yaml, checked } = readManifest(root);
  if (checked.data === undefined || checked.problems.length > 0) throw seriesError(checked.problems);
  const patches: SeriesPatch[] = [];
  const problems: Problem[] = [];
  for (const entry of checked.data.patches) {
    const content = readFileSync(join(patchesDir(root), entry.file));
    const inspected = inspectPatch(content, `patches/${entry.file}`);
    problems.push(...inspected.problems);
    if (inspected.patch !== undefined)
      patches.push({ ...inspected.patch, ...entry, digest: digestOf(inspected.patch), sha256: sha256(content) });
  }
  if (problems.length > 0) {
    throw new WorkbenchError('E_PATCH_FORMAT', `${count(problems.length, 'problem')} in the patch files`, {
      problems,
      next: 'correct the files, then npm run apply',
    });
  }
  return { data: checked.data, yaml, patches };
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
    const content = readFileSync(join(patchesDir(root), file));
    const { patch, problems } = inspectPatch(content, `patches/${file}`);
    // a commit has everything of a damaged file but its notes
    if (problems.some(({ code }) => code === 'PATCH_NOTES')) {
      throw new WorkbenchError('E_PATCH_FORMAT', `git would read the notes in patches/${file}`, {
        problems,
        next: 'indent the line, then npm run refresh',
      });
    }
    if (patch !== undefined) found.set(file, { patch, content });
  }
  return found;
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

export function digestOf(patch: Patch): string {
  const { subject, author, body, diff } = patch;
  return sha256(JSON.stringify([subject, author, body, diff]));
}

/** What `sha256sum *.patch | cut -c-64 | sha256sum` says of the files. */
export function patchsetHash(patches: readonly Pick<SeriesPatch, 'sha256'>[]): string {
  return sha256(patches.map((patch) => `${patch.sha256}\n`).join(''));
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
