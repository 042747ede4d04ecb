/** From the record of apply to what config and build need; the record may come from a file of an earlier run. */
import { basename } from 'node:path';
import { existsSync } from 'node:fs';
import { WorkbenchError } from '../lib/errors.ts';
import { worktreeLock } from '../apply/state.ts';
import { formatArgv } from '../lib/exec.ts';
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

/** Of commands that work on what an earlier one applied or built. */
export const LAST_BASE_OPTION = {
  base: { type: 'string', value: 'NAME', summary: 'what was last applied to this base (default: to any)' },
} as const;

/**
 * The newest apply record under out/. @param base of this base only
 * @throws E_RECORD_MISSING when there is none, or its worktree is gone
 */
export function lastApply(root: string, base?: string): ApplyRecord {
  const next = formatArgv(['npm', 'run', 'apply', ...(base === undefined ? [] : ['--', '--base', base])]);
  const among =
    base === undefined ? undefined : { what: base, wanted: (one: ApplyRecord): boolean => one.base.name === base };
  const { run, record } = needRecord(root, 'apply', applySchema, next, among);
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
