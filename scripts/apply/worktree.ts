import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BaseTree } from '../base/types.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { changedFiles, gitExec, gitText } from '../lib/git.ts';
import type { WorktreeFacts } from './plan.ts';
import { fingerprint, type ApplyState } from './state.ts';

export interface Place {
  readonly base: BaseTree;
  readonly path: string;
  readonly branch: string;
  readonly signal?: AbortSignal;
}

/** Whose commits these are, whoever runs the command; the date makes them the same everywhere. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

export function parseAuthor(author: string): Identity {
  const [, name = '', email = ''] = /^(.*) <(.*)>$/.exec(author) ?? [];
  return { name, email };
}

export async function branchCommit({ base, branch }: Place): Promise<string | undefined> {
  const result = await gitExec(base.repo, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]);
  return result.failed ? undefined : result.stdout.trim();
}

/** undefined when the directory is missing, broken, or a worktree of something else. */
export async function inspectWorktree(place: Place, state: ApplyState | undefined): Promise<WorktreeFacts | undefined> {
  if (!existsSync(join(place.path, '.git'))) return undefined;
  const [own, repo] = await Promise.all([
    gitExec(place.path, ['rev-parse', '--path-format=absolute', '--git-common-dir', '--git-dir', 'HEAD', '--symbolic-full-name', 'HEAD']),
    gitExec(place.base.repo, ['rev-parse', '--path-format=absolute', '--git-common-dir']),
  ]);
  const [common, directory, head, ref] = own.stdout.split('\n');
  if (own.failed || directory === undefined || head === undefined || common !== repo.stdout.trim()) return undefined;
  return {
    head,
    attached: ref === `refs/heads/${place.branch}`,
    amInProgress: existsSync(join(directory, 'rebase-apply')) || existsSync(join(directory, 'rebase-merge')),
    dirty: await changedFiles(place.path),
    fingerprint: state?.phase === 'conflict' ? await fingerprintOf(place.path) : undefined,
  };
}

/** Of everything a person may have done to files that git knows. */
export async function fingerprintOf(path: string): Promise<string> {
  const [status, diff, head] = await Promise.all([
    gitText(path, ['status', '--porcelain', '--untracked-files=no']),
    gitText(path, ['diff', 'HEAD']),
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
 */
export async function createWorktree(place: Place, commit: string, exists: boolean): Promise<boolean> {
  const { base, path, branch } = place;
  await refuseOtherPlace(place);
  rmSync(path, { recursive: true, force: true });
  const target = exists ? [path, branch] : ['-b', branch, path, commit];
  await gitText(base.repo, ['-c', 'checkout.workers=0', 'worktree', 'add', '--quiet', '--force', '--force', ...target], {
    ...(place.signal === undefined ? {} : { signal: place.signal }),
  });
  return !exists;
}

async function refuseOtherPlace({ base, path, branch }: Place): Promise<void> {
  const list = await gitText(base.repo, ['worktree', 'list', '--porcelain']);
  for (const block of list.split('\n\n')) {
    const where = /^worktree (.*)$/m.exec(block)?.[1];
    if (where === undefined || where === path || !block.includes(`branch refs/heads/${branch}\n`) && !block.endsWith(`branch refs/heads/${branch}`)) continue;
    if (!existsSync(where)) continue;
    throw new WorkbenchError('E_TREE', `branch ${branch} is checked out in ${where}`, {
      next: `git -C ${where} switch --detach, then npm run apply`,
    });
  }
}

/** What a killed git left behind: lock files of the worktree and of our branch, half of an `am`. */
export async function clearLeftovers(place: Place): Promise<void> {
  if (!existsSync(join(place.path, '.git'))) return;
  const found = await gitExec(place.path, ['rev-parse', '--path-format=absolute', '--git-dir', '--git-common-dir']);
  const [directory, common] = found.stdout.split('\n');
  // a `worktree add` that was stopped takes back its registration and leaves the files: they are made anew
  if (found.failed || directory === undefined || common === undefined) return;
  for (const file of ['index.lock', 'HEAD.lock', 'ORIG_HEAD.lock', 'AUTO_MERGE.lock']) rmSync(join(directory, file), { force: true });
  rmSync(join(common, 'refs', 'heads', `${place.branch}.lock`), { force: true });
}

/** The branch and the files exactly at `commit`, whatever was in progress. */
export async function resetWorktree(place: Place, commit: string): Promise<void> {
  const directory = gitDirOf(place.path);
  if (directory === undefined) throw new WorkbenchError('E_TREE', `${place.path} is not a worktree`, { next: 'npm run apply -- --force' });
  // what `am --quit` and `rebase --quit` do, without a process that refuses when there is nothing to quit
  for (const entry of ['rebase-apply', 'rebase-merge']) rmSync(join(directory, entry), { recursive: true, force: true });
  await gitText(place.path, ['checkout', '--quiet', '--force', '-B', place.branch, commit], {
    ...(place.signal === undefined ? {} : { signal: place.signal }),
  });
}

/** An `am` that was killed between writing files and committing them leaves the new ones behind, unknown to git. */
export async function removeNewFiles({ path }: Place, files: readonly string[]): Promise<void> {
  if (files.length > 0) await gitText(path, ['--literal-pathspecs', 'clean', '-fdq', '--', ...files]);
}

/** Keeps the branch, HEAD and uncommitted changes under refs/dtrace-bpf/backup/; returns the refs' names. */
export async function backUp(place: Place, hasWorktree: boolean, now: Date): Promise<string[]> {
  const stamp = now.toISOString().replace(/[-:]/g, '').slice(0, 15);
  const refs: string[] = [];
  const keep = async (what: string, commit: string): Promise<void> => {
    const ref = `refs/dtrace-bpf/backup/${stamp}-${what}`;
    await gitText(place.base.repo, ['update-ref', ref, commit]);
    refs.push(ref);
  };
  const branch = await branchCommit(place);
  if (branch !== undefined) await keep('branch', branch);
  if (!hasWorktree) return refs;
  const head = (await gitText(place.path, ['rev-parse', 'HEAD'])).trim();
  if (head !== branch) await keep('head', head);
  // stash create refuses an index with conflicts; adding everything that is tracked resolves them as they stand
  await gitText(place.path, ['add', '--update']);
  const stash = (await gitText(place.path, ['-c', 'user.name=backup', '-c', 'user.email=backup@localhost', 'stash', 'create'])).trim();
  if (stash !== '') await keep('changes', stash);
  return refs;
}

/** Backups that turn out to be the very commits that stand on the branch now keep nothing: returns the others. */
export async function dropContained({ base, branch }: Place, backups: readonly string[]): Promise<string[]> {
  const kept: string[] = [];
  for (const ref of backups) {
    if ((await gitExec(base.repo, ['merge-base', '--is-ancestor', ref, `refs/heads/${branch}`])).failed) kept.push(ref);
    else await gitText(base.repo, ['update-ref', '-d', ref]);
  }
  return kept;
}
