import { join } from 'node:path';
import { placeOf } from '../apply/apply.ts';
import { readState, worktreeLock, writeState } from '../apply/state.ts';
import { inspectWorktree } from '../apply/worktree.ts';
import { again } from '../base/again.ts';
import type { BaseContext } from '../base/context.ts';
import type { BaseTree } from '../records/apply.ts';
import { WorkbenchError, type Problem } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { gitExec } from '../lib/git.ts';
import { withLock } from '../lib/lock.ts';
import { readCommits, type Commit } from '../series/export.ts';
import { digestOf, loadManifest, patchesDir, readPatchFiles } from '../series/load.ts';
import { MANIFEST } from '../series/manifest.ts';
import { inspectPatch } from '../series/patchfile.ts';
import { withReader } from '../series/reader.ts';
import { manifestText } from './manifest-text.ts';
import { readContent, removeLeftovers, writeAll } from './refresh-files.ts';
import { unprovable } from './proof.ts';
import { planRefresh, type Entry, type Existing, type RefreshPlan } from './refresh-plan.ts';

/** A commit that is further from its base than this was not made for the series. */
const MAX_COMMITS = 99;

export interface RefreshRecord {
  readonly stage: 'refresh';
  readonly worktree: string;
  readonly range: string;
  readonly patches: readonly { readonly id: string; readonly file: string; readonly subject: string }[];
  /** Names under patches/ that were written and deleted; empty when nothing changed. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

export interface RefreshOptions {
  readonly adopt: boolean;
  readonly dryRun: boolean;
}

/** Exports the commits of the series' own worktree. */
export async function refreshWorktree(
  root: string,
  base: BaseTree,
  context: BaseContext,
  options: RefreshOptions,
): Promise<RefreshRecord> {
  const { data } = loadManifest(root);
  const place = placeOf(data, base, context);
  return withLock(
    worktreeLock(context.cache, base.key),
    {
      purpose: 'refreshing patches/',
      log: context.log,
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    },
    async () => {
      const state = readState(context.cache, base.key);
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
      const commits = await commitsOf(
        place.path,
        state.base,
        head,
        formatArgv(['git', '-C', file, 'rebase', state.base]),
      );
      const { record, plan } = await exportCommits(
        root,
        place.path,
        `${state.base}..${head}`,
        commits,
        state.pending.map((patch) => patch.file),
        { ...options, none: again(base, 'apply', '--force') },
      );
      if (options.dryRun) return record;
      // the commits are what patches/ says now, so the next apply has only the pending ones to do
      const applied = plan.entries
        .filter((entry) => entry.commit !== undefined)
        .map((entry) => ({
          file: entry.file,
          subject: entry.subject,
          digest: digestOfContent(entry),
          commit: entry.commit ?? '',
          fit: 'exact' as const,
        }));
      writeState(context.cache, base.key, { phase: 'done', base: state.base, head: head, applied, pending: [] });
      return record;
    },
  );
}

/** Exports a range of any repository, such as a branch that is worked on directly; the repository is only read. */
export async function refreshRange(
  root: string,
  repo: string,
  range: string,
  options: RefreshOptions,
): Promise<RefreshRecord> {
  const [base, head, ...more] = range.split('..');
  if (!base || !head || more.length > 0) {
    throw new WorkbenchError('E_USAGE', `${range} is not a range`, { next: 'npm run refresh -- --help' });
  }
  const commits = await commitsOf(repo, base, head, formatArgv(['git', '-C', repo, 'rebase', base, head]));
  return (await exportCommits(root, repo, range, commits, [], { ...options, none: 'npm run refresh -- --help' }))
    .record;
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

async function exportCommits(
  root: string,
  repo: string,
  range: string,
  commits: readonly Commit[],
  pending: readonly string[],
  options: RefreshOptions & { readonly none: string },
): Promise<{ record: RefreshRecord; plan: RefreshPlan }> {
  const { data, yaml } = loadManifest(root);
  const files = readPatchFiles(root);
  const listed = data.patches.map(({ file }) => file);
  const order = [...listed, ...[...files.keys()].filter((file) => !listed.includes(file))];
  const existing = order.flatMap((file): Existing[] => {
    const found = files.get(file);
    return found === undefined ? [] : [{ file, ...found }];
  });
  if (commits.length === 0 && pending.length === 0 && listed.length > 0) {
    throw new WorkbenchError('E_REFRESH', 'there are no commits on top of the base; that would delete every patch', {
      next: options.none,
    });
  }
  const plan = planRefresh({ author: data.author, adopt: options.adopt, commits, existing, pending });
  if (plan.problems.length > 0) throw refused(plan.problems);
  const manifest = manifestText(yaml, plan.entries);
  const outputs = [
    ...plan.entries.map(({ file, content }) => [file, content] as const),
    [MANIFEST, Buffer.from(manifest)] as const,
  ];
  const written = outputs.filter(
    ([file, content]) => readContent(join(patchesDir(root), file))?.equals(content) !== true,
  );
  await prove(
    repo,
    commits.filter(({ commit }) =>
      plan.entries.some((entry) => entry.commit === commit && written.some(([file]) => file === entry.file)),
    ),
  );
  const removed = [...files.keys(), ...listed].filter(
    (file, index, all) =>
      all.indexOf(file) === index &&
      !plan.entries.some((entry) => entry.file === file) &&
      readContent(join(patchesDir(root), file)) !== undefined,
  );
  if (!options.dryRun) {
    removeLeftovers(patchesDir(root));
    writeAll(patchesDir(root), written, removed);
  }
  const patches = plan.entries.map(({ id, file, subject }) => ({ id, file, subject }));
  return {
    record: { stage: 'refresh', worktree: repo, range, patches, written: written.map(([file]) => file), removed },
    plan,
  };
}

/** The patches that are about to be written make the trees of their commits; asked before anything is. */
async function prove(repo: string, commits: readonly Commit[]): Promise<void> {
  if (commits.length === 0) return;
  const problems = await withReader(repo, async (reader) => {
    const found: Problem[] = [];
    for (const commit of commits) {
      const words = await unprovable(reader, commit);
      if (words !== undefined)
        found.push({
          code: 'REFRESH_TREE',
          message: `${commit.commit.slice(0, 12)}: the patch of "${commit.subject}" makes another tree: ${words.trim()}`,
        });
    }
    return found;
  });
  if (problems.length > 0) throw refused(problems);
}

function refused(problems: readonly Problem[]): WorkbenchError {
  return new WorkbenchError(
    'E_REFRESH',
    `${problems.length} of the commits cannot be made patches; nothing was written`,
    { problems, next: 'correct the commits, then npm run refresh' },
  );
}

function digestOfContent({ file, content }: Entry): string {
  const { patch, problems } = inspectPatch(content, file);
  if (patch === undefined)
    throw new WorkbenchError('E_REFRESH', `${file} would not be readable`, {
      problems,
      next: 'npm run refresh -- --help',
    });
  return digestOf(patch);
}
