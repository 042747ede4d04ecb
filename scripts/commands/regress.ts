import { ACCEL_OPTION, wantedAccel } from '../host/accelerator-option.ts';
import { ensureStageTools } from '../host/install.ts';
import { LAST_BASE_OPTION, lastApply, sourceOf } from '../kernel/source.ts';
import { EXIT } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';
import { openStage } from '../lib/stage.ts';
import { regress } from '../regress/stage.ts';
import { formatRegress } from '../regress/tables.ts';

export const command = defineCommand({
  name: 'regress',
  summary:
    "The kernel's own tests of BPF and perf events, on the base and with the series: what passed and does not now.",
  usage: '[TEST ...] [--again] [--accel auto|kvm|tcg] [--base NAME]',
  positional: true,
  options: {
    again: { type: 'flag', summary: 'run what was run before on the same tree once more' },
    ...ACCEL_OPTION,
    ...LAST_BASE_OPTION,
  },
  async run(ctx) {
    const accel = wantedAccel(ctx.options.accel, 'npm run regress -- --help');
    const source = sourceOf(lastApply(ctx.root, ctx.options.base));
    const stage = openStage(ctx, 'regress');
    await ensureStageTools('regress', stage);
    const record = await regress(stage, { source, names: ctx.args, accel, again: ctx.options.again });
    if (record === null) return EXIT.pass;
    ctx.print(ctx.json ? JSON.stringify(record) : formatRegress(record));
    return record.ok ? EXIT.pass : EXIT.test;
  },
});
