/** A kernel tree that differs from the applied series: with a test-only patch on top of it, or without the series. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lastApply, sourceOf, withTree } from '../../scripts/kernel/source.ts';
import type { StageContext } from '../../scripts/lib/stage.ts';
import type { SourceTree } from '../../scripts/records/build.ts';
import { gitExec, gitText } from '../../scripts/lib/git.ts';
import { openRun, prefixedRun, type Run } from '../../scripts/lib/record.ts';

export interface Variant {
  /** Names the worktree, next to that of the series in the cache directory. */
  readonly name: string;
  readonly from: 'series' | 'base';
  /** What was last applied to this base; to any when undefined. */
  readonly base?: string | undefined;
  /** Absolute paths of diffs that go on top, in this order. */
  readonly patches?: readonly string[];
}

/** The kernel parameter that selects a mutation. */
export const SWITCH = '/sys/module/kernel/parameters/dtrace_mutation';
/** The last one is for the topic about it: with its parameter, a JIT becomes one that lacks what that of x86-64 has. */
const MUTATION_PATCHES = ['mutations.patch', 'mutations-buffer.patch', '../kernel/shared-frame.patch'].map((file) =>
  join(import.meta.dirname, file),
);

/** The series with all mutations in it, none of them selected. @param base as that of a variant */
export const mutationTree = (ctx: StageContext, base?: string): Promise<SourceTree> =>
  variantTree(ctx, { name: 'mutations', from: 'series', base, patches: MUTATION_PATCHES });

/**
 * Records under names of their own: `npm run test:only` and the like take the newest build of a configuration, and want
 * the series'.
 */
export function openVariantRun(root: string, command: string): Run {
  return prefixedRun(openRun(root, command), 'variant');
}

/** The diff for a base other than the primary one is in a folder of the base's name, if it differs there. */
export function patchFor(base: string, patch: string): string {
  const own = join(dirname(patch), base, basename(patch));
  return existsSync(own) ? own : patch;
}

/** A detached worktree with exactly this content; builds of it are incremental. Needs an earlier `npm run apply`. */
export async function variantTree(ctx: StageContext, variant: Variant): Promise<SourceTree> {
  const applied = sourceOf(lastApply(ctx.root, variant.base));
  // the repository that it is registered in is of that cache, whatever cache this shell has
  const worktree = join(dirname(applied.worktree), `variant-${variant.name}`);
  const tree = { ...applied, worktree };
  return withTree(ctx, tree, `making the tree ${variant.name}`, () => checkOut(tree, variant, applied.worktree));
}

/** @param series a worktree of the repository */
async function checkOut(applied: SourceTree, variant: Variant, series: string): Promise<SourceTree> {
  const { worktree } = applied;
  const start = variant.from === 'series' ? applied.head : applied.baseCommit;
  const git = async (...args: string[]): Promise<string> => (await gitText(worktree, args)).trim();
  // it may be of an earlier base, which is another repository
  const usable =
    existsSync(join(worktree, '.git')) &&
    !(await gitExec(worktree, ['rev-parse', '--verify', '--quiet', `${start}^{commit}`])).failed;
  if (usable) {
    await git('checkout', '--quiet', '--force', '--detach', start);
  } else {
    await rm(worktree, { recursive: true, force: true });
    await gitText(series, ['worktree', 'prune']);
    // twice --force: a killed `worktree add` leaves it registered and locked
    await gitText(series, ['worktree', 'add', '--quiet', '--force', '--force', '--detach', worktree, start]);
  }
  if (variant.patches !== undefined) {
    for (const patch of variant.patches) await git('apply', '--index', patchFor(applied.base, patch));
    // committed, so that the build is keyed by its content like any other
    await git(
      '-c',
      'user.name=dtrace-bpf',
      '-c',
      'user.email=dtrace-bpf@localhost',
      'commit',
      '--quiet',
      '--no-verify',
      '-m',
      `test only: ${variant.name}`,
    );
  }
  const problems = await gitExec(worktree, ['status', '--porcelain', '--untracked-files=no']);
  if (problems.failed || problems.stdout !== '')
    throw new Error(`${worktree} is not what was asked for: ${problems.stdout}${problems.stderr}`);
  return { ...applied, head: await git('rev-parse', 'HEAD'), tree: await git('rev-parse', 'HEAD^{tree}') };
}
