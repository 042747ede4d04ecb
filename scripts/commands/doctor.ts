import { dryRunDoctor, examine, formatDoctor } from '../host/doctor.ts';
import { thisHost } from '../host/os-release.ts';
import { EXIT } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';
import { cachePaths } from '../lib/paths.ts';
import { latestRecord } from '../lib/record.ts';
import { buildSchema } from '../records/build.ts';

export const command = defineCommand({
  name: 'doctor',
  summary:
    'List tools and their versions, KVM, disk and memory, and what will be skipped for want of them. Changes nothing.',
  usage: '',
  options: {},
  async run(ctx) {
    if (ctx.dryRun) {
      for (const line of dryRunDoctor()) ctx.print(line);
      return EXIT.pass;
    }
    const built = buildSchema.safeParse(latestRecord(ctx.root, 'build.default')?.record).data;
    const findings = await examine(cachePaths(), ctx.signal, thisHost(), built?.bzImage);
    ctx.print(ctx.json ? JSON.stringify(findings) : formatDoctor(findings));
    return findings.blocked.length === 0 ? EXIT.pass : EXIT.host;
  },
});
