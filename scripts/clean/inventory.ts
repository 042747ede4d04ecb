import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readState } from '../apply/state.ts';
import { gitDirOf } from '../apply/worktree.ts';
import { scratchPath } from '../build/scratch.ts';
import { changedFiles, gitExec } from '../lib/git.ts';
import type { CachePaths } from '../lib/paths.ts';
import { outRoot } from '../lib/paths.ts';
import { readJson } from '../lib/record.ts';
import type { Item } from './plan.ts';

/** How scratchPath() ends. */
const SCRATCH = scratchPath('');
/** What is known of builds without building again: the base's warnings, what check and bisect have seen, how many steps there are. */
const PROOFS = ['baseline', 'check', 'bisect', 'steps'];

function list(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

/** Everything that `clean` knows how to delete. */
export async function inventory(root: string, cache: CachePaths): Promise<Item[]> {
  const items: Item[] = [];
  const add = (kind: Item['kind'], path: string, current = true, edited = false): void => void items.push({ kind, path, current, edited });
  for (const name of list(outRoot(root))) if (/^\d{8}T\d{6}-/.test(name)) add('run', join(outRoot(root), name));
  const current = new Set(list(cache.bases).filter((name) => name.endsWith('.latest.json')).map((name) => keyOf(join(cache.bases, name))));
  for (const name of list(cache.bases)) {
    if (name.startsWith('tmp-')) add('leftover', join(cache.bases, name));
    else if (!name.endsWith('.json')) add('source', join(cache.bases, name), isCurrent(name, current));
  }
  for (const name of list(cache.downloads)) add(name.startsWith('tmp-') ? 'leftover' : 'download', join(cache.downloads, name));
  for (const name of list(cache.worktrees)) {
    if (name.endsWith('.mail')) add('leftover', join(cache.worktrees, name));
    else if (name.endsWith(SCRATCH)) add('scratch', join(cache.worktrees, name), isCurrent(name.slice(0, -SCRATCH.length), current));
    else if (!name.endsWith('.json')) {
      const path = join(cache.worktrees, name);
      add('worktree', path, isCurrent(name, current), await isEdited(cache, name));
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
  const family = name.split('_')[0];
  return ![...current].some((key) => key.split('_')[0] === family) || current.has(name);
}

/** Anything that the last apply or refresh did not leave there, also what was changed after one that was killed; a worktree that git cannot read counts as edited. */
async function isEdited(cache: CachePaths, key: string): Promise<boolean> {
  const path = join(cache.worktrees, key);
  const state = readState(cache, key);
  if (state?.phase === 'creating') return false;
  if (!existsSync(join(path, '.git'))) return readdirSync(path).length > 0;
  const [changed, head] = await Promise.all([changedFiles(path).catch(() => undefined), gitExec(path, ['rev-parse', 'HEAD'])]);
  return changed === undefined || changed.length > 0 || (state?.phase !== 'applying' && head.stdout.trim() !== state?.head);
}

/** The repository that a worktree is registered in. */
export function repositoryOf(worktree: string): string | undefined {
  const directory = gitDirOf(worktree);
  // REPOSITORY/worktrees/NAME
  return directory !== undefined && basename(dirname(directory)) === 'worktrees' ? dirname(dirname(directory)) : undefined;
}
