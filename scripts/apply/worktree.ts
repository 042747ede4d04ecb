import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { again } from '../base/again.ts';
import type { BaseTree } from '../records/apply.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { changedFiles, gitExec, gitText } from '../lib/git.ts';
import { makeDir } from '../lib/make-dir.ts';
import { untrackedAmong } from './untracked.ts';
import type { WorktreeFacts } from './plan.ts';
import { fingerprint, type ApplyState } from './state.ts';

export interface Place {
  readonly base: BaseTree;
  readonly path: string;
  readonly branch: string;
  readonly signal?: AbortSignal;
}

/** Whose commits these are, on every machine; the date makes them the same everywhere. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

export function parseAuthor(author: string): Identity {
  const [, name = '', email = ''] = /^(.*) <(.*)>$/.exec(author) ?? [];
  return { name, email };
}

/** For files of one step; next to the worktree, so that a full disk or a read-only one is noticed as such. */
export function scratchOf({ path }: Pick<Place, 'path'>): string {
  return `${path}.mail`;
}

export async function branchCommit({ base, branch }: Place): Promise<string | undefined> {
  const result = await gitExec(base.repo, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]);
  return result.failed ? undefined : result.stdout.trim();
}

/**
 * What the directory is. Only `absent` may be made; a `stray` is anything with files in it that git does not take for a
 * worktree of this repository, and those may be all that is left of a person's work.
 * @param files where the series has files
 */
export async function inspectWorktree(
  place: Place,
  state: ApplyState | undefined,
  files: readonly string[] = [],
): Promise<WorktreeFacts | 'absent' | 'stray'> {
  if (isAbsent(place.path)) return 'absent';
  if (gitDirOf(place.path) === undefined) return 'stray';
  const [own, repo, asked] = await Promise.all([
    gitExec(place.path, ['rev-parse', '--path-format=absolute', '--git-common-dir', '--git-dir']),
    gitExec(place.base.repo, ['rev-parse', '--path-format=absolute', '--git-common-dir']),
    gitExec(place.path, ['rev-parse', 'HEAD', '--symbolic-full-name', 'HEAD']),
  ]);
  const [common, directory] = own.stdout.split('\n');
  if (own.failed || directory === undefined || common !== repo.stdout.trim()) return 'stray';
  const [head, ref] = asked.stdout.split('\n');
  const [dirty, inTheWay] = await Promise.all([
    asked.failed ? [] : changedFiles(place.path),
    untrackedAmong(place.path, files),
  ]);
  return {
    head: asked.failed ? undefined : head,
    attached: ref === `refs/heads/${place.branch}`,
    amInProgress: hasSession(directory),
    dirty,
    inTheWay,
    fingerprint: state?.phase === 'conflict' && !asked.failed ? await fingerprintOf(place.path) : undefined,
  };
}

/** Whether a `git am` or a rebase is in progress, by the worktree's own directory in its repository. */
export function hasSession(directory: string): boolean {
  return ['rebase-apply', 'rebase-merge'].some((name) => existsSync(join(directory, name)));
}

/** `git rebase` has a directory of its own, or one that `git am` would have marked. */
export function isRebasing(path: string): boolean {
  const directory = gitDirOf(path) ?? '';
  return (
    existsSync(join(directory, 'rebase-merge')) ||
    (existsSync(join(directory, 'rebase-apply')) && !existsSync(join(directory, 'rebase-apply/applying')))
  );
}

/** Missing, or a directory without anything in it. */
function isAbsent(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat === undefined || (stat.isDirectory() && readdirSync(path).length === 0);
}

/** Of everything a person may have done there. */
export async function fingerprintOf(path: string): Promise<string> {
  const [status, diff, head] = await Promise.all([
    gitText(path, ['status', '--porcelain', '--untracked-files=normal']),
    gitText(path, ['diff', '--no-ext-diff', '--no-textconv', 'HEAD']),
    gitText(path, ['rev-parse', 'HEAD']),
  ]);
  return fingerprint(status, diff, head);
}

/** A worktree's own directory in its repository, read as git reads it; undefined when `path` is no worktree. */
export function gitDirOf(path: string): string | undefined {
  try {
    const link = /^gitdir: (.+)$/m.exec(readFileSync(join(path, '.git'), 'utf8'))?.[1];
    return link === undefined ? undefined : resolve(path, link);
  } catch {
    return undefined;
  }
}

/**
 * Makes the worktree on its branch; twice --force because a killed `worktree add` leaves it registered and locked.
 * Returns whether it stands at `commit`: a branch of that name that exists is checked out where it is.
 * @param replace the directory holds nothing but what a killed run of ours wrote; otherwise it must be absent or empty
 */
export async function createWorktree(
  place: Place,
  commit: string,
  exists: boolean,
  replace: boolean,
): Promise<boolean> {
  const { base, path, branch } = place;
  if (replace) rmSync(path, { recursive: true, force: true });
  const target = exists ? [path, branch] : ['-b', branch, path, commit];
  await gitText(
    base.repo,
    ['-c', 'checkout.workers=0', 'worktree', 'add', '--quiet', '--force', '--force', ...target],
    {
      ...(place.signal === undefined ? {} : { signal: place.signal }),
    },
  );
  return !exists;
}

/** A branch is one worktree's: git would move it under the other one. @param force as it has to be said again */
export async function refuseOtherPlace({ base, path, branch }: Place, force: boolean): Promise<void> {
  const list = await gitText(base.repo, ['worktree', 'list', '--porcelain']);
  for (const block of list.split('\n\n')) {
    const where = /^worktree (.*)$/m.exec(block)?.[1];
    if (
      where === undefined ||
      where === path ||
      (!block.includes(`branch refs/heads/${branch}\n`) && !block.endsWith(`branch refs/heads/${branch}`))
    )
      continue;
    if (!existsSync(where)) continue;
    const argv = ['git', '-C', where, 'switch', '--detach'];
    throw new WorkbenchError('E_TREE', `branch ${branch} is checked out in ${where}`, {
      next: `${formatArgv(argv)} && ${again(base, 'apply', ...(force ? ['--force'] : []))}`,
    });
  }
}

/**
 * Files that git was told to leave out would be missing in a build; a worktree gets them back by its person's word
 * alone.
 */
export async function refuseSparse({ path }: Pick<Place, 'path'>): Promise<void> {
  const directory = gitDirOf(path);
  if (directory === undefined || !existsSync(join(directory, 'info/sparse-checkout'))) return;
  const left = (await gitText(path, ['ls-files', '-t'])).split('\n').filter((line) => line.startsWith('S '));
  if (left.length === 0) return;
  throw new WorkbenchError('E_TREE', `the worktree is sparse: ${left.length} files are left out`, {
    position: { file: path },
    detail: left.slice(0, 5).join('\n'),
    next: formatArgv(['git', '-C', path, 'sparse-checkout', 'disable']),
  });
}

/** What a killed git left behind: lock files of the worktree and of our branch, half of an `am`. */
export async function clearLeftovers(place: Place): Promise<void> {
  if (!existsSync(join(place.path, '.git'))) return;
  const found = await gitExec(place.path, ['rev-parse', '--path-format=absolute', '--git-dir', '--git-common-dir']);
  const [directory, common] = found.stdout.split('\n');
  // a `worktree add` that was stopped takes back its registration and leaves the files: they are made anew
  if (found.failed || directory === undefined || common === undefined) return;
  for (const file of ['index.lock', 'HEAD.lock', 'ORIG_HEAD.lock', 'AUTO_MERGE.lock'])
    rmSync(join(directory, file), { force: true });
  rmSync(join(common, 'refs', 'heads', `${place.branch}.lock`), { force: true });
}

/**
 * The branch and the files at `commit`.
 * @param discard changes may go, because they are ours or are kept; otherwise git refuses to overwrite any
 */
export async function resetWorktree(place: Place, commit: string, discard: boolean): Promise<void> {
  const directory = gitDirOf(place.path);
  if (directory === undefined)
    throw new WorkbenchError('E_TREE', `${place.path} is not a worktree`, {
      next: again(place.base, 'apply', '--force'),
    });
  // what `am --quit` and `rebase --quit` do, without a process that refuses when there is nothing to quit
  if (discard)
    for (const entry of ['rebase-apply', 'rebase-merge'])
      rmSync(join(directory, entry), { recursive: true, force: true });
  const how = discard ? ['--force'] : ['--no-overwrite-ignore'];
  try {
    await gitText(
      place.path,
      ['checkout', '--quiet', ...how, '-B', place.branch, commit],
      place.signal === undefined ? {} : { signal: place.signal },
    );
  } catch (error: unknown) {
    const kept =
      error instanceof WorkbenchError && /would be overwritten|local changes/.test(error.detail ?? '')
        ? error.detail
        : undefined;
    if (kept === undefined) throw error;
    throw new WorkbenchError('E_WORKTREE_EDITED', 'files of yours are where the series has some', {
      position: { file: place.path },
      detail: kept,
      next: again(place.base, 'apply', '--force'),
      cause: error,
    });
  }
}

/** What a patch made, or a person left, where the patches are about to put their own. */
export async function removeUntracked({ path }: Place, files: readonly string[]): Promise<void> {
  if (files.length > 0) await gitText(path, ['--literal-pathspecs', 'clean', '-fdqx', '--', ...files]);
}

/** Whether everything in a half-made checkout of `commit` is of that commit, or the beginning of it. */
export async function isOwnCheckout(
  place: { readonly base: Pick<BaseTree, 'repo'>; readonly path: string },
  commit: string,
): Promise<boolean> {
  if (lstatSync(join(place.path, '.git'), { throwIfNoEntry: false })?.isDirectory() === true) return false;
  makeDir(scratchOf(place));
  const git = async (...args: string[]): Promise<string> =>
    gitText(place.base.repo, [`--work-tree=${place.path}`, ...args], {
      env: { GIT_INDEX_FILE: join(scratchOf(place), 'index') },
    });
  try {
    await git('read-tree', commit);
    if ((await git('ls-files', '--others', '-z')) !== '') return false;
    for (const file of (await git('diff', '--name-only', '-z', '--no-ext-diff', '--diff-filter=d'))
      .split('\0')
      .filter(Boolean)) {
      const [there, whole] = [readFileSync(join(place.path, file)), await git('cat-file', 'blob', `${commit}:${file}`)];
      if (!whole.startsWith(there.toString('utf8'))) return false;
    }
    return true;
  } finally {
    rmSync(scratchOf(place), { recursive: true, force: true });
  }
}
