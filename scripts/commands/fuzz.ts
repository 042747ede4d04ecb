import { fuzzBuild } from '../fuzz/fuzz.ts';
import { budgetOf, GUESTS } from '../fuzz/options.ts';
import { formatFinding, formatTally } from '../fuzz/report.ts';
import { NEWEST } from '../fuzz/rules.ts';
import { formatStatistics, statistics } from '../fuzz/statistics.ts';
import { chooseAccel } from '../host/accelerator.ts';
import { ACCEL_OPTION, wantedAccel } from '../host/accelerator-option.ts';
import { ensureStageTools } from '../host/install.ts';
import { lastBuild } from '../kernel/last-build.ts';
import { LAST_BASE_OPTION } from '../kernel/source.ts';
import { EXIT } from '../lib/errors.ts';
import { defineCommand } from '../lib/options.ts';
import { NOTE } from '../lib/output.ts';
import { openStage } from '../lib/stage.ts';

export const command = defineCommand({
  name: 'fuzz',
  summary: 'Programs from a seed, judged by a model and by their run, on the kernel that was built last.',
  usage:
    '[--seed N] [--programs N] [--minutes N] [--only N | --model] [--config NAME] [--base NAME] [--accel auto|kvm|tcg]',
  options: {
    seed: { type: 'string', value: 'N', summary: 'the same programs for the same seed', default: '1' },
    programs: { type: 'string', value: 'N', summary: 'how many', default: '100000' },
    minutes: { type: 'string', value: 'N', summary: 'ends after that, however many there were', default: '20' },
    only: { type: 'string', value: 'N', summary: 'instead: the one program of that number' },
    model: { type: 'flag', summary: 'no kernel: what the model says of these programs, as a table' },
    findings: { type: 'string', value: 'N', summary: 'ends when there are so many disagreements', default: '3' },
    guests: { type: 'string', value: 'N', summary: 'guests with one CPU each', default: String(GUESTS) },
    config: { type: 'string', value: 'NAME', summary: 'a configuration that was built before', default: 'default' },
    ...ACCEL_OPTION,
    ...LAST_BASE_OPTION,
  },
  async run(ctx) {
    const { budget, guests } = budgetOf(ctx.options);
    if (ctx.options.model) {
      const rows = statistics(NEWEST, budget.seed, budget.programs);
      ctx.print(ctx.json ? JSON.stringify(rows) : formatStatistics(rows));
      return EXIT.pass;
    }
    const wanted = wantedAccel(ctx.options.accel, 'npm run fuzz -- --help');
    const stage = openStage(ctx, 'fuzz');
    const { config, base } = ctx.options;
    const build = lastBuild(ctx.root, config, base);
    if (ctx.dryRun) {
      ctx.print(
        `${NOTE}would run ${budget.programs} programs of seed ${budget.seed} in ${guests} guests with ${build.bzImage}`,
      );
      return EXIT.pass;
    }
    await ensureStageTools('test', stage);
    const accel = await chooseAccel(ctx.signal, { wanted, kernel: build.bzImage });
    const { tally, findings, helpers, record } = await fuzzBuild(stage, { build, accel, budget, guests });
    if (ctx.json) ctx.print(JSON.stringify(record));
    else {
      for (const finding of findings)
        ctx.print(`${formatFinding(finding, helpers, { seed: budget.seed, config, base })}\n`);
      ctx.print(formatTally(tally));
    }
    return findings.length === 0 ? EXIT.pass : EXIT.test;
  },
});
