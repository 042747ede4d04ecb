import { applySeries, placeOf } from '../apply/apply.ts';
import { dryRunApply } from '../apply/dry-run.ts';
import { formatTable } from '../apply/record.ts';
import { isBuildable, otherCache } from '../base/buildable.ts';
import type { BaseContext } from '../base/context.ts';
import { baseNameOf, resolveBase } from '../base/resolve.ts';
import { ensureTools } from '../host/install.ts';
import { defineCommand } from '../lib/options.ts';
import { cachePaths } from '../lib/paths.ts';
import { openRun, planRun } from '../lib/record.ts';
import { inPart } from '../lib/stage.ts';
import type { ApplyRecord, BaseTree } from '../records/apply.ts';
import { expectations } from '../run/expectations.ts';
import { ownDiffs } from '../series/drift.ts';
import { loadSeries, seriesFor } from '../series/load.ts';

export const BASE_OPTIONS = {
  base: { type: 'string', value: 'NAME', summary: 'a base of patches/series.yaml instead of its default' },
  tree: {
    type: 'string',
    value: 'PATH',
    summary: 'your own kernel checkout; only a branch and a worktree of its own are added to it',
  },
  onto: { type: 'string', value: 'REF', summary: 'with --tree: the commit to build on (default HEAD)' },
  'any-version': { type: 'flag', summary: 'take a kernel of a version that the manifest does not name' },
} as const;

export const command = defineCommand({
  name: 'apply',
  summary: 'Put the series on a branch of its own in a kernel tree, and list its patches.',
  usage: '[--base NAME | --tree PATH] [--force]',
  options: {
    ...BASE_OPTIONS,
    force: { type: 'flag', summary: 'set aside, under a backup ref, what you left in the worktree' },
  },
  async run(ctx) {
    const series = loadSeries(ctx.root);
    const { base: name, tree, onto, 'any-version': anyVersion, force } = ctx.options;
    const choice = { base: name, tree, onto, anyVersion };
    if (ctx.dryRun) {
      const context = {
        cache: cachePaths(),
        log: ctx.log,
        logFile: planRun(ctx.root, 'apply').log,
        signal: ctx.signal,
      };
      const chosen = seriesFor(series, await baseNameOf(series.data, choice, context));
      ctx.print(dryRunApply(chosen, choice, context.cache));
      return 0;
    }
    const run = openRun(ctx.root, 'apply');
    const context: BaseContext = { cache: cachePaths(), log: ctx.log, logFile: run.log, signal: ctx.signal };
    if (!isBuildable(context.cache))
      ctx.log({
        kind: 'warn',
        text:
          `nothing can be built below ${context.cache.root}, for kbuild and vng take no such path; before that: ` +
          `${otherCache()}`,
      });
    await ensureTools('apply', context);
    const apply = async ({ log }: Pick<BaseContext, 'log'>): Promise<[BaseTree, ApplyRecord]> => {
      const base = await resolveBase(series.data, choice, { ...context, log });
      return [base, await applySeries(series, base, { ...context, log }, { force })];
    };
    const [base, record] = await inPart(ctx, 'apply', apply, { expectedMs: expectations(ctx.root).apply() });
    run.write('apply', record);
    const differs = ownDiffs(base.name, series.patches, seriesFor(series, base.name).patches);
    if (differs !== undefined) ctx.log({ kind: 'note', text: differs });
    if (record.reused === record.commits.length && record.reused > 0)
      ctx.log({ kind: 'note', text: `all ${record.reused} patches were in place already` });
    ctx.log({
      kind: 'note',
      text:
        `base ${base.origin} (Linux ${base.kernel}), branch ${record.branch} in ` +
        `${placeOf(series.data, base, context).path}`,
    });
    ctx.print(ctx.json ? JSON.stringify(record) : formatTable(record));
    return 0;
  },
});
