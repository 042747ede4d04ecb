import { basename, join } from 'node:path';
import { again } from '../base/again.ts';
import { removeItem, sizeOf } from '../clean/clean.ts';
import { inventory, optionsFor } from '../clean/inventory.ts';
import { planClean, type CleanOptions, type Item } from '../clean/plan.ts';
import { EXIT } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { defineCommand } from '../lib/options.ts';
import { NOTE } from '../lib/output.ts';
import { cachePaths, type CachePaths } from '../lib/paths.ts';

export const command = defineCommand({
  name: 'clean',
  summary:
    'Delete what nothing will use again: leftovers of killed runs, superseded sources, all but the last ten runs.',
  usage: '[--builds] [--sources] [--runs] [--all]',
  options: {
    builds: {
      type: 'flag',
      summary: 'also the build directories, the compiler cache, and what check and bisect have proven',
    },
    sources: { type: 'flag', summary: 'also the kernel sources, their downloads and the worktrees' },
    runs: { type: 'flag', summary: 'also every run below out/' },
    all: { type: 'flag', summary: 'all of these' },
    force: { type: 'flag', summary: 'also worktrees with commits or changes that are not in patches/' },
  },
  async run(ctx) {
    const cache = cachePaths();
    const { remove, kept: before } = planClean(await inventory(ctx.root, cache), ctx.options);
    const kept = [...before];
    const removed: { kind: string; path: string; kib: number }[] = [];
    for (const item of remove) {
      if (ctx.signal.aborted) break;
      if (item.kind === 'source' && kept.some(({ path }) => basename(path) === basename(item.path))) continue;
      const kib = await sizeOf(item.path, ctx.signal);
      if (
        !ctx.dryRun &&
        !(await removeItem(item, { cache, log: ctx.log, signal: ctx.signal, force: ctx.options.force }))
      ) {
        kept.push({ ...item, edited: 'edited' });
        continue;
      }
      removed.push({ kind: item.kind, path: item.path, kib });
      if (!ctx.json)
        ctx.print(ctx.dryRun ? formatArgv(['rm', '-rf', item.path]) : `deleted ${item.path} (${mib(kib)})`);
    }
    for (const item of kept) ctx.log({ kind: 'warn', text: whyKept(item, cache, ctx.options) });
    const total = removed.reduce((sum, { kib }) => sum + kib, 0);
    if (ctx.json) ctx.print(JSON.stringify({ removed, kept: kept.map(({ path }) => path), kib: total }));
    else
      ctx.print(
        `${ctx.dryRun ? NOTE : ''}${removed.length} things, ${mib(total)}${ctx.dryRun ? ' would be deleted' : ''}`,
      );
    return EXIT.pass;
  },
});

/** With commands as one can paste them. */
function whyKept({ kind, path, edited }: Item, cache: CachePaths, options: CleanOptions): string {
  const asked = (['builds', 'sources', 'runs', 'all'] as const)
    .filter((name) => options[name])
    .map((name) => `--${name}`);
  const force = formatArgv(['npm', 'run', 'clean', '--', ...asked, '--force']);
  const base = { options: optionsFor(cache, path) };
  if (edited === 'interrupted') {
    return (
      `${path} holds what an interrupted apply left, and perhaps work of yours: to go on, ` +
      `with a backup of what is not in patches/: ${again(base, 'apply')}\n` +
      `   to delete it: ${force}`
    );
  }
  if (kind === 'source') {
    const branches = formatArgv(['git', '-C', join(path, 'repo.git'), 'branch']);
    return `${path} is damaged, and was worked in; what is in it: ${branches}\n   to delete it: ${force}`;
  }
  return `${path} has work that is not in patches/; to save it: ${again(base, 'refresh')}\n   to delete it: ${force}`;
}

function mib(kib: number): string {
  return `${(kib / 1024).toFixed(kib < 10_240 ? 1 : 0)} MiB`;
}
