/** The kernel of the base of a series, for comparisons: built in the scratch worktree, like the series' own. */
import { gitText } from '../lib/git.ts';
import { prefixedRun } from '../lib/record.ts';
import type { StageContext } from '../lib/stage.ts';
import type { BuildRecord, SourceTree } from '../records/build.ts';
import { build } from './build.ts';
import { configure } from './configure.ts';
import { checkoutScratch } from './scratch.ts';

/** git's name of what the base has in it. */
export async function baseTree({ worktree, baseCommit }: SourceTree): Promise<string> {
  return (await gitText(worktree, ['rev-parse', `${baseCommit}^{tree}`])).trim();
}

/** Called with the tree's lock held. @throws E_CONFIG, E_BUILD and what a checkout throws */
export async function buildBase(ctx: StageContext, source: SourceTree, config: string): Promise<BuildRecord> {
  const tree = await baseTree(source);
  const worktree = await checkoutScratch(ctx, source.worktree, source.baseCommit);
  // no other command takes its records for those of the series
  const own = { ...ctx, run: prefixedRun(ctx.run, 'base') };
  return build(own, await configure(own, { ...source, worktree, head: source.baseCommit, tree }, config));
}
