/**
 * Does the fuzzer find what is broken on purpose? Builds the series with the mutation patches on top, and runs the
 * fuzzer for each mutation (those of the verifier, or the numbers given) until it has found one disagreement.
 *
 *     npm run apply && node --import tsx selftests/mutations/fuzz.ts [--seed N] [--programs N] [--minutes N] [N ...]
 */
import { fileURLToPath } from 'node:url';
import { budgetOf, GUESTS } from '../../scripts/fuzz/options.ts';
import { formatFinding, formatTally } from '../../scripts/fuzz/report.ts';
import { fuzzBuild, type Fuzzed } from '../../scripts/fuzz/fuzz.ts';
import { ACCEL_OPTION, wantedAccel } from '../../scripts/host/accelerator-option.ts';
import { chooseAccel } from '../../scripts/host/accelerator.ts';
import { EXIT, WorkbenchError } from '../../scripts/lib/errors.ts';
import { parseOptions } from '../../scripts/lib/options.ts';
import type { StageContext } from '../../scripts/lib/stage.ts';
import { standalone } from '../../scripts/lib/standalone.ts';
import { prepareKernel } from '../../scripts/run/pipeline.ts';
import { BUFFER_MUTATIONS } from './table-buffer.ts';
import type { Mutation } from './table.ts';
import { MUTATIONS } from './table.ts';
import { mutationTree, openVariantRun, SWITCH } from './tree.ts';

const NAME = 'mutations/fuzz.ts';
const NEXT = `node --import tsx selftests/${NAME}`;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The closed record, and the rules of the verifier from the pair to what pointers may do. */
const VERIFIER: readonly number[] = [118, 119, ...Array.from({ length: 21 }, (_, i) => 129 + i), 150];

/** A row of the table in FUZZ.md. */
function row({ number, name }: Mutation, { tally, findings }: Fuzzed, seed: number): string {
  const [found] = findings;
  const after = found === undefined ? `not in ${tally.programs}` : String(found.index + 1);
  const how = found === undefined ? '' : [found.kind, ...found.also].join(', ');
  return `| ${number} | ${name} | ${after} | ${how} | ${seed} | ${(tally.ms / 1000).toFixed(0)} |`;
}

process.exitCode = await standalone(process.argv.slice(2), async ({ args: argv, log, signal }) => {
  const { args, values } = parseOptions(
    {
      name: NAME,
      positional: true,
      options: {
        seed: { type: 'string', value: 'N', summary: 'of the programs', default: '1' },
        programs: { type: 'string', value: 'N', summary: 'at most', default: '100000' },
        minutes: { type: 'string', value: 'N', summary: 'at most, for each', default: '20' },
        guests: { type: 'string', value: 'N', summary: 'with one CPU each', default: String(GUESTS) },
        ...ACCEL_OPTION,
      },
    },
    argv,
  );
  const text = (name: string): string => String(values[name]);
  const { budget, guests } = budgetOf({
    seed: text('seed'),
    programs: text('programs'),
    minutes: text('minutes'),
    guests: text('guests'),
    findings: '1',
    only: undefined,
  });
  const wanted = args.length === 0 ? VERIFIER : args.map(Number);
  const all = [...MUTATIONS, ...BUFFER_MUTATIONS];
  const mutations = wanted.map((number) => {
    const found = all.find((one) => one.number === number);
    if (found === undefined) throw new WorkbenchError('E_USAGE', `there is no mutation ${number}`, { next: NEXT });
    return found;
  });
  const ctx: StageContext = { root: ROOT, log, signal, run: openVariantRun(ROOT, 'fuzz-mutations'), dryRun: false };
  const { build } = await prepareKernel(ctx, await mutationTree(ctx), 'default');
  const accel = await chooseAccel(signal, { wanted: wantedAccel(text('accel'), NEXT), kernel: build.bzImage });
  let missed = 0;
  for (const mutation of mutations) {
    const fuzzed = await fuzzBuild(ctx, {
      build,
      accel,
      budget,
      guests,
      prepare: (guest) => guest.writeFile(SWITCH, String(mutation.number)),
    });
    for (const finding of fuzzed.findings)
      log({ kind: 'note', text: formatFinding(finding, fuzzed.helpers, { seed: budget.seed, config: build.config }) });
    log({ kind: 'note', text: formatTally(fuzzed.tally) });
    process.stdout.write(`${row(mutation, fuzzed, budget.seed)}\n`);
    if (fuzzed.findings.length === 0) missed++;
    if (signal.aborted) break;
  }
  return missed === 0 ? EXIT.pass : EXIT.test;
});
