/** From the record of apply to what config and build need; the record may come from a file of an earlier run. */
import { basename } from 'node:path';
import { existsSync } from 'node:fs';
import { WorkbenchError } from '../lib/errors.ts';
import { worktreeLock } from '../apply/state.ts';
import { withLock } from '../lib/lock.ts';
import { cachePaths } from '../lib/paths.ts';
import { needRecord } from '../lib/record.ts';
import type { StageContext } from '../lib/stage.ts';
import { applySchema, type ApplyRecord } from '../records/apply.ts';
import type { SourceTree } from '../records/build.ts';

export function sourceOf(apply: ApplyRecord): SourceTree {
  const { base, worktree, head, tree } = apply;
  return { worktree, base: base.name, version: base.kernel, baseCommit: base.commit, head, tree };
}

/** The newest apply record under out/. @throws E_RECORD_MISSING when there is none, or its worktree is gone */
export function lastApply(root: string): ApplyRecord {
  const next = 'npm run apply';
  const { run, record } = needRecord(root, 'apply', applySchema, next);
  if (!existsSync(record.worktree)) {
    throw new WorkbenchError('E_RECORD_MISSING', `the worktree of out/${run} is gone: ${record.worktree}`, { next });
  }
  return record;
}

/** While a tree is built no patches are applied to it, and no second build begins. */
export async function withTree<T>(
  ctx: StageContext,
  source: SourceTree,
  purpose: string,
  work: () => Promise<T>,
): Promise<T> {
  if (ctx.dryRun) return work();
  const lock = worktreeLock(cachePaths(), basename(source.worktree));
  return withLock(lock, { purpose, log: ctx.log, signal: ctx.signal }, work);
}
