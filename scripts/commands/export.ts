import { applySeries } from '../apply/apply.ts';
import { dryRunApply } from '../apply/dry-run.ts';
import { baseNameOf, resolveBase } from '../base/resolve.ts';
import { openStage } from '../lib/stage.ts';
import { exportSeries, subjects } from '../outgoing/export.ts';
import { ensureStageTools } from '../host/install.ts';
import { EXIT } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';
import { NOTE } from '../lib/output.ts';
import { cachePaths } from '../lib/paths.ts';
import { loadSeries, seriesFor } from '../series/load.ts';
import { BASE_OPTIONS } from './apply.ts';

export const command = defineCommand({
  name: 'export',
  summary:
    'Write the series as mails: cover letter with shortlog and diffstat, numbered patches, base-commit. Sends nothing, signs nothing.',
  usage: '[--base NAME | --tree PATH]',
  options: BASE_OPTIONS,
  async run(ctx) {
    const series = loadSeries(ctx.root);
    const { base: name, tree, onto, 'any-version': anyVersion } = ctx.options;
    const choice = { base: name, tree, onto, anyVersion };
    const stage = openStage(ctx, 'export');
    const context = { cache: cachePaths(), log: ctx.log, logFile: stage.run.log, signal: ctx.signal };
    if (ctx.dryRun) {
      const chosen = seriesFor(series, await baseNameOf(series.data, choice, context));
      for (const line of dryRunApply(chosen, choice, context.cache).split('\n')) ctx.print(line);
      ctx.print(
        [...subjects(ctx.root, chosen), `would write ${stage.run.dir}/{series.mbox,mails/*.patch}`]
          .map((line) => `${NOTE}${line}`)
          .join('\n'),
      );
      return EXIT.pass;
    }
    await ensureStageTools('apply', stage);
    const base = await resolveBase(series.data, choice, context);
    const applied = await applySeries(series, base, context);
    const record = await exportSeries(ctx.root, series, applied, stage.run.dir);
    stage.run.write('export', record);
    ctx.print(ctx.json ? JSON.stringify(record) : [...record.subjects, record.mbox].join('\n'));
    ctx.log({
      kind: 'note',
      text: `the author is ${series.data.author}; the sender signs it off: git am --signoff, or git commit --amend --signoff in ${applied.worktree}`,
    });
    return EXIT.pass;
  },
});
