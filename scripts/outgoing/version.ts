/** A version of the series: the files there are, those of a revision, of a directory, or the mails of an mbox. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { WorkbenchError, type Problem } from '../lib/errors.ts';
import { formatArgv, type ExecResult } from '../lib/exec.ts';
import { gitExec, gitText } from '../lib/git.ts';
import type { Log } from '../lib/log.ts';
import { temporaryRoot } from '../lib/temporary.ts';
import { readYaml } from '../lib/yaml.ts';
import type { DiffSide } from '../records/diff.ts';
import { loadSeries, overlayFilesIn, seriesFor, type Series } from '../series/load.ts';
import { MANIFEST } from '../series/manifest.ts';
import { checkOverlay, withOverlay, type Overlay } from '../series/overlay.ts';
import { digestOf, inspectPatch, type Patch } from '../series/patchfile.ts';
import { numbered, type Entries } from './numbered.ts';
import { readMbox } from './read-mbox.ts';

export interface Version extends Omit<DiffSide, 'patches'> {
  readonly patches: readonly Patch[];
}

const HELP = 'npm run diff -- --help';

/**
 * @param word a directory, an mbox, or a git revision of the project
 * @param base the base whose patches are wanted; a version that has no such base is taken for its primary one
 */
export async function readVersion(root: string, word: string, log: Log, base?: string): Promise<Version> {
  if (!existsSync(word)) return readRevision(root, word, base);
  if (statSync(word).isDirectory()) return { ...readDirectory(word, word, base), name: word, kind: 'directory' };
  const { version, patches } = await readMbox(word, log);
  return { name: word, kind: 'mbox', label: `v${version}`, base: null, patches };
}

/** The files there are now. */
export function filesThere(series: Series, wanted?: string): Version {
  const { version, bases, base: primary } = series.data;
  const base = wanted !== undefined && Object.hasOwn(bases, wanted) ? wanted : primary;
  return { name: 'patches', kind: 'files', label: `v${version}`, base, patches: seriesFor(series, base).patches };
}

export const readFilesThere = (root: string, base?: string): Version => filesThere(loadSeries(root), base);

/** What the files there are is compared with when nothing is said: the last tag, or what origin has. */
export async function defaultRevision(root: string): Promise<string> {
  const tag = await gitExec(root, ['describe', '--tags', '--abbrev=0']);
  if (!tag.failed) return tag.stdout.trim();
  for (const ref of ['origin/HEAD', 'origin/main', 'origin/master']) {
    if (!(await gitExec(root, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])).failed) return ref;
  }
  throw new WorkbenchError('E_USAGE', 'there is neither a tag nor a main branch of origin to compare with', {
    next: HELP,
  });
}

/** The tag of the version before: `NAME-v1`, or `v1`. */
export async function previousRevision(
  root: string,
  { name, version }: Pick<Series['data'], 'name' | 'version'>,
): Promise<string | undefined> {
  for (const tag of [`${name}-v${version - 1}`, `v${version - 1}`]) {
    const ref = `refs/tags/${tag}`;
    if (!(await gitExec(root, ['rev-parse', '--verify', '--quiet', `${ref}:./patches`])).failed) return tag;
  }
  return undefined;
}

async function readRevision(root: string, revision: string, base: string | undefined): Promise<Version> {
  const verify = async (what: string): Promise<ExecResult> =>
    gitExec(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', what]);
  if ((await verify(`${revision}^{commit}`)).failed)
    throw new WorkbenchError('E_USAGE', `${revision} is no directory, no mbox, and no revision of this repository`, {
      next: HELP,
    });
  const tree = await verify(`${revision}:./patches`);
  if (tree.failed)
    throw new WorkbenchError('E_USAGE', `${revision} has no patches/`, {
      position: { file: `${revision}:patches` },
      next: formatArgv(['git', 'log', '--oneline', '--', 'patches']),
    });
  const dir = mkdtempSync(join(temporaryRoot(), 'dtrace-bpf-version-'));
  try {
    const env = { GIT_INDEX_FILE: join(dir, 'index') };
    const places = [`--git-dir=${(await gitText(root, ['rev-parse', '--absolute-git-dir'])).trim()}`, '--work-tree=.'];
    await gitText(dir, [...places, 'read-tree', tree.stdout.trim()], { env });
    await gitText(dir, [...places, 'checkout-index', '--all', '--prefix=patches/'], { env });
    return { ...readDirectory(join(dir, 'patches'), `${revision}:patches`, base), name: revision, kind: 'revision' };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** What older and newer manifests have in common. */
const manifestSchema = z.object({
  version: z.number().optional(),
  base: z.string().optional(),
  bases: z.record(z.string(), z.unknown()).optional(),
  patches: z.array(z.object({ file: z.string().regex(/^[^/]+$/), except: z.array(z.string()).optional() })),
});

/**
 * The patches of the manifest, or, as `git format-patch -o` leaves them, those of all files in the order of their
 * numbers.
 */
function readDirectory(
  dir: string,
  shown: string,
  wanted: string | undefined,
): Pick<Version, 'patches' | 'label' | 'base'> {
  const entries = existsSync(join(dir, MANIFEST)) ? readManifest(dir, shown, wanted) : numbered(dir, shown);
  const problems: Problem[] = [];
  const patches = entries.files.flatMap(({ file, except }) => {
    const path = join(dir, file);
    if (!existsSync(path)) {
      problems.push({
        code: 'SERIES_FILE_MISSING',
        message: 'there is no such file',
        position: { file: `${shown}/${file}` },
      });
      return [];
    }
    const content = readFileSync(path);
    const { patch, problems: found } = inspectPatch(content, `${shown}/${file}`);
    problems.push(...found);
    return patch === undefined
      ? []
      : [{ ...patch, id: file, file, diffFile: file, content, digest: digestOf(patch), except }];
  });
  const { label, base } = entries;
  const overlay = base === null ? undefined : readOverlay(dir, shown, base, patches.length, problems);
  if (problems.length > 0 || patches.length === 0)
    throw new WorkbenchError(
      'E_PATCH_FORMAT',
      `${shown} ${problems.length > 0 ? 'cannot be read' : 'has no patches'}`,
      {
        position: problems[0]?.position ?? { file: shown },
        problems,
        next: HELP,
      },
    );
  return {
    patches: base === null || overlay === undefined ? patches : withOverlay(base, patches, overlay),
    label,
    base,
  };
}

/** What a base has of its own, which the primary one never has. */
function readOverlay(dir: string, shown: string, base: string, count: number, problems: Problem[]): Overlay {
  const { overlay, problems: found } = checkOverlay(base, overlayFilesIn(join(dir, base)), count);
  const placed = found.map(({ position, ...problem }) => ({
    ...problem,
    ...(position === undefined ? {} : { position: { ...position, file: position.file.replace('patches', shown) } }),
  }));
  problems.push(...placed);
  return overlay;
}

function readManifest(dir: string, shown: string, wanted: string | undefined): Entries {
  const file = `${shown}/${MANIFEST}`;
  const yaml = readYaml(join(dir, MANIFEST), file);
  const parsed = manifestSchema.safeParse(yaml.document.toJS());
  if (yaml.problems.length > 0 || !parsed.success) {
    const wrong = parsed.error?.issues[0];
    throw new WorkbenchError('E_SERIES', `${file} cannot be read`, {
      position: yaml.problems[0]?.position ?? yaml.position(wrong?.path ?? []),
      problems: yaml.problems,
      detail: wrong?.message ?? '',
      next: HELP,
    });
  }
  const { version, base: primary = null, bases = {}, patches } = parsed.data;
  const base = wanted !== undefined && Object.hasOwn(bases, wanted) ? wanted : primary;
  const label = version === undefined ? basename(shown) : `v${version}`;
  return { label, base, files: patches };
}
