import { baseNameOf, resolveBase } from '../base/resolve.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';
import { NOTE } from '../lib/output.ts';
import { cachePaths } from '../lib/paths.ts';
import { openRun, planRun } from '../lib/record.ts';
import { apart, type RefreshRecord } from '../outgoing/exported.ts';
import { refreshRange, refreshWorktree } from '../outgoing/refresh.ts';
import { loadManifest } from '../series/load.ts';
import { BASE_OPTIONS } from './apply.ts';

export const command = defineCommand({
  name: 'refresh',
  summary: 'Make patch files of the commits in the worktree that apply made, and renumber the manifest.',
  usage: '[--base NAME | --tree PATH [--range BASE..BRANCH]]',
  options: {
    ...BASE_OPTIONS,
    range: {
      type: 'string',
      value: 'BASE..BRANCH',
      summary: 'with --tree: these commits of that repository instead of those of the worktree',
    },
    adopt: { type: 'flag', summary: 'take commits of other authors into the series, under its own From:' },
  },
  async run(ctx) {
    const { base: name, tree, onto, 'any-version': anyVersion, range, adopt } = ctx.options;
    const options = { adopt, dryRun: ctx.dryRun };
    const { data } = loadManifest(ctx.root);
    const run = ctx.dryRun ? planRun(ctx.root, 'refresh') : openRun(ctx.root, 'refresh');
    const context = { cache: cachePaths(), log: ctx.log, logFile: run.log, signal: ctx.signal };
    let record: RefreshRecord;
    if (range !== undefined) {
      if (tree === undefined)
        throw new WorkbenchError('E_USAGE', '--range needs --tree', { next: 'npm run refresh -- --help' });
      const [from] = range.split('..');
      const place = { base: name, tree, applied: true, ...(from === '' ? {} : { onto: from }) };
      record = await refreshRange(ctx.root, tree, range, options, await baseNameOf(data, place, context));
    } else {
      const base = await resolveBase(data, { base: name, tree, onto, anyVersion, applied: true }, context);
      record = await refreshWorktree(ctx.root, base, context, options);
      if (!ctx.dryRun) run.write('refresh', record);
    }
    for (const { base, id, before, now } of apart(record.drifts))
      ctx.log({
        kind: 'warn',
        text: `patch ${id}: ${now} of its added and removed lines differ on ${base}, ${before} before`,
      });
    ctx.print(ctx.json ? JSON.stringify(record) : formatRefresh(record, ctx.dryRun));
    return 0;
  },
});

function formatRefresh(record: RefreshRecord, dryRun: boolean): string {
  const { patches, written, removed, worktree } = record;
  const would = dryRun ? `${NOTE}would ` : '';
  if (written.length + removed.length === 0)
    return `${dryRun ? NOTE : ''}${patches.length} patches, all as they are in ${worktree}`;
  return [
    ...written.map((file) => `${would}write  patches/${file}`),
    ...removed.map((file) => `${would}delete patches/${file}`),
    `${dryRun ? NOTE : ''}${patches.length} patches from ${worktree}`,
  ].join('\n');
}
