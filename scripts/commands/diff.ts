import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, WorkbenchError } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';
import { NOTE } from '../lib/output.ts';
import { openRun, planRun } from '../lib/record.ts';
import { formatDiff, remarks, sides, summary } from '../outgoing/diff-text.ts';
import { compareVersions } from '../outgoing/range-diff.ts';
import { defaultRevision, readFilesThere, readVersion, type Version } from '../outgoing/version.ts';
import { diffPage } from '../report/diff-page.ts';

export const command = defineCommand({
  name: 'diff',
  summary:
    'Compare two versions of the series, patch by patch: same, message, context, code, added or removed, with the ' +
    'range-diff. A version is a git revision of this repository, a directory of patches, or an mbox from the list.',
  usage: '[--base NAME] [OLD [NEW]]  # by default: the last tag, or the main branch of origin, and the files there are',
  positional: true,
  options: {
    base: { type: 'string', value: 'NAME', summary: 'the patches for this base (default: the primary one of each)' },
  },
  async run(ctx) {
    const [old, next, ...more] = ctx.args;
    if (more.length > 0)
      throw new WorkbenchError('E_USAGE', 'two versions at a time', { next: 'npm run diff -- --help' });
    const { base } = ctx.options;
    const read = async (word: string): Promise<Version> => readVersion(ctx.root, word, ctx.log, base);
    const before = await read(old ?? (await defaultRevision(ctx.root)));
    const after = next === undefined ? readFilesThere(ctx.root, base) : await read(next);
    if (base !== undefined && before.base !== base && after.base !== base)
      throw new WorkbenchError('E_USAGE', `neither ${before.name} nor ${after.name} has a base ${base}`, {
        next: 'npm run diff -- --help',
      });
    const run = ctx.dryRun ? planRun(ctx.root, 'diff') : openRun(ctx.root, 'diff');
    const files = ['html', 'txt', 'json'].map((kind) => join(run.dir, `diff.${kind}`));
    if (ctx.dryRun) {
      ctx.print(`${NOTE}would compare ${sides({ old: before, new: after })}`);
      ctx.print(`${NOTE}would write ${run.dir}/diff.{html,txt,json}`);
      return EXIT.pass;
    }
    const record = await compareVersions(before, after, ctx.signal);
    const text = formatDiff(record);
    run.write('diff', record);
    const [html = '', plain = ''] = files;
    writeFileSync(html, diffPage(record, { title: sides(record), summary: summary(record), remarks }));
    writeFileSync(plain, text);
    ctx.print(ctx.json ? JSON.stringify(record) : text);
    for (const file of files) ctx.log({ kind: 'note', text: file });
    return EXIT.pass;
  },
});
