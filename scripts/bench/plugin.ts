/** QEMU with a plugin that counts instructions by address, batch by batch: see selftests/bench/profile-plugin.c. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv, must } from '../lib/exec.ts';
import type { StageContext } from '../lib/stage.ts';
import { symbolsOf, type CodeSymbol } from './profile.ts';
import { benchDir } from './store.ts';

/** What batch_begin() and batch_end() of the guest's program call, and nothing else does. */
export const BATCH_MARK = '__x64_sys_getsid';

export interface Counting {
  /** For the boot, whose kernel must lie where its System.map says: `nokaslr`. */
  readonly qemuOpts: readonly string[];
  readonly symbols: readonly CodeSymbol[];
  /** What the plugin has written so far, a text a batch. */
  readonly counts: () => string[];
}

const pluginFile = (ctx: StageContext): string => join(ctx.run.dir, 'profile-plugin.so');

function compiler(ctx: StageContext): string[] {
  const source = join(benchDir(ctx.root), 'profile-plugin.c');
  return ['gcc', '-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror', '-o', pluginFile(ctx), source];
}

/** null for a dry run. @throws E_BUILD when the kernel has no function `mark` @param name of the files of counts */
export async function countBatches(
  ctx: StageContext,
  systemMap: string,
  mark: string,
  name: string,
  compile: typeof must = must,
): Promise<Counting | null> {
  const argv = compiler(ctx);
  ctx.log({ kind: 'command', text: formatArgv(argv) });
  if (ctx.dryRun) return null;
  const symbols = symbolsOf(readFileSync(systemMap, 'utf8'));
  const address = symbols.find((symbol) => symbol.name === mark)?.address;
  if (address === undefined) throw new WorkbenchError('E_BUILD', `${systemMap} has no ${mark}`);
  await compile(argv, { signal: ctx.signal });
  const out = join(ctx.run.dir, `${name}.counts`);
  return {
    qemuOpts: ['-plugin', `${pluginFile(ctx)},mark=0x${address.toString(16)},out=${out}`],
    symbols,
    counts: () => {
      const found: string[] = [];
      while (existsSync(`${out}.${found.length}`)) found.push(readFileSync(`${out}.${found.length}`, 'utf8'));
      return found;
    },
  };
}
