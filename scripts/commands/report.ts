import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { EXIT, WorkbenchError } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';
import { NOTE } from '../lib/output.ts';
import { outRoot } from '../lib/paths.ts';
import { ORIGIN } from '../report/kcidb.ts';
import { FORMS, newestRun, writeReport } from '../report/write.ts';

export const command = defineCommand({
  name: 'report',
  summary:
    'Make report.html, .txt, .xml (JUnit), .json and .kcidb.json of a saved run, and print the text; works offline.',
  usage: '[RUN | DIRECTORY] [--origin NAME]',
  positional: true,
  options: {
    origin: {
      type: 'string',
      value: 'NAME',
      summary: 'in .kcidb.json: the name that KernelCI knows the sender by',
      default: ORIGIN,
    },
  },
  async run(ctx) {
    const { origin } = ctx.options;
    if (!/^[a-z0-9_]+$/.test(origin))
      throw new WorkbenchError('E_USAGE', `an origin has small letters, digits and _, unlike ${origin}`, {
        next: 'npm run report -- --help',
      });
    const [name, ...more] = ctx.args;
    if (more.length > 0) throw new WorkbenchError('E_USAGE', 'one run at a time', { next: 'npm run report -- --help' });
    const named =
      name === undefined
        ? newestRun(ctx.root)
        : isAbsolute(name) || existsSync(name)
          ? name
          : join(outRoot(ctx.root), name);
    if (ctx.dryRun) {
      ctx.print(`${NOTE}would write ${join(named, `report.{${FORMS.join(',')}}`)}`);
      return EXIT.pass;
    }
    const { report, text, files } = writeReport(named, ctx.root, origin);
    ctx.print(ctx.json ? JSON.stringify(report) : text);
    for (const file of files) ctx.log({ kind: 'note', text: file });
    return report.verdict === 'PASS' ? EXIT.pass : EXIT.test;
  },
});
