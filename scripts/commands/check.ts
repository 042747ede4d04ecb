import { LAST_BASE_OPTION, lastApply, sourceOf, withTree } from '../kernel/source.ts';
import { inPart, openStage } from '../lib/stage.ts';
import type { CheckRecord } from '../records/series.ts';
import { expectations } from '../run/expectations.ts';
import { scratchPath } from '../kernel/scratch.ts';
import { check } from '../check/stage.ts';
import { checkpatchArgv } from '../check/checkpatch.ts';
import { analysersHere } from '../check/compare.ts';
import { warningSteps } from '../check/compile.ts';
import { formatCheck } from '../check/format.ts';
import { formatChecks } from '../check/list.ts';
import { ensureStageTools } from '../host/install.ts';
import { configure } from '../kernel/configure.ts';
import { EXIT, WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { defineCommand } from '../lib/options.ts';

export const command = defineCommand({
  name: 'check',
  summary: `Every patch by itself, and against its parent:\n\n${formatChecks()}`,
  usage: '[PATCH ...] [--quick] [--base NAME]',
  positional: true,
  options: {
    quick: { type: 'flag', summary: 'leave out what compiles (gcc, clang, smatch, coccicheck)' },
    ...LAST_BASE_OPTION,
  },
  async run(ctx) {
    const apply = lastApply(ctx.root, ctx.options.base);
    const known = apply.commits.map((commit) => commit.id);
    const unknown = ctx.args.filter((id) => !known.includes(id));
    if (unknown.length > 0)
      throw new WorkbenchError('E_USAGE', `no patch ${unknown.join(', ')}; there are ${known.join(', ')}`, {
        next: 'npm run check -- --help',
      });
    const stage = openStage(ctx, 'check');
    await ensureStageTools(ctx.options.quick ? 'build' : 'check', stage);
    const source = sourceOf(apply);
    if (ctx.dryRun) {
      const scratch = scratchPath(apply.worktree);
      for (const { id, commit, file } of apply.commits) {
        if (ctx.args.length > 0 && !ctx.args.includes(id)) continue;
        ctx.print(formatArgv(['git', '-C', scratch, 'checkout', '--detach', commit]));
        ctx.print(formatArgv(checkpatchArgv(scratch, `patches/${file}`)));
        if (!ctx.options.quick)
          for (const step of analysersHere().here.flatMap((one) => warningSteps(scratch, one, ['FILE.o'])))
            ctx.print(formatArgv(step.argv));
      }
      return EXIT.pass;
    }
    return withTree(stage, source, 'checking the patches', async () => {
      const { dotconfig } = await configure(stage, source, 'default');
      const { quick } = ctx.options;
      const expectedMs = expectations(ctx.root).check(ctx.args.length || known.length, quick);
      const asked = { apply, dotconfig, only: ctx.args, quick };
      const failed = ({ ok }: CheckRecord): boolean => !ok;
      const record = await inPart(stage, 'check', (part) => check(part, asked), { expectedMs, failed });
      ctx.print(ctx.json ? JSON.stringify(record) : formatCheck(record));
      return record.ok ? EXIT.pass : EXIT.check;
    });
  },
});
