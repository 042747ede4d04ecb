/**
 * Builds the series with the mutation patches on top, then runs the named topics once for each mutation (all of them, or the numbers
 * given). One guest serves them all, and is booted again after a mutation that kills it.
 *
 *     node --import tsx selftests/mutations/run.ts [--write] [--config NAME] [N ...]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareKernel } from '../../scripts/build/prepare.ts';
import { lastApply, sourceOf } from '../../scripts/build/source.ts';
import type { StageContext } from '../../scripts/build/stage.ts';
import { createLog } from '../../scripts/lib/log.ts';
import { formatMutations, rowsIn, type Found } from './report.ts';
import { runMutations } from './session.ts';
import { MUTATIONS } from './table.ts';
import { BUFFER_MUTATIONS } from './table-buffer.ts';
import { openVariantRun, variantTree } from './tree.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TABLE = join(ROOT, 'selftests/MUTATIONS.md');
const TREE_DIGITS = 12;
const PATCHES = ['mutations.patch', 'mutations-buffer.patch'].map((file) => fileURLToPath(new URL(file, import.meta.url)));

async function main(args: readonly string[]): Promise<number> {
  const wanted = args.filter((arg) => /^\d+$/.test(arg)).map(Number);
  const [, config = 'default'] = /--config[ =](\S+)/.exec(args.join(' ')) ?? [];
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  const ctx: StageContext = { root: ROOT, log: createLog(process.stderr), signal: abort.signal, run: openVariantRun(ROOT, 'mutations'), dryRun: false };
  const prepared = await prepareKernel(ctx, await variantTree(ctx, { name: 'mutations', from: 'series', patches: PATCHES }), config);
  const all = [...MUTATIONS, ...BUFFER_MUTATIONS];
  const { release } = prepared.build;
  const kernel = `${config} ${sourceOf(lastApply(ROOT)).tree.slice(0, TREE_DIGITS)}`;
  const previous = existsSync(TABLE) ? rowsIn(readFileSync(TABLE, 'utf8')) : new Map<number, string>();
  const tell = ([control, ...rest]: readonly Found[]): void => {
    if (control === undefined) return;
    ctx.run.write('mutations', { release, found: [control, ...rest] });
    if (args.includes('--write')) writeFileSync(TABLE, formatMutations(release, kernel, control, rest, previous));
  };
  const found = await runMutations(ctx, prepared, wanted.length === 0 ? all : all.filter(({ number }) => wanted.includes(number)), tell);
  const [control, ...rest] = found;
  if (control === undefined) return 1;
  if (!args.includes('--write')) process.stdout.write(formatMutations(release, kernel, control, rest));
  return control.caught.length === 0 && rest.every(({ caught }) => caught.length > 0) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
