/** From the record of apply to what config and build need; the record may come from a file of an earlier run. */
import { basename } from 'node:path';
import { existsSync } from 'node:fs';
import { WorkbenchError } from '../lib/errors.ts';
import type { ApplyRecord } from '../apply/record.ts';
import { worktreeLock } from '../apply/state.ts';
import { withLock } from '../lib/lock.ts';
import { cachePaths } from '../lib/paths.ts';
import { needRecord } from '../lib/record.ts';
import type { StageContext } from '../lib/stage.ts';
import type { SourceTree } from '../records/build.ts';

export function sourceOf(apply: ApplyRecord): SourceTree {
  const { base, worktree, head, tree } = apply;
  return { worktree, base: base.name, version: base.kernel, baseCommit: base.commit, head, tree };
}

function isApplyRecord(value: unknown): value is ApplyRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { stage, worktree, head, tree, base, commits } = value as Record<string, unknown>;
  return stage === 'apply' && typeof worktree === 'string' && typeof head === 'string' && typeof tree === 'string'
    && typeof base === 'object' && base !== null && 'commit' in base && 'kernel' in base && Array.isArray(commits);
}

/** The newest apply record under out/. @throws E_RECORD_MISSING when there is none, or its worktree is gone */
export function lastApply(root: string): ApplyRecord {
  const { run, record } = needRecord(root, 'apply', 'npm run apply');
  if (!isApplyRecord(record)) {
    throw new WorkbenchError('E_RECORD_MISSING', `out/${run}/apply.json is not a record of apply`, { next: 'npm run apply' });
  }
  if (!existsSync(record.worktree)) {
    throw new WorkbenchError('E_RECORD_MISSING', `the worktree of out/${run} is gone: ${record.worktree}`, { next: 'npm run apply' });
  }
  return record;
}

/** Nobody applies patches to a tree while it is built, and nobody builds it twice at once. */
export async function withTree<T>(ctx: StageContext, source: SourceTree, purpose: string, work: () => Promise<T>): Promise<T> {
  if (ctx.dryRun) return work();
  const lock = worktreeLock(cachePaths(), basename(source.worktree));
  return withLock(lock, { purpose, log: ctx.log, signal: ctx.signal }, work);
}
