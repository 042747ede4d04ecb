import { clients } from '../clients/stage.ts';
import { formatClients } from '../clients/tables.ts';
import { ACCEL_OPTION, wantedAccel } from '../host/accelerator-option.ts';
import { ensureStageTools } from '../host/install.ts';
import { LAST_BASE_OPTION, lastApply, sourceOf } from '../kernel/source.ts';
import { EXIT } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';
import { openStage } from '../lib/stage.ts';

export const command = defineCommand({
  name: 'clients',
  summary: 'Programs that people use, unchanged, on the base and with the series: bpftrace, perf, libbpf and others.',
  usage: '[CLIENT ...] [--again] [--accel auto|kvm|tcg] [--base NAME]',
  positional: true,
  options: {
    again: { type: 'flag', summary: 'run what was run before on the same kernels once more' },
    ...ACCEL_OPTION,
    ...LAST_BASE_OPTION,
  },
  async run(ctx) {
    const accel = wantedAccel(ctx.options.accel, 'npm run clients -- --help');
    const source = sourceOf(lastApply(ctx.root, ctx.options.base));
    const stage = openStage(ctx, 'clients');
    await ensureStageTools('clients', stage);
    const record = await clients(stage, { source, names: ctx.args, accel, again: ctx.options.again });
    if (record === null) return EXIT.pass;
    ctx.print(ctx.json ? JSON.stringify(record) : formatClients(record));
    return record.ok ? EXIT.pass : EXIT.test;
  },
});
