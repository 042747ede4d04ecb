/** From the record of apply to what config and build need; the record may come from a file of an earlier run. */
import { existsSync, realpathSync } from 'node:fs';
import { WorkbenchError } from '../lib/errors.ts';
import { cacheAround, readState, worktreeLock } from '../apply/state.ts';
import { mendedByApply } from '../apply/unreadable.ts';
import { gitDirOf } from '../apply/worktree.ts';
import { formatArgv } from '../lib/exec.ts';
import { withLock } from '../lib/lock.ts';
import { cachePaths } from '../lib/paths.ts';
import { needRecord } from '../lib/record.ts';
import type { StageContext } from '../lib/stage.ts';
import { applySchema, type ApplyRecord } from '../records/apply.ts';
import type { SourceTree } from '../records/build.ts';
import { readHead } from './tree-state.ts';

export function sourceOf(apply: ApplyRecord): SourceTree {
  const { base, worktree, head, tree } = apply;
  const { name, kernel: version, commit: baseCommit, options } = base;
  return { worktree, base: name, version, baseCommit, head, tree, options };
}

function applyCommand(options: readonly string[]): string {
  return formatArgv(['npm', 'run', 'apply', ...(options.length === 0 ? [] : ['--', ...options])]);
}

/** Of commands that work on what an earlier one applied or built. */
export const LAST_BASE_OPTION = {
  base: { type: 'string', value: 'NAME', summary: 'what was last applied to this base (default: to any)' },
} as const;

/**
 * The newest apply record under out/. @param base of this base only
 * @throws E_RECORD_MISSING when there is none, or its worktree or that one's repository is gone
 */
export function lastApply(root: string, base?: string): ApplyRecord {
  const next = applyCommand(base === undefined ? [] : ['--base', base]);
  const among =
    base === undefined ? undefined : { what: base, wanted: (one: ApplyRecord): boolean => one.base.name === base };
  const { run, record } = needRecord(root, 'apply', applySchema, next, among);
  const { worktree } = record;
  // a cache may have been moved, or a part of it removed
  const gone = [worktree, gitDirOf(worktree)].find((path) => path !== undefined && !existsSync(path));
  if (gone === undefined) return record;
  const what = gone === worktree ? 'the worktree' : "the worktree's repository";
  throw new WorkbenchError('E_RECORD_MISSING', `${what} of out/${run} is gone: ${gone}`, { next });
}

/**
 * What is in the worktree now, and so is built and named in every record. It may be another commit than this checkout
 * applied last: the worktree is in a cache that checkouts share, and a person may have committed there. That is said.
 * Called with the tree's lock held. @throws E_RECORD_MISSING when it stands on another base by now
 */
export async function sourceNow(ctx: Pick<StageContext, 'log' | 'dryRun'>, source: SourceTree): Promise<SourceTree> {
  if (ctx.dryRun) return source;
  const { worktree, baseCommit } = source;
  const now = await readHead(worktree);
  if (now.head === source.head) return source;
  const base = readState(worktree)?.base;
  const next = applyCommand(source.options);
  const short = (id: string): string => id.slice(0, 12);
  const at = `the worktree is at ${short(now.head)}`;
  if (base !== undefined && base !== baseCommit) {
    const others = `on the base ${short(base)}, and what was applied from here last is on ${short(baseCommit)}`;
    throw new WorkbenchError('E_RECORD_MISSING', `${at}, ${others}`, {
      position: { file: worktree },
      next,
    });
  }
  const text = `${at}, not at ${short(source.head)} that was applied from here last: that is what is built`;
  ctx.log({ kind: 'warn', text: `${text}; to go back: ${next}` });
  return { ...source, ...now };
}

/** Of two names, which may be of one directory. */
function isSame(one: string, other: string): boolean {
  const real = (path: string): string => (existsSync(path) ? realpathSync(path) : path);
  return real(one) === real(other);
}

/** While a tree is built no patches are applied to it, and no second build begins, whatever cache either has. */
export async function withTree<T>(
  ctx: Pick<StageContext, 'log' | 'signal' | 'dryRun'>,
  source: Pick<SourceTree, 'worktree' | 'options'>,
  purpose: string,
  work: () => Promise<T>,
): Promise<T> {
  if (ctx.dryRun) return work();
  const { root } = cachePaths();
  const other = cacheAround(source.worktree).root;
  if (!isSame(root, other)) {
    const there = `what was applied from here last is in ${other}, and the cache of this shell is ${root}`;
    ctx.log({ kind: 'note', text: `${there}; to have it there: ${applyCommand(source.options)}` });
  }
  const lock = { purpose, log: ctx.log, signal: ctx.signal };
  return withLock(worktreeLock(source.worktree), lock, work).catch((error: unknown) => {
    throw mendedByApply(error, source, source.worktree);
  });
}
