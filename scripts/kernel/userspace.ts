/** What the tests need of the patched tree besides the kernel: libbpf, bpftool, vmlinux.h, the tool of the series. */
import { createHash } from 'node:crypto';
import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { DEFAULT_ARCHITECTURE, type Architecture } from '../lib/architecture.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';
import { withLock } from '../lib/lock.ts';
import { makeDir } from '../lib/make-dir.ts';
import { cachePaths } from '../lib/paths.ts';
import { buildError, hostFailure } from './build-error.ts';
import { findClang } from './clang.ts';
import { compilerArgs } from './kbuild.ts';
import { beginMake } from './making.ts';
import { tryStep, type StageContext, type Step } from '../lib/stage.ts';
import { idsAt, readTreeState } from './tree-state.ts';
import type { SourceTree } from '../records/build.ts';

/** Everything the programs are made of; two trees that agree here share them. */
const INPUTS = [
  'tools/lib',
  'tools/bpf',
  'tools/include',
  'tools/build',
  'tools/scripts',
  'tools/arch',
  'tools/dtrace',
  'include/uapi',
  'kernel/bpf/disasm.c',
  'kernel/bpf/disasm.h',
  'scripts/bpf_doc.py',
  'Makefile',
];

export interface Userspace {
  readonly dir: string;
  readonly libbpfSo: string;
  readonly libbpfA: string;
  readonly libbpfIncludes: string;
  readonly bpftool: string;
  /** The same as a program of this machine. */
  readonly hostBpftool: string;
  /** The tool of the series, when the tree has it. */
  readonly dtrace: string | undefined;
}

/**
 * Directory named by the content of the inputs; undefined content (a dirty tree) gets one of its own and is always made
 * again.
 */
async function toolsDir(
  source: SourceTree,
  { root }: Platform,
): Promise<{ readonly dir: string; readonly exact: boolean }> {
  const state = await readTreeState(source.worktree);
  const found = await idsAt(source.worktree, 'HEAD', INPUTS);
  const ids = INPUTS.map((path) => found.get(path) ?? '');
  const exact = !state.dirty.some((path) => INPUTS.some((input) => path === input || path.startsWith(`${input}/`)));
  const key = createHash('sha256')
    .update(JSON.stringify([...(exact ? ids : [source.worktree]), ...(root === undefined ? [] : [root])]))
    .digest('hex')
    .slice(0, 16);
  return { dir: join(cachePaths().builds, `tools-${key}`), exact };
}

function layout(dir: string, hasDtrace: boolean, { arch }: Platform): Userspace {
  const bpftool = join(dir, 'bpftool', 'bpftool');
  return {
    dir,
    libbpfSo: join(dir, 'libbpf', 'libbpf.so'),
    libbpfA: join(dir, 'libbpf', 'libbpf.a'),
    libbpfIncludes: join(dir, 'libbpf', 'root', 'include'),
    bpftool,
    hostBpftool: arch.foreign === undefined ? bpftool : join(dir, 'bpftool', 'bootstrap', 'bpftool'),
    dtrace: hasDtrace ? join(dir, 'dtrace', 'dtrace') : undefined,
  };
}

/**
 * These are made at the same time as the kernel, and take what configuring, linking and packing leave idle. With 19
 * they would stand still next to other work on the machine.
 */
const LOWER = 5;

/** What programs run on, and the root with the libraries that they have there, where it is not the host's. */
export interface Platform {
  readonly arch: Architecture;
  readonly root?: string | undefined;
}

const THIS_MACHINE: Platform = { arch: DEFAULT_ARCHITECTURE };

/** @param clang for the BPF side of the series' tool */
export function userspaceSteps(
  source: SourceTree,
  dir: string,
  hasDtrace: boolean,
  clang: string,
  { arch, root } = THIS_MACHINE,
): Step[] {
  const make = (path: string, ...args: string[]): string[] => [
    'nice',
    '-n',
    String(LOWER),
    'make',
    '-C',
    join(source.worktree, path),
    `-j${availableParallelism()}`,
    ...compilerArgs(arch, root),
    ...args,
  ];
  const libbpf = join(dir, 'libbpf');
  // the second is for this machine; without it, it is only made when it differs
  const programs = arch.foreign === undefined ? [] : ['all', 'bootstrap'];
  const steps: Step[] = [
    {
      title: 'libbpf',
      nice: LOWER,
      argv: make('tools/lib/bpf', `OUTPUT=${libbpf}/`, `DESTDIR=${libbpf}/root`, 'prefix=', 'all', 'install_headers'),
    },
    // without type information of a kernel bpftool leaves out its own BPF programs, which are not needed here
    {
      title: 'bpftool',
      nice: LOWER,
      argv: make('tools/bpf/bpftool', `OUTPUT=${dir}/bpftool/`, 'VMLINUX_BTF=', 'VMLINUX_H=', ...programs),
    },
  ];
  if (hasDtrace)
    steps.push({ title: 'dtrace', nice: LOWER, argv: make('tools/dtrace', `OUTPUT=${dir}/dtrace/`, `CLANG=${clang}`) });
  return steps;
}

/** Built once for a content; a build that was interrupted is resumed by make. */
export async function buildUserspace(
  ctx: StageContext,
  source: SourceTree,
  platform = THIS_MACHINE,
): Promise<Userspace> {
  const { dir, exact } = await toolsDir(source, platform);
  // worktrees that agree in it have locks of their own
  const lock = join(cachePaths().locks, basename(dir));
  return withLock(lock, { purpose: 'building libbpf and tools', log: ctx.log, signal: ctx.signal }, () =>
    buildIn(ctx, source, dir, exact, platform),
  );
}

async function buildIn(
  ctx: StageContext,
  source: SourceTree,
  dir: string,
  exact: boolean,
  platform: Platform,
): Promise<Userspace> {
  const started = performance.now();
  const hasDtrace = existsSync(join(source.worktree, 'tools/dtrace/Makefile'));
  const result = layout(dir, hasDtrace, platform);
  const complete = join(dir, 'complete');
  if (exact && existsSync(complete)) {
    ctx.log({ kind: 'done', text: 'libbpf and tools: unchanged' });
    return result;
  }
  const clang = hasDtrace ? (await findClang()).command : '';
  for (const step of userspaceSteps(source, dir, hasDtrace, clang, platform)) {
    const logFile = ctx.run.log(`build.${step.title}`);
    const end = beginMake(dir, ctx.log);
    makeDir(join(dir, step.title));
    const outcome = end(await tryStep(step, ctx, logFile));
    if (outcome.aborted) throw new WorkbenchError('E_INTERRUPTED', `interrupted while building ${step.title}`);
    if (outcome.failed) throw buildError(step.title, logFile, dir);
  }
  const needed = [
    result.libbpfSo,
    result.libbpfA,
    join(result.libbpfIncludes, 'bpf', 'bpf_helper_defs.h'),
    result.bpftool,
    result.hostBpftool,
  ];
  const missing = [...needed, ...(result.dtrace === undefined ? [] : [result.dtrace])].filter(
    (path) => !existsSync(path),
  );
  if (missing.length > 0)
    throw new WorkbenchError('E_BUILD', `built without an error, but missing: ${missing.join(', ')}`);
  if (exact) writeFileSync(complete, `${source.tree}\n`);
  ctx.log({ kind: 'done', text: 'libbpf and tools', ms: performance.now() - started });
  return result;
}

/** Type information of the kernel as C; written only when vmlinux is newer. */
export async function writeVmlinuxH(
  ctx: StageContext,
  bpftool: string,
  vmlinux: string,
  header: string,
): Promise<void> {
  const old = statSync(header, { throwIfNoEntry: false });
  if (old !== undefined && old.size > 0 && old.mtimeMs > statSync(vmlinux).mtimeMs) return;
  const result = await exec([bpftool, 'btf', 'dump', 'file', vmlinux, 'format', 'c'], { signal: ctx.signal });
  if (result.aborted) throw new WorkbenchError('E_INTERRUPTED', 'interrupted while type information was read');
  if (result.failed || !result.stdout.includes('struct task_struct {')) {
    throw (
      hostFailure(result.stderr, dirname(header), 'bpftool') ??
      new WorkbenchError('E_BUILD', `${vmlinux} has no usable type information`, { detail: result.stderr.slice(-2000) })
    );
  }
  const temporary = `${header}.tmp`;
  writeFileSync(temporary, result.stdout);
  renameSync(temporary, header);
}
