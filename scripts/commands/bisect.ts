import { LAST_BASE_OPTION, lastApply, sourceOf, withTree } from '../kernel/source.ts';
import { buildDirOf, makeArgv } from '../kernel/kbuild.ts';
import { scratchPath } from '../kernel/scratch.ts';
import { inPart, openStage } from '../lib/stage.ts';
import type { BisectRecord } from '../records/series.ts';
import { expectations } from '../run/expectations.ts';
import { bisect } from '../check/bisect.ts';
import { formatBisect } from '../check/format.ts';
import { VARIANTS, variantNamed } from '../check/variants.ts';
import { ACCEL_OPTION, wantedAccel } from '../host/accelerator-option.ts';
import { ensureStageTools } from '../host/install.ts';
import { EXIT, WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { defineCommand } from '../lib/options.ts';

export const command = defineCommand({
  name: 'bisect',
  summary: 'Every patch alone: builds with CONFIG_DTRACE on and off, without BPF_SYSCALL, without the JIT, and boots.',
  usage: '[PATCH ...] [--variant NAME[,NAME]] [--accel auto|kvm|tcg] [--base NAME]',
  positional: true,
  options: {
    variant: { type: 'list', value: 'NAME', summary: `of ${VARIANTS.map((v) => v.name).join(', ')} (default: all)` },
    ...ACCEL_OPTION,
    ...LAST_BASE_OPTION,
  },
  async run(ctx) {
    const accel = wantedAccel(ctx.options.accel, 'npm run bisect -- --help');
    const next = 'npm run bisect -- --help';
    const apply = lastApply(ctx.root, ctx.options.base);
    const known = apply.commits.map((commit) => commit.id);
    const unknown = ctx.args.filter((id) => !known.includes(id));
    if (unknown.length > 0)
      throw new WorkbenchError('E_USAGE', `no patch ${unknown.join(', ')}; there are ${known.join(', ')}`, { next });
    const variants =
      ctx.options.variant.length === 0
        ? VARIANTS
        : ctx.options.variant.map((name) => {
            const variant = variantNamed(name);
            if (variant === undefined)
              throw new WorkbenchError(
                'E_USAGE',
                `no variant ${name}; there are ${VARIANTS.map((v) => v.name).join(', ')}`,
                { next },
              );
            return variant;
          });
    const stage = openStage(ctx, 'bisect');
    await ensureStageTools('test', stage);
    if (ctx.dryRun) {
      const scratch = scratchPath(apply.worktree);
      for (const { id, commit } of apply.commits) {
        if (ctx.args.length > 0 && !ctx.args.includes(id)) continue;
        ctx.print(formatArgv(['git', '-C', scratch, 'checkout', '--detach', commit]));
        for (const variant of variants) {
          ctx.print(
            formatArgv(
              makeArgv(
                scratch,
                buildDirOf(scratch, variant.boots ? 'default' : `bisect-${variant.name.replace(/\W+/g, '-')}`),
                [variant.boots ? 'bzImage' : 'vmlinux'],
              ),
            ),
          );
        }
      }
      return EXIT.pass;
    }
    const source = sourceOf(apply);
    return withTree(stage, source, 'building every patch alone', async () => {
      const expectedMs = expectations(ctx.root).bisect(ctx.args.length || known.length, variants.length);
      const asked = { apply, source, variants, only: ctx.args, accel };
      const failed = ({ ok }: BisectRecord): boolean => !ok;
      const record = await inPart(stage, 'bisect', (part) => bisect(part, asked), { expectedMs, failed });
      ctx.print(ctx.json ? JSON.stringify(record) : formatBisect(record));
      return record.ok ? EXIT.pass : EXIT.check;
    });
  },
});
