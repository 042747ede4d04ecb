import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cacheAround, CELLS, readState, type ApplyState } from '../apply/state.ts';
import { gitDirOf, hasSession, isOwnCheckout } from '../apply/worktree.ts';
import { scratchPath } from '../kernel/scratch.ts';
import { changedFiles, gitExec } from '../lib/git.ts';
import { DAMAGED, outRoot, type CachePaths } from '../lib/paths.ts';
import { readJson } from '../lib/record.ts';
import type { Item } from './plan.ts';

/** How scratchPath() ends. */
const SCRATCH = scratchPath('');
/**
 * What is known of builds without building again: the base's warnings, what check, bisect, regress and clients have
 * seen, how many steps there are.
 */
const PROOFS = ['baseline', 'check', 'bisect', 'regress', 'clients', 'steps'];

function list(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

/** Everything that `clean` knows how to delete. */
export async function inventory(root: string, cache: CachePaths): Promise<Item[]> {
  const items: Item[] = [];
  const add = (kind: Item['kind'], path: string, current = true, edited: Item['edited'] = false): void =>
    void items.push({ kind, path, current, edited });
  for (const name of list(outRoot(root))) if (/^\d{8}T\d{6}-/.test(name)) add('run', join(outRoot(root), name));
  const current = new Set(
    list(cache.bases)
      .filter((name) => name.endsWith('.latest.json'))
      .map((name) => keyOf(join(cache.bases, name))),
  );
  for (const name of list(cache.bases)) {
    if (name.startsWith('tmp-')) add('leftover', join(cache.bases, name));
    else if (name.includes(DAMAGED)) add('source', join(cache.bases, name), true, 'edited');
    else if (!name.endsWith('.json')) add('source', join(cache.bases, name), isCurrent(name, current));
  }
  for (const name of list(cache.downloads))
    add(name.startsWith('tmp-') ? 'leftover' : 'download', join(cache.downloads, name));
  for (const name of list(cache.worktrees)) {
    if (name.endsWith('.mail')) add('leftover', join(cache.worktrees, name));
    else if (name.endsWith(SCRATCH))
      add('scratch', join(cache.worktrees, name), isCurrent(name.slice(0, -SCRATCH.length), current));
    else if (!name.endsWith('.json')) {
      const path = join(cache.worktrees, name);
      add('worktree', path, isCurrent(name, current), await editedIn(path));
      for (const entry of list(path)) if (entry.startsWith('build-')) add('build', join(path, entry));
    }
  }
  for (const name of list(cache.builds)) add('build', join(cache.builds, name));
  for (const name of PROOFS) if (existsSync(join(cache.root, name))) add('proof', join(cache.root, name));
  if (existsSync(cache.apt)) add('download', cache.apt);
  if (existsSync(cache.ccache)) add('ccache', cache.ccache);
  return items;
}

function keyOf(path: string): string {
  const value = readJson(path);
  return typeof value === 'object' && value !== null && 'key' in value ? String(value.key) : '';
}

/** Only a Debian source is ever superseded: by the newer one of the same package. */
function isCurrent(name: string, current: ReadonlySet<string>): boolean {
  const key = name.endsWith(CELLS) ? name.slice(0, -CELLS.length) : name;
  const family = key.split('_')[0];
  return ![...current].some((other) => other.split('_')[0] === family) || current.has(key);
}

/**
 * Anything that the last apply or refresh did not leave there. After one that was killed its traces cannot always be
 * told from a person's: only a checkout that it had not finished, and that holds nothing else, is surely its own. What
 * git cannot read counts as edited.
 */
export async function editedIn(path: string): Promise<Item['edited']> {
  const state = readState(path);
  const own = await (state?.phase === 'creating' ? isOnlyOurs(path, state.head) : isAsLeft(path, state));
  if (own) return false;
  return state?.phase === 'creating' || state?.phase === 'applying' ? 'interrupted' : 'edited';
}

/** Of a worktree that `apply` was making when it was killed. */
async function isOnlyOurs(path: string, commit: string): Promise<boolean> {
  if (readdirSync(path).length === 0) return true;
  const repo = repositoryOf(path) ?? join(cacheAround(path).bases, basename(path), 'repo.git');
  if (!existsSync(repo)) return false;
  const head = await gitExec(path, ['rev-parse', 'HEAD']);
  // a checkout that was told to stop is registered no longer; its files are all there is
  if (!head.failed && (head.stdout.trim() !== commit || hasSession(gitDirOf(path) ?? ''))) return false;
  return isOwnCheckout({ base: { repo }, path }, commit).catch(() => false);
}

async function isAsLeft(path: string, state: ApplyState | undefined): Promise<boolean> {
  const directory = gitDirOf(path);
  if (directory === undefined) return readdirSync(path).length === 0;
  const [changed, untracked, head] = await Promise.all([
    changedFiles(path).catch(() => undefined),
    gitExec(path, ['ls-files', '--others', '--exclude-standard', '--directory', '-z']),
    gitExec(path, ['rev-parse', 'HEAD']),
  ]);
  if (changed === undefined || untracked.failed || head.failed) return false;
  // kbuild's directories say themselves that they are to be ignored, once it has begun with them
  const files = untracked.stdout.split('\0').filter((file) => file !== '' && !file.startsWith('build-'));
  const session = hasSession(directory) && state?.phase !== 'conflict';
  return changed.length + files.length === 0 && !session && head.stdout.trim() === state?.head;
}

/** Options of the commands that work on this worktree: of its base, as far as its name tells. */
export function optionsFor(cache: CachePaths, path: string): string[] {
  const repository = repositoryOf(path);
  if (repository !== undefined && !repository.startsWith(`${cache.bases}/`))
    return ['--tree', basename(repository) === '.git' ? dirname(repository) : repository];
  const [, name] = /^(.+)_[0-9a-f]{12}$/.exec(basename(path)) ?? [];
  return name === undefined ? [] : ['--base', name];
}

/** The repository that a worktree is registered in. */
export function repositoryOf(worktree: string): string | undefined {
  const directory = gitDirOf(worktree);
  // REPOSITORY/worktrees/NAME
  return directory !== undefined && basename(dirname(directory)) === 'worktrees'
    ? dirname(dirname(directory))
    : undefined;
}
