import { judgeClaims } from '../bench/claims.ts';
import { coverText } from '../bench/results.ts';
import { availableKernels, runBench, runProfile } from '../bench/run.ts';
import { publish, readResults, RESULT_FILES, writeResults } from '../bench/store.ts';
import { targets } from '../bench/targets.ts';
import { SECTIONS } from '../bench/types.ts';
import { profiledOf, REPETITIONS, wantedOf } from '../bench/plan.ts';
import { LAST_BASE_OPTION } from '../kernel/source.ts';
import { openStage } from '../lib/stage.ts';
import { ACCEL_OPTION } from '../host/accelerator-option.ts';
import { ensureStageTools } from '../host/install.ts';
import { EXIT, WorkbenchError } from '../lib/errors.ts';
import { defineCommand, type Context } from '../lib/options.ts';
import { NOTE } from '../lib/output.ts';

export const command = defineCommand({
  name: 'bench',
  summary:
    `Count the instructions of what the 2019 thread argued about: ${SECTIONS.join(', ')}. ` +
    'Compares with the committed results, then replaces them.',
  usage:
    '[SECTION ...] [--kernels LIST] [--repetitions N] [--accel auto|kvm|tcg] [--base NAME] [--built] [--keep] | ' +
    '--profile OBJECT/PROGRAM | --render',
  positional: true,
  options: {
    kernels: { type: 'list', value: 'LIST', summary: 'series, base, v1-inpage (default: all that can be built)' },
    repetitions: { type: 'string', value: 'N', summary: 'batches of each measurement', default: String(REPETITIONS) },
    profile: {
      type: 'string',
      value: 'OBJECT/PROGRAM[/record]',
      summary: 'instead: where the instructions of one program are, by function; record: with a wake-up of each record',
    },
    accel: {
      ...ACCEL_OPTION.accel,
      summary:
        'for nanoseconds, which need KVM (kvm: exit 69 without it; tcg: none); instructions are counted in emulation',
    },
    ...LAST_BASE_OPTION,
    built: { type: 'flag', summary: 'build nothing: measure the kernel that was built last' },
    render: {
      type: 'flag',
      summary: 'measure nothing: write RESULTS.md and what belongs to it once more, from the committed rows',
    },
    keep: { type: 'flag', summary: 'leave selftests/bench/RESULTS.md and what belongs to it as they are' },
  },
  async run(ctx) {
    const wanted = wantedOf({ args: ctx.args, ...ctx.options }, availableKernels(ctx.root));
    const profiled = ctx.options.profile === undefined ? undefined : profiledOf(ctx.options.profile);
    if (ctx.options.render) return render(ctx);
    const stage = openStage(ctx, 'bench');
    await ensureStageTools('test', stage);
    if (profiled !== undefined) {
      const text = await runProfile(stage, profiled, ctx.options);
      if (text !== null) ctx.print(ctx.json ? JSON.stringify({ profile: text }) : text);
      return EXIT.pass;
    }
    const results = await runBench(stage, wanted);
    if (results === null) return EXIT.pass;

    const { comparison, sentence, merged, failed, page, written } = publish(
      ctx.root,
      stage.run,
      results,
      ctx.options.keep,
    );
    if (merged === null)
      ctx.log({
        kind: 'warn',
        text: 'the committed results are of other source or tools and are left alone; run all sections to replace them',
      });
    if (ctx.json) {
      ctx.print(
        JSON.stringify({
          results,
          claims: judgeClaims(results.rows),
          targets: targets(results.rows),
          comparison,
          page,
          written,
        }),
      );
    } else {
      ctx.print(coverText(results));
      for (const each of targets(results.rows))
        ctx.print(`${each.reached ? 'reached' : 'MISSED '} ${each.what}: ${each.measured} (${each.limit})`);
      ctx.print(`${sentence}\n${[page, ...written].join('\n')}`);
    }
    return failed ? EXIT.test : EXIT.pass;
  },
});

/** After a change of the words around the numbers. */
function render(ctx: Pick<Context, 'root' | 'dryRun' | 'json' | 'print'>): number {
  const results = readResults(ctx.root);
  if (results === undefined)
    throw new WorkbenchError('E_RECORD_MISSING', 'there are no committed results', { next: 'npm run bench' });
  if (ctx.dryRun) {
    ctx.print(`${NOTE}would write ${RESULT_FILES.join(', ')}`);
    return EXIT.pass;
  }
  const written = writeResults(ctx.root, results, results.reproduced ?? 'not compared with another run');
  ctx.print(ctx.json ? JSON.stringify({ written }) : written.join('\n'));
  return EXIT.pass;
}
