import { join } from 'node:path';
import { placeOf } from '../apply/apply.ts';
import { readState, worktreeLock, writeState } from '../apply/state.ts';
import { mendedByApply } from '../apply/unreadable.ts';
import { inspectWorktree } from '../apply/worktree.ts';
import { again } from '../base/again.ts';
import type { BaseContext } from '../base/context.ts';
import type { BaseTree } from '../records/apply.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { gitExec } from '../lib/git.ts';
import { withLock } from '../lib/lock.ts';
import { silentLog } from '../lib/log.ts';
import { outRoot } from '../lib/paths.ts';
import { readCommits, type Commit } from '../series/export.ts';
import { loadManifest } from '../series/load.ts';
import type { ExportedCommits, Given, RefreshOptions, RefreshRecord } from './exported.ts';
import { exportOverlay } from './refresh-overlay.ts';
import { exportPrimary } from './refresh-primary.ts';

/** A commit that is further from its base than this was not made for the series. */
const MAX_COMMITS = 99;

/** Exports the commits of the series' own worktree. */
export async function refreshWorktree(
  root: string,
  base: BaseTree,
  context: BaseContext,
  options: RefreshOptions,
): Promise<RefreshRecord> {
  const { data } = loadManifest(root);
  const place = placeOf(data, base, context);
  return withLock<RefreshRecord>(
    worktreeLock(place.path),
    {
      purpose: 'refreshing patches/',
      log: context.log,
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    },
    async () => {
      const state = readState(place.path);
      const facts = await inspectWorktree(place, state);
      if (state === undefined || typeof facts === 'string') {
        throw new WorkbenchError('E_REFRESH', `there is no worktree at ${place.path}`, { next: again(base, 'apply') });
      }
      const file = place.path;
      const { head } = facts;
      if (head === undefined) {
        throw new WorkbenchError('E_REFRESH', 'HEAD is on a branch without a commit', {
          position: { file },
          next: formatArgv(['git', '-C', file, 'switch', place.branch]),
        });
      }
      if (facts.amInProgress) {
        throw new WorkbenchError('E_AM_IN_PROGRESS', 'a git am or rebase is in progress in the worktree', {
          position: { file },
          next: formatArgv(['git', '-C', file, 'status']),
        });
      }
      if (state.phase === 'creating' || state.phase === 'applying') {
        throw new WorkbenchError('E_REFRESH', 'an apply was interrupted; not all patches are commits', {
          position: { file },
          next: again(base, 'apply'),
        });
      }
      if (facts.dirty.length > 0) {
        throw new WorkbenchError('E_REFRESH', `uncommitted changes: ${facts.dirty.slice(0, 5).join(', ')}`, {
          position: { file },
          next: formatArgv(['git', '-C', file, 'commit', '--amend', '--all']),
        });
      }
      if (state.name !== undefined && state.name !== base.name) {
        const options = base.options.filter((word, at) => word !== '--base' && base.options[at - 1] !== '--base');
        throw new WorkbenchError('E_REFRESH', `the worktree has the series of ${state.name}, not of ${base.name}`, {
          position: { file },
          next: again({ options: [...options, '--base', state.name] }, 'refresh'),
        });
      }
      const commits = await commitsOf(
        place.path,
        state.base,
        head,
        formatArgv(['git', '-C', file, 'rebase', state.base]),
      );
      const { applied, ...exported } = await exportTo(
        root,
        base.name,
        {
          repo: place.path,
          commits,
          pending: state.pending.map((patch) => patch.file),
          options,
          none: again(base, 'apply', '--force'),
        },
        context,
      );
      // the commits are what patches/ says now, so the next apply has only the pending ones to do
      if (!options.dryRun)
        writeState(place.path, {
          phase: 'done',
          base: state.base,
          name: base.name,
          head,
          applied: [...applied],
          pending: [],
        });
      return { ...exported, stage: 'refresh', worktree: place.path, range: `${state.base}..${head}`, base: base.name };
    },
  ).catch((error: unknown) => {
    throw mendedByApply(error, base, place.path);
  });
}

/**
 * Exports a range of any repository, such as a branch that is worked on directly; the repository is only read.
 * @param name of the base that the range is on; the primary one when undefined
 */
export async function refreshRange(
  root: string,
  repo: string,
  range: string,
  options: RefreshOptions,
  name?: string,
): Promise<RefreshRecord> {
  const [from, head, ...more] = range.split('..');
  if (!from || !head || more.length > 0) {
    throw new WorkbenchError('E_USAGE', `${range} is not a range`, { next: 'npm run refresh -- --help' });
  }
  const commits = await commitsOf(repo, from, head, formatArgv(['git', '-C', repo, 'rebase', from, head]));
  const base = name ?? loadManifest(root).data.base;
  const none = 'npm run refresh -- --help';
  const { applied: _, ...exported } = await exportTo(root, base, { repo, commits, pending: [], options, none });
  return { ...exported, stage: 'refresh', worktree: repo, range, base };
}

/** The patch files are the checkout's: what is written there has a lock there, whatever base and cache it is of. */
async function exportTo(
  root: string,
  base: string,
  given: Given,
  context: Pick<BaseContext, 'log' | 'signal'> = { log: silentLog },
): Promise<ExportedCommits> {
  const work = (): Promise<ExportedCommits> =>
    base === loadManifest(root).data.base ? exportPrimary(root, given) : exportOverlay(root, base, given);
  if (given.options.dryRun) return work();
  return withLock(join(outRoot(root), 'patches.lock'), { ...context, purpose: 'writing patches/' }, work);
}

/** @param rebase puts them on top of the base */
async function commitsOf(repo: string, base: string, head: string, rebase: string): Promise<Commit[]> {
  for (const ref of [base, head]) {
    if ((await gitExec(repo, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])).failed) {
      throw new WorkbenchError('E_REFRESH', `${repo} has no commit ${ref}`, { next: 'npm run refresh -- --help' });
    }
  }
  if ((await gitExec(repo, ['merge-base', '--is-ancestor', base, head])).failed) {
    throw new WorkbenchError('E_REFRESH', `${head} is not on top of the base ${base}`, { next: rebase });
  }
  const count = Number((await gitExec(repo, ['rev-list', '--count', `${base}..${head}`])).stdout);
  if (count > MAX_COMMITS) {
    throw new WorkbenchError('E_REFRESH', `${count} commits on top of the base: those are not the series`, {
      next: 'give the base that the series stands on',
    });
  }
  return readCommits(repo, base, head);
}
