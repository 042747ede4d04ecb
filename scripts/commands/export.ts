import { applySeries } from '../apply/apply.ts';
import { dryRunApply } from '../apply/dry-run.ts';
import { baseNameOf, resolveBase } from '../base/resolve.ts';
import { openStage } from '../lib/stage.ts';
import { exportSeries, subjects, type ExportRecord } from '../outgoing/export.ts';
import { findRecipients, MAINTAINERS_COMMAND } from '../outgoing/maintainers.ts';
import { compareVersions } from '../outgoing/range-diff.ts';
import { formatRecipients } from '../outgoing/recipients.ts';
import { parseSender } from '../outgoing/sender.ts';
import { filesThere, previousRevision, readVersion } from '../outgoing/version.ts';
import { ensureStageTools } from '../host/install.ts';
import { EXIT } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { defineCommand } from '../lib/options.ts';
import { NOTE } from '../lib/output.ts';
import { cachePaths } from '../lib/paths.ts';
import { loadSeries, seriesFor } from '../series/load.ts';
import { BASE_OPTIONS } from './apply.ts';

export const command = defineCommand({
  name: 'export',
  summary:
    'Write the series as mails: cover letter with shortlog, diffstat, base-commit and changes, numbered patches, ' +
    'recipients, one thread. Sends nothing.',
  usage: '[--base NAME | --tree PATH] [--from "NAME <MAIL>"] [--since VERSION]',
  options: {
    ...BASE_OPTIONS,
    from: {
      type: 'string',
      value: '"NAME <MAIL>"',
      summary: 'you, who send it: author, and your sign-off on each patch; without it the mails say not to be sent',
    },
    since: {
      type: 'string',
      value: 'VERSION',
      summary: 'the version before, as npm run diff takes it (default: its tag, NAME-vN or vN)',
    },
    without: { type: 'list', value: 'MAIL', summary: 'leave these recipients out' },
  },
  async run(ctx) {
    const { base: name, tree, onto, 'any-version': anyVersion, from, without } = ctx.options;
    const sender = from === undefined ? undefined : parseSender(from);
    const series = loadSeries(ctx.root);
    const choice = { base: name, tree, onto, anyVersion };
    const version = ctx.options.since ?? (await previousRevision(ctx.root, series.data));
    const stage = openStage(ctx, 'export');
    const context = { cache: cachePaths(), log: ctx.log, logFile: stage.run.log, signal: ctx.signal };
    const wanted = await baseNameOf(series.data, choice, context);
    const before = version === undefined ? undefined : await readVersion(ctx.root, version, ctx.log, wanted);
    if (ctx.dryRun) {
      const chosen = seriesFor(series, wanted);
      for (const line of dryRunApply(chosen, choice, context.cache).split('\n')) ctx.print(line);
      ctx.print(`(cd ${formatArgv([context.cache.worktrees])}/"$key" && ${MAINTAINERS_COMMAND})`);
      ctx.print(
        [...subjects(ctx.root, chosen), `would write ${stage.run.dir}/{series.mbox,mails/*.patch}`]
          .map((line) => `${NOTE}${line}`)
          .join('\n'),
      );
      return EXIT.pass;
    }
    await ensureStageTools('export', stage);
    const base = await resolveBase(series.data, choice, context);
    const applied = await applySeries(series, base, context);
    const record = await exportSeries(ctx.root, series, applied, stage.run.dir, {
      sender,
      recipients: await findRecipients(applied, without, ctx.signal),
      since:
        before === undefined ? undefined : await compareVersions(before, filesThere(series, base.name), ctx.signal),
    });
    stage.run.write('export', record);
    ctx.print(ctx.json ? JSON.stringify(record) : formatExport(record));
    if (record.since === null && series.data.version > 1)
      ctx.log({
        kind: 'note',
        text: 'the cover letter has no changes: there is no tag of the version before, see --since',
      });
    ctx.log({
      kind: 'note',
      text:
        sender === undefined
          ? `the author is ${series.data.author}: the mails say that they are not to be sent; ` +
            'for those that a person sends: --from "NAME <MAIL>"'
          : `signed off by ${sender}; who is too many goes with --without MAIL; ` +
            'sending is yours: git send-email, see patches/README.md',
    });
    return EXIT.pass;
  },
});

function formatExport({ subjects: all, recipients, mbox }: ExportRecord): string {
  return [...all, ...formatRecipients(recipients), mbox].join('\n');
}
