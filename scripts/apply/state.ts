import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { cacheAt, type CachePaths } from '../lib/paths.ts';
import { readJson, writeJson } from '../lib/record.ts';
import { fitSchema } from '../records/apply.ts';

const applied = z.object({
  file: z.string(),
  subject: z.string(),
  digest: z.string(),
  commit: z.string(),
  fit: fitSchema,
});
export type Applied = z.infer<typeof applied>;

const schema = z.object({
  /**
   * creating, applying: a run is at work, or was killed at it, and everything there is its own.
   * conflict: `am` stopped and the worktree is the author's. done: as the last run left it.
   */
  phase: z.enum(['creating', 'applying', 'conflict', 'done']),
  /** Commit. */
  base: z.string(),
  /** Whose diffs were applied: the name of a base. */
  name: z.string().optional(),
  head: z.string(),
  applied: z.array(applied),
  /** Files and subjects that a conflict kept from being applied, the conflicting one first. */
  pending: z.array(z.object({ file: z.string(), subject: z.string() })),
  /** Of the worktree as a conflict left it: equal means that it is unchanged since. */
  fingerprint: z.string().optional(),
});
export type ApplyState = z.infer<typeof schema>;

/** How the worktree of the matrix is named: its patches come and go, and the one that a person works in stays. */
export const CELLS = '-cells';

export function worktreePath(cache: CachePaths, key: string): string {
  return join(cache.worktrees, key);
}

/**
 * Held by a process that reads or changes a worktree for longer than one command. It is in the cache that the worktree
 * is in: a record names worktrees of the cache that apply had, and XDG_CACHE_HOME may be another by now.
 */
export function worktreeLock(worktree: string): string {
  const { locks } = cacheAround(worktree);
  return join(locks, `worktree-${basename(worktree)}`);
}

/** The cache that a worktree is in, by worktreePath(). */
export function cacheAround(worktree: string): CachePaths {
  return cacheAt(dirname(dirname(worktree)));
}

/** What apply knows of a worktree, next to it. */
export function statePath(worktree: string): string {
  return `${worktree}.json`;
}

/** undefined when there is none or it is damaged: then nothing in the worktree counts as ours. */
export function readState(worktree: string): ApplyState | undefined {
  return schema.safeParse(readJson(statePath(worktree))).data;
}

export function writeState(worktree: string, state: ApplyState): void {
  writeJson(statePath(worktree), state);
}

export function fingerprint(...texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}
