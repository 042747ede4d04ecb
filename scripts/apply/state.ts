import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { CachePaths } from '../lib/paths.ts';
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

/** Held by a process that reads or changes a worktree for longer than one command. */
export function worktreeLock(cache: CachePaths, key: string): string {
  return join(cache.locks, `worktree-${key}`);
}

function statePath(cache: CachePaths, key: string): string {
  return join(cache.worktrees, `${key}.json`);
}

/** undefined when there is none or it is damaged: then nothing in the worktree counts as ours. */
export function readState(cache: CachePaths, key: string): ApplyState | undefined {
  return schema.safeParse(readJson(statePath(cache, key))).data;
}

export function writeState(cache: CachePaths, key: string, state: ApplyState): void {
  writeJson(statePath(cache, key), state);
}

export function fingerprint(...texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}
