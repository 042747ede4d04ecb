import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastApply } from '../kernel/source.ts';
import { checkClaims, parseChecklist } from '../check/checklist.ts';
import { freshnessOf } from '../check/freshness.ts';
import { EXIT, WorkbenchError, type Problem } from '../lib/errors.ts';
import { formatProblem } from '../lib/log.ts';
import { defineCommand } from '../lib/options.ts';
import { NOTE } from '../lib/output.ts';
import { latestRecord, readJson } from '../lib/record.ts';

const FILE = 'CHECKLIST.md';

function scripts(root: string): Set<string> {
  const value = readJson(join(root, 'package.json'));
  const table: unknown = typeof value === 'object' && value !== null && 'scripts' in value ? value.scripts : {};
  return new Set(Object.keys(typeof table === 'object' && table !== null ? table : {}));
}

/** Verdicts that the checklist leans on must be of the commits that are applied now. */
function freshness(root: string): Problem[] {
  const { head } = lastApply(root);
  return (['check', 'bisect'] as const).flatMap((stage) => freshnessOf(stage, head, latestRecord(root, stage)));
}

export const command = defineCommand({
  name: 'checklist',
  summary:
    'Verify that every claim of CHECKLIST.md names evidence that exists, ' +
    'and that check and bisect are green for what is applied.',
  usage: '[--claims-only]',
  options: {
    'claims-only': { type: 'flag', summary: 'do not ask for check and bisect' },
  },
  async run(ctx) {
    const path = join(ctx.root, FILE);
    if (ctx.dryRun) {
      ctx.print(`${NOTE}would read ${path} and the newest check.json and bisect.json under out/`);
      return EXIT.pass;
    }
    if (!existsSync(path)) throw new WorkbenchError('E_CHECK', `there is no ${FILE}`, { next: `git checkout ${FILE}` });
    const claims = parseChecklist(readFileSync(path, 'utf8'));
    const problems = [
      ...checkClaims(FILE, claims, { exists: (file) => existsSync(join(ctx.root, file)), commands: scripts(ctx.root) }),
      ...(ctx.options['claims-only'] ? [] : freshness(ctx.root)),
    ];
    if (ctx.json) ctx.print(JSON.stringify({ stage: 'checklist', claims, problems }));
    else ctx.print([...problems.map(formatProblem), `${claims.length} claims, ${problems.length} problems`].join('\n'));
    return problems.length === 0 ? EXIT.pass : EXIT.check;
  },
});
