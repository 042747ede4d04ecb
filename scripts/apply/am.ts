import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { hostError } from '../lib/exec.ts';
import { gitExec, gitText, missingObjects } from '../lib/git.ts';
import { makeDir } from '../lib/make-dir.ts';
import { normalizeDiff, withoutBlobIds } from '../series/diff.ts';
import { mailFor, type SeriesPatch } from '../series/patchfile.ts';
import { again } from '../base/again.ts';
import type { BaseTree, Fit } from '../records/apply.ts';
import type { Reader } from '../series/reader.ts';
import { resetWorktree, scratchOf, type Identity, type Place } from './worktree.ts';

/** With the settings of the person or the repository that would make `am` do something else. */
export const AM_ARGS = [
  ...[
    ['rerere.enabled', 'false'],
    ['merge.conflictStyle', 'merge'],
    ['merge.renames', 'true'],
    ['merge.directoryRenames', 'conflict'],
    ['merge.renormalize', 'false'],
    ['merge.renameLimit', '7000'],
    ['diff.algorithm', 'histogram'],
  ].flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  'am',
  '--3way',
  '--keep-non-patch',
  '--no-keep-cr',
  '--no-scissors',
  '--no-message-id',
  '--whitespace=nowarn',
];

export interface AmResult {
  /** undefined when the patch did not apply. */
  readonly commit: string | undefined;
  readonly fit: Fit;
  /** git's own words. */
  readonly output: string;
}

/** Commits are a minute apart, so that their order shows in every log. */
const STEP_SECONDS = 60;

/** `git am --3way` of one patch. The commit depends on its parent and on the patch, and on nothing else. */
export async function am(
  place: Place,
  reader: Reader,
  patch: SeriesPatch,
  before: string,
  author: Identity,
  baseSeconds: number,
): Promise<AmResult> {
  const seconds = secondsOf(patch, baseSeconds);
  const directory = scratchOf(place);
  makeDir(directory);
  const mail = join(directory, basename(patch.file));
  try {
    writeFileSync(mail, mailOf(patch, baseSeconds));
    const result = await gitExec(place.path, [...AM_ARGS, mail], {
      env: {
        GIT_COMMITTER_NAME: author.name,
        GIT_COMMITTER_EMAIL: author.email,
        GIT_COMMITTER_DATE: `${seconds} +0000`,
      },
      ...(place.signal === undefined ? {} : { signal: place.signal }),
    });
    if (result.aborted) throw new WorkbenchError('E_INTERRUPTED', 'interrupted');
    const output = result.stdout + result.stderr;
    const host = hostError(output, `git am ${patch.file}`) ?? missingObjects(output, place.base.repo);
    if (host !== undefined) throw host;
    if (result.failed) return { commit: undefined, fit: 'exact', output };
    const commit = (await gitText(place.path, ['rev-parse', 'HEAD'])).trim();
    const diff = (await reader.diffs([commit])).join('');
    if (diff === '') await resetWorktree(place, before, true);
    if (commit === before || diff === '') throw inBase(patch, place.base, output);
    return { commit, fit: fitOf(diff, patch), output };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function secondsOf(patch: SeriesPatch, baseSeconds: number): number {
  const [, number, letter = ''] = /^(\d+)([a-z]?)$/.exec(patch.id) ?? [];
  // one that only this base needs leaves the dates of those behind it alone
  const behind = letter === '' ? 0 : letter.charCodeAt(0) - 'a'.charCodeAt(0) + 1;
  return baseSeconds + Number(number) * STEP_SECONDS + behind;
}

/** What `git am` gets. */
export function mailOf(patch: SeriesPatch, baseSeconds: number): Buffer {
  return mailFor(patch, secondsOf(patch, baseSeconds));
}

/** Asked of the commit: a merge that stopped may have put the patch's own files into the worktree. */
export async function isInHead(place: Place, patch: SeriesPatch): Promise<boolean> {
  const directory = scratchOf(place);
  makeDir(directory);
  const env = { GIT_INDEX_FILE: join(directory, 'index') };
  try {
    await gitText(place.path, ['read-tree', 'HEAD'], { env });
    const input = Buffer.from(patch.diff, 'latin1');
    return !(await gitExec(place.path, ['apply', '--check', '--cached', '--reverse', '-'], { env, input })).failed;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export function inBase(patch: SeriesPatch, base: BaseTree, detail: string): WorkbenchError {
  // a patch of all bases is an entry, anything else a file
  const listed = /^\d+$/.test(patch.id) && patch.diffFile === patch.file;
  return new WorkbenchError('E_PATCH_IN_BASE', `patches/${patch.diffFile} changes nothing: the base has it already`, {
    position: { file: `patches/${patch.diffFile}` },
    detail,
    next: [listed ? 'remove it from patches/series.yaml, then' : 'remove it, then', again(base, 'apply')].join(' '),
  });
}

/** git says nothing about shifted hunks when it applies a mail: the commit's own diff shows them. */
function fitOf(diff: string, patch: SeriesPatch): Fit {
  if (withoutBlobIds(diff) === withoutBlobIds(patch.diff)) return 'exact';
  return normalizeDiff(diff) === normalizeDiff(patch.diff) ? 'shifted' : 'merged';
}
