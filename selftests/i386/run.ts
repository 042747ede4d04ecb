/**
 * D30 with a JIT that shares the frame: the series as a 32-bit x86 kernel, in a guest of its own whose only process is
 * init.c. Once as it is, and once without what mended D30, which has to kill the guest: so it is known that the test
 * can see it. Not part of `npm test`, which builds one kernel.
 *
 *     npm run apply && node --import tsx selftests/i386/run.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDirOf, makeArgv } from '../../scripts/kernel/kbuild.ts';
import { mustMake } from '../../scripts/kernel/making.ts';
import { dropped, parseDotConfig } from '../../scripts/kernel/dotconfig.ts';
import { effectiveRequests, parseFragment } from '../../scripts/kernel/fragment.ts';
import { EXIT, WorkbenchError } from '../../scripts/lib/errors.ts';
import { exec, execError, formatArgv, must } from '../../scripts/lib/exec.ts';
import { makeDir } from '../../scripts/lib/make-dir.ts';
import type { StageContext } from '../../scripts/lib/stage.ts';
import { standalone } from '../../scripts/lib/standalone.ts';
import { openVariantRun, variantTree } from '../mutations/tree.ts';
import { verdictOf, type Verdict } from './verdict.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const NAME = 'i386';
const NEXT = 'node --import tsx selftests/i386/run.ts';
const BOOT_MS = 180_000;
const MEMORY_MB = 256;
/** A process that ends, and a kernel that dies, end QEMU. */
const COMMAND_LINE = 'console=ttyS0 panic=-1 oops=panic';

const KERNELS: readonly { readonly name: string; readonly patches: readonly string[]; readonly wanted: Verdict }[] = [
  { name: 'the series', patches: [], wanted: 'passed' },
  { name: 'the series without the room for a callee', patches: [here('./without-rule.patch')], wanted: 'died' },
];

interface Made {
  readonly kernel: string;
  readonly initrd: string;
}

async function build(ctx: StageContext, patches: readonly string[]): Promise<Made> {
  const variant = { name: NAME, from: 'series' } as const;
  const { worktree } = await variantTree(ctx, patches.length === 0 ? variant : { ...variant, patches });
  const buildDir = buildDirOf(worktree, NAME);
  const dotconfig = join(buildDir, '.config');
  const log = ctx.run.log('build');
  const make = async (...targets: string[]): Promise<void> => {
    const argv = makeArgv(worktree, buildDir, ['ARCH=i386', ...targets], availableParallelism());
    ctx.log({ kind: 'command', text: formatArgv(argv) });
    await mustMake({ title: targets.join(' '), argv }, buildDir, ctx, log);
  };
  makeDir(buildDir);
  await make('tinyconfig');
  const fragment = readFileSync(here('./kernel.config'), 'utf8');
  writeFileSync(dotconfig, `${readFileSync(dotconfig, 'utf8')}${fragment}`);
  await make('olddefconfig');
  const lost = dropped(
    effectiveRequests([parseFragment('selftests/i386/kernel.config', fragment)], NAME),
    parseDotConfig(readFileSync(dotconfig, 'utf8')),
  );
  if (lost.length > 0)
    throw new WorkbenchError('E_CONFIG_DROPPED', `not set: ${lost.map(({ request }) => request.symbol).join(', ')}`, {
      next: 'correct selftests/i386/kernel.config, and run the command again',
    });
  await make('bzImage', 'headers');
  return { kernel: join(buildDir, 'arch/x86/boot/bzImage'), initrd: await initrd(ctx, worktree, buildDir) };
}

/** init.c alone, against the C library that comes with the kernel, and a console for it. */
async function initrd(ctx: StageContext, worktree: string, buildDir: string): Promise<string> {
  const { dir } = ctx.run;
  const nolibc = join(worktree, 'tools/include/nolibc');
  const argv = ['gcc', '-m32', '-Os', '-static', '-nostdlib', '-ffreestanding', '-fno-asynchronous-unwind-tables'];
  const include = ['-include', join(nolibc, 'nolibc.h'), '-isystem', join(buildDir, 'usr/include')];
  const init = join(dir, 'init');
  await must([...argv, '-Wall', '-Werror', ...include, '-o', init, here('./init.c')], { signal: ctx.signal });
  const list = join(dir, 'initrd.list');
  writeFileSync(list, `dir /dev 0755 0 0\nnod /dev/console 0600 0 0 c 5 1\nfile /init ${init} 0755 0 0\n`);
  const image = join(dir, 'initrd.cpio');
  await must([join(buildDir, 'usr/gen_init_cpio'), '-o', image, list], { signal: ctx.signal });
  return image;
}

async function boot(ctx: StageContext, { kernel, initrd }: Made, log: string): Promise<Verdict> {
  const result = await exec(
    [
      ...['qemu-system-i386', '-accel', 'tcg', '-m', `${MEMORY_MB}`, '-nographic', '-no-reboot', '-nic', 'none'],
      ...['-kernel', kernel, '-initrd', initrd, '-append', COMMAND_LINE],
    ],
    { log, timeoutMs: BOOT_MS, signal: ctx.signal },
  );
  if (result.exitCode !== 0 && !result.timedOut) throw execError(result);
  return verdictOf(readFileSync(log, 'utf8'));
}

process.exitCode = await standalone(process.argv.slice(2), async ({ args, log, signal }) => {
  if (args.length > 0) throw new WorkbenchError('E_USAGE', 'it takes no arguments', { next: NEXT });
  const ctx: StageContext = { root: ROOT, log, signal, run: openVariantRun(ROOT, NAME), dryRun: false };
  let code: number = EXIT.pass;
  for (const [index, { name, patches, wanted }] of KERNELS.entries()) {
    const made = await build(ctx, patches);
    const console = join(ctx.run.dir, `console-${index + 1}.log`);
    const verdict = await boot(ctx, made, console);
    process.stdout.write(`${verdict === wanted ? 'ok' : 'not ok'}: ${name}: ${verdict}, as ${console} has it\n`);
    if (verdict !== wanted) code = EXIT.test;
  }
  return code;
});
