import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gitExec, gitText } from '../lib/git.ts';
import { makeDir } from '../lib/make-dir.ts';
import { stampOf } from '../lib/paths.ts';
import { untrackedAmong } from './untracked.ts';
import { branchCommit, gitDirOf, scratchOf, type Place } from './worktree.ts';

/** What was in the way, and where it is now. */
export interface Backup {
  readonly refs: readonly string[];
  /** Directories that were given another name. */
  readonly paths: readonly string[];
}

export const NO_BACKUP: Backup = { refs: [], paths: [] };

const REFS = 'refs/dtrace-bpf/backup';
const NOBODY = {
  GIT_AUTHOR_NAME: 'backup',
  GIT_AUTHOR_EMAIL: 'backup@localhost',
  GIT_COMMITTER_NAME: 'backup',
  GIT_COMMITTER_EMAIL: 'backup@localhost',
};
/** `update-ref` with this old value makes a ref and never changes one. */
const NO_COMMIT = '0'.repeat(40);
const SESSIONS = ['rebase-apply', 'rebase-merge'];

/**
 * Keeps everything of a worktree that the next step would overwrite: the branch, HEAD, the index, changed files, and
 * untracked ones among `files`. Nothing is changed by it but refs, and the state of an `am` or a rebase, which is
 * renamed unless it is `ours`.
 */
export async function backUp(
  place: Place,
  hasWorktree: boolean,
  files: readonly string[],
  ours: (mail: string) => boolean,
  now: Date,
): Promise<Backup> {
  const { refs, head, keep } = await keepCommits(place, hasWorktree, now);
  if (!hasWorktree) return { refs, paths: [] };
  const changes = await snapshot(place, head, files);
  if (changes !== undefined) await keep('changes', changes);
  return { refs, paths: keepSession(place, ours, now) };
}

interface Kept {
  readonly refs: readonly string[];
  readonly head: string | undefined;
  /** One more, with the others of this time. */
  keep(what: string, commit: string): Promise<void>;
}

/** The commits of the branch and of HEAD, of which nothing but their ids is read. */
export async function keepCommits(place: Place, hasWorktree: boolean, now: Date): Promise<Kept> {
  const refs: string[] = [];
  const keep = async (what: string, commit: string): Promise<void> => {
    const ref = `${REFS}/${stampOf(now)}-${what}`;
    await gitText(place.base.repo, ['update-ref', ref, commit, NO_COMMIT]);
    refs.push(ref);
  };
  const branch = await branchCommit(place);
  if (branch !== undefined) await keep('branch', branch);
  if (!hasWorktree) return { refs, head: undefined, keep };
  const asked = await gitExec(place.path, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  const head = asked.failed ? undefined : asked.stdout.trim();
  if (head !== undefined && head !== branch) await keep('head', head);
  return { refs, head, keep };
}

/**
 * A commit such as `git stash` makes: the files as they stand, with HEAD and the index for parents. undefined when all
 * three are the same.
 */
async function snapshot(place: Place, head: string | undefined, files: readonly string[]): Promise<string | undefined> {
  const directory = gitDirOf(place.path);
  if (directory === undefined) return undefined;
  makeDir(scratchOf(place));
  const index = join(scratchOf(place), 'index');
  // a copy: the times in it spare git the reading of 80,000 files, and the real one stays as it is
  if (existsSync(join(directory, 'index'))) copyFileSync(join(directory, 'index'), index);
  try {
    const run = async (...args: string[]): Promise<string> =>
      (await gitText(place.path, args, { env: { GIT_INDEX_FILE: index, ...NOBODY } })).trim();
    const commit = async (tree: string, what: string, parents: readonly string[]): Promise<string> =>
      run('commit-tree', '-m', what, ...parents.flatMap((parent) => ['-p', parent]), tree);
    const parents = head === undefined ? [] : [head];
    const before = head === undefined ? '' : await run('rev-parse', `${head}^{tree}`);
    // a conflict's index has no tree; both of its sides are commits
    const staged = (await run('ls-files', '--unmerged')) === '' ? await run('write-tree') : undefined;
    await run('add', '--update');
    const untracked = await untrackedAmong(place.path, files);
    if (untracked.length > 0) await run('--literal-pathspecs', 'add', '--force', '--', ...untracked);
    const tree = await run('write-tree');
    if (tree === before && (staged === undefined || staged === before)) return undefined;
    if (staged !== undefined) parents.push(await commit(staged, 'index', parents));
    return await commit(tree, 'what was in the worktree', parents);
  } finally {
    rmSync(scratchOf(place), { recursive: true, force: true });
  }
}

/** An `am` holds mails that may be nowhere else. */
function keepSession(place: Place, ours: (mail: string) => boolean, now: Date): string[] {
  const directory = gitDirOf(place.path);
  const kept: string[] = [];
  for (const name of directory === undefined ? [] : SESSIONS) {
    const session = join(directory ?? '', name);
    if (!existsSync(session) || ours(readText(join(session, '0001')))) continue;
    const aside = `${session}.${stampOf(now)}`;
    renameSync(session, aside);
    kept.push(aside);
  }
  return kept;
}

export function asideName(path: string, now: Date): string {
  return `${path}.aside-${stampOf(now)}`;
}

/**
 * Gives a directory that is in the way another name; the `.git` of a worktree goes with the worktree that is made in
 * its place.
 */
export function moveAside(path: string, now: Date): string {
  const aside = asideName(path, now);
  renameSync(path, aside);
  if (gitDirOf(aside) !== undefined) renameSync(join(aside, '.git'), join(aside, 'dot-git'));
  return aside;
}

/** Drops the refs of what turned out to be on the branch, commit by commit or file by file; returns the others. */
export async function dropContained({ base, branch }: Place, refs: readonly string[]): Promise<string[]> {
  const kept: string[] = [];
  const tip = `refs/heads/${branch}`;
  for (const ref of refs) {
    const contained = ref.endsWith('-changes')
      ? await holdsNothingNew(base.repo, ref, base.commit, tip)
      : !(await gitExec(base.repo, ['merge-base', '--is-ancestor', ref, tip])).failed;
    if (contained) await gitText(base.repo, ['update-ref', '-d', ref]);
    else kept.push(ref);
  }
  return kept;
}

const RAW = ['--raw', '-z', '--no-abbrev', '--no-renames', '-r'];

/**
 * Whether every file of a snapshot is one of BASE..TIP, or the beginning of one: that much a killed git had written.
 */
async function holdsNothingNew(repo: string, ref: string, base: string, tip: string): Promise<boolean> {
  const [head, index] = (await gitText(repo, ['rev-parse', `${ref}^@`])).split('\n').filter(Boolean);
  if (head === undefined || (await gitExec(repo, ['merge-base', '--is-ancestor', head, tip])).failed) return false;
  const known = new Map<string, string[]>();
  for (const { file, ids } of rawChanges(await gitText(repo, ['log', '--format=', ...RAW, `${base}..${tip}`])))
    known.set(file, [...(known.get(file) ?? []), ...ids]);
  for (const commit of index === undefined ? [ref] : [ref, index]) {
    for (const { file, ids } of rawChanges(await gitText(repo, ['diff-tree', ...RAW, head, commit]))) {
      const id = ids.at(-1) ?? '';
      const candidates = known.get(file) ?? [];
      if (candidates.includes(id) || id === NO_COMMIT) continue;
      const text = await blob(repo, id);
      const begun = await Promise.all(
        candidates.map(async (candidate) => text !== undefined && (await blob(repo, candidate))?.startsWith(text)),
      );
      if (!begun.includes(true)) return false;
    }
  }
  return true;
}

/** The blob before and the one after each change. */
function rawChanges(raw: string): { readonly file: string; readonly ids: readonly string[] }[] {
  return [...raw.matchAll(/:\d+ \d+ ([0-9a-f]+) ([0-9a-f]+) [A-Z]\0([^\0]*)\0/g)].map(
    ([, before = '', after = '', file = '']) => ({ file, ids: [before, after] }),
  );
}

/** undefined for what is no text: it is compared by its id alone. */
async function blob(repo: string, id: string): Promise<string | undefined> {
  const { failed, stdout } = await gitExec(repo, ['cat-file', 'blob', id]);
  return failed || stdout.includes('\ufffd') ? undefined : stdout;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
