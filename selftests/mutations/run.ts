/**
 * Builds the series with the mutation patches on top, then runs the named topics once for each mutation (all of them,
 * or the numbers given). One guest serves them all, and is booted again after a mutation that kills it.
 *
 *     node --import tsx selftests/mutations/run.ts [--write] [--config NAME] [--accel auto|kvm|tcg] [--base NAME]
 *         [N ...]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareKernel } from '../../scripts/run/pipeline.ts';
import { lastApply, sourceOf } from '../../scripts/kernel/source.ts';
import type { StageContext } from '../../scripts/lib/stage.ts';
import { EXIT } from '../../scripts/lib/errors.ts';
import { standalone } from '../../scripts/lib/standalone.ts';
import { chooseAccel } from '../../scripts/host/accelerator.ts';
import { guestsByKind, runMutations } from './drive.ts';
import { parseRun } from './options.ts';
import { allCaught, formatMutations, rowsIn, type Found } from './report.ts';
import { openGuest } from './session.ts';
import { madeOn, MUTATIONS } from './table.ts';
import { BUFFER_MUTATIONS } from './table-buffer.ts';
import { mutationTree, openVariantRun } from './tree.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TABLE = join(ROOT, 'selftests/MUTATIONS.md');
const TREE_DIGITS = 12;

process.exitCode = await standalone(process.argv.slice(2), async ({ args, log, signal }) => {
  const { mutations, config, accel: wanted, write, base } = parseRun(args, [...MUTATIONS, ...BUFFER_MUTATIONS]);
  const ctx: StageContext = { root: ROOT, log, signal, run: openVariantRun(ROOT, 'mutations'), dryRun: false };
  const prepared = await prepareKernel(ctx, await mutationTree(ctx, base), config);
  const { release } = prepared.build;
  const applied = sourceOf(lastApply(ROOT, base));
  const kernel = `${config} ${applied.tree.slice(0, TREE_DIGITS)}`;
  const previous = existsSync(TABLE) ? rowsIn(readFileSync(TABLE, 'utf8')) : new Map<number, string>();
  const table = ([control, ...rest]: readonly Found[], rows = previous): string =>
    control === undefined ? '' : formatMutations(release, kernel, control, rest, rows);
  const tell = (found: readonly Found[]): void => {
    ctx.run.write('mutations', { release, found });
    if (write) writeFileSync(TABLE, table(found));
  };
  const accel = await chooseAccel(signal, { wanted, kernel: prepared.build.bzImage });
  const found = await runMutations(
    ctx,
    guestsByKind(accel, log, (choice, inTurn) => openGuest(ctx, prepared, choice, inTurn)),
    madeOn(applied.base, mutations),
    tell,
  );
  if (!write) process.stdout.write(table(found, new Map()));
  return allCaught(found) ? EXIT.pass : EXIT.test;
});
