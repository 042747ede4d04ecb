import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare, describeComparison } from '../bench/compare.ts';
import { judgeClaims } from '../bench/claims.ts';
import { merge } from '../bench/merge.ts';
import { isSection } from '../bench/plan.ts';
import { coverText, toPage } from '../bench/results.ts';
import { availableKernels, runBench, runProfile } from '../bench/run.ts';
import { readResults, RESULT_FILES, writeResults } from '../bench/store.ts';
import { targets } from '../bench/targets.ts';
import { SECTIONS, type Kernel } from '../bench/types.ts';
import { openStage } from '../build/stage.ts';
import { ensureStageTools } from '../host/install.ts';
import { EXIT, WorkbenchError } from '../lib/errors.ts';
import { defineCommand, type Context } from '../lib/options.ts';
import { NOTE } from '../lib/output.ts';

const REPETITIONS = 9;
const MOST_REPETITIONS = 101;

export const command = defineCommand({
  name: 'bench',
  summary: `Count the instructions of what the 2019 thread argued about: ${SECTIONS.join(', ')}. Compares with the committed results, then replaces them.`,
  usage: '[SECTION ...] [--kernels LIST] [--repetitions N] [--built] [--keep] | --profile OBJECT/PROGRAM | --render',
  positional: true,
  options: {
    kernels: { type: 'list', value: 'LIST', summary: 'series, base, v1-inpage (default: all that can be built)' },
    repetitions: { type: 'string', value: 'N', summary: 'batches of each measurement', default: String(REPETITIONS) },
    profile: { type: 'string', value: 'OBJECT/PROGRAM[/record]', summary: 'instead: where the instructions of one program are, by function; record: with a wake-up of each record' },
    built: { type: 'flag', summary: 'build nothing: measure the kernel that was built last' },
    render: { type: 'flag', summary: 'measure nothing: write RESULTS.md and what belongs to it once more, from the committed rows' },
    keep: { type: 'flag', summary: 'leave selftests/bench/RESULTS.md and what belongs to it as they are' },
  },
  async run(ctx) {
    const next = 'npm run bench -- --help';
    const sections = ctx.args.map((word) => {
      if (!isSection(word)) throw new WorkbenchError('E_USAGE', `no section ${word}; one of ${SECTIONS.join(', ')}`, { next });
      return word;
    });
    const repetitions = Number(ctx.options.repetitions);
    if (!Number.isInteger(repetitions) || repetitions < 1 || repetitions > MOST_REPETITIONS) {
      throw new WorkbenchError('E_USAGE', `--repetitions is 1 to ${MOST_REPETITIONS}`, { next });
    }
    if (ctx.options.render) return render(ctx);
    const available = availableKernels(ctx.root);
    const kernels = ctx.options.kernels.length === 0 ? available : ctx.options.kernels.map((word) => known(word, available, next));
    const stage = openStage(ctx, 'bench');
    await ensureStageTools('test', stage);
    if (ctx.options.profile !== undefined) {
      const text = await runProfile(stage, ctx.options.profile, ctx.options.built);
      if (text !== null) ctx.print(ctx.json ? JSON.stringify({ profile: text }) : text);
      return EXIT.pass;
    }
    const results = await runBench(stage, { sections, kernels, repetitions, built: ctx.options.built });
    if (results === null) return EXIT.pass;

    stage.run.write('bench', results);
    const before = readResults(ctx.root);
    const comparison = before === undefined ? undefined : compare(before, results);
    const sentence = comparison === undefined ? 'first run, nothing to compare with' : describeComparison(comparison);
    const page = join(stage.run.dir, 'bench.html');
    writeFileSync(page, toPage(results, sentence));
    const merged = merge(before, results);
    if (merged === null) ctx.log({ kind: 'warn', text: 'the committed results are of other source or tools and are left alone; run all sections to replace them' });
    const written = merged === null || ctx.options.keep ? [] : writeResults(ctx.root, merged, sentence);
    if (ctx.json) {
      ctx.print(JSON.stringify({ results, claims: judgeClaims(results.rows), targets: targets(results.rows), comparison: comparison ?? null, page, written }));
    } else {
      ctx.print(coverText(results));
      for (const each of targets(results.rows)) ctx.print(`${each.reached ? 'reached' : 'MISSED '} ${each.what}: ${each.measured} (${each.limit})`);
      ctx.print(`${sentence}\n${[page, ...written].join('\n')}`);
    }
    const failed = comparison !== undefined && comparison.comparable && (comparison.differences.length > 0 || comparison.missing.length > 0);
    return failed ? EXIT.test : EXIT.pass;
  },
});

/** After a change of the words around the numbers. */
function render(ctx: Pick<Context, 'root' | 'dryRun' | 'json' | 'print'>): number {
  const results = readResults(ctx.root);
  if (results === undefined) throw new WorkbenchError('E_RECORD_MISSING', 'there are no committed results', { next: 'npm run bench' });
  if (ctx.dryRun) {
    ctx.print(`${NOTE}would write ${RESULT_FILES.join(', ')}`);
    return EXIT.pass;
  }
  const written = writeResults(ctx.root, results, results.reproduced ?? 'not compared with another run');
  ctx.print(ctx.json ? JSON.stringify({ written }) : written.join('\n'));
  return EXIT.pass;
}

function known(word: string, available: readonly Kernel[], next: string): Kernel {
  const found = available.find((kernel) => kernel === word);
  if (found === undefined) throw new WorkbenchError('E_USAGE', `no kernel ${word} here; one of ${available.join(', ')}`, { next });
  return found;
}
