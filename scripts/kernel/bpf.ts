/**
 * Compiles the BPF programs of the selftests with the patched tree's own headers; an object is kept while nothing it is
 * made of changes.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { architectureOf, DEFAULT_ARCHITECTURE } from '../lib/architecture.ts';
import { WorkbenchError, type Problem } from '../lib/errors.ts';
import { exec, formatArgv } from '../lib/exec.ts';
import { withLock } from '../lib/lock.ts';
import { makeDir } from '../lib/make-dir.ts';
import { together } from '../lib/together.ts';
import { mustHaveRun } from './build-error.ts';
import { findClang } from './clang.ts';
import { findFailure } from './failure.ts';
import type { StageContext } from '../lib/stage.ts';
import type { BuildRecord } from '../records/build.ts';

export interface BpfObjects {
  /** Directory with NAME.bpf.o for every NAME.bpf.c. */
  readonly dir: string;
  readonly compiled: readonly string[];
  readonly reused: readonly string[];
  readonly ms: number;
}

const SUFFIX = '.bpf.c';

/**
 * v3 instructions, as the kernel's own selftests use; a warning in a test program is a mistake. The tree's uapi headers
 * come before the distribution's, which know nothing of the series.
 */
export function bpfArgv(
  clang: string,
  includes: readonly string[],
  uapi: string,
  source: string,
  object: string,
  { directory } = DEFAULT_ARCHITECTURE,
): string[] {
  return [
    clang,
    '-target',
    'bpf',
    '-mcpu=v3',
    '-O2',
    '-g',
    '-Wall',
    '-Werror',
    // from 7.0 on types of the kernel have tagged anonymous members, and vmlinux.h has them, too
    '-fms-extensions',
    '-Wno-microsoft-anon-tag',
    `-D__TARGET_ARCH_${directory}`,
    ...includes.flatMap((dir) => ['-I', dir]),
    '-isystem',
    uapi,
    '-c',
    source,
    '-o',
    object,
  ];
}

const digest = (parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

/** What all programs depend on: compiler, flags, headers in their directory, kernel types, libbpf's headers. */
function commonKey(build: BuildRecord, dir: string, version: string): string {
  const filesOf = (place: string): string[] =>
    readdirSync(place)
      .sort()
      .map((file) => join(place, file));
  const own = filesOf(dir).filter((file) => file.endsWith('.h'));
  const headers = [...own, ...filesOf(join(build.libbpfIncludes, 'bpf')), build.vmlinuxH];
  return digest([version, bpfArgv('', [], '', '', '').join(' '), ...headers.map((file) => readFileSync(file))]);
}

/** What becomes of programs that do not compile. @throws E_BUILD naming every one */
function refuse(problems: readonly Problem[]): void {
  const message = `${problems.length} BPF programs do not compile`;
  throw new WorkbenchError('E_BUILD', message, { problems, next: 'correct them, then npm run build' });
}

/** @param broken gets those that do not compile; unless it throws, they have no object: clang removes an old one */
export async function compilePrograms(
  ctx: StageContext,
  build: BuildRecord,
  sources = join(ctx.root, 'selftests/progs'),
  broken = refuse,
): Promise<BpfObjects> {
  const started = performance.now();
  const dir = join(build.buildDir, 'bpf/progs');
  const arch = architectureOf(build.config);
  const { command, version } = await findClang();
  const programs = existsSync(sources)
    ? readdirSync(sources)
        .filter((file) => file.endsWith(SUFFIX))
        .sort()
    : [];
  const objectOf = (file: string): string => join(dir, `${basename(file, '.c')}.o`);
  const keyFileOf = (file: string): string => join(dir, `${file}.key`);
  const argvOf = (file: string): string[] =>
    bpfArgv(command, [...build.bpfIncludes, sources], build.uapi, join(sources, file), objectOf(file), arch);
  if (ctx.dryRun) {
    for (const file of programs) ctx.log({ kind: 'command', text: formatArgv(argvOf(file)) });
    return { dir, compiled: [], reused: [], ms: 0 };
  }

  const work = async (): Promise<BpfObjects> => {
    const wanted = new Set(programs.flatMap((file) => [objectOf(file), keyFileOf(file)]));
    for (const file of readdirSync(dir)) if (!wanted.has(join(dir, file))) rmSync(join(dir, file));
    const common = programs.length === 0 ? '' : commonKey(build, sources, version);
    const keyOf = (file: string): string => digest([common, readFileSync(join(sources, file))]);
    const isStale = (file: string): boolean => {
      const missing = [objectOf(file), keyFileOf(file)].some((path) => !existsSync(path));
      return missing || readFileSync(keyFileOf(file), 'utf8') !== keyOf(file);
    };
    const compiled = programs.filter(isStale);
    const [first, ...more] = compiled;
    if (first !== undefined) {
      const others = more.length === 0 ? '' : `   # and ${more.length} more`;
      ctx.log({ kind: 'command', text: `${formatArgv(argvOf(first))}${others}` });
    }
    let done = 0;
    const compile = async (file: string): Promise<Problem[]> => {
      rmSync(keyFileOf(file), { force: true });
      const result = await exec(argvOf(file), { signal: ctx.signal });
      mustHaveRun(result, result.stderr, dir, `compiling ${file}`, 'interrupted while compiling BPF programs');
      if (!result.failed) writeFileSync(keyFileOf(file), keyOf(file));
      ctx.log({ kind: 'progress', what: 'BPF programs', done: ++done, total: compiled.length });
      return result.failed ? [problemOf(join(sources, file), result.stderr)] : [];
    };
    const problems = (
      await together(
        compiled.map((file) => () => compile(file)),
        availableParallelism(),
      )
    ).flat();
    if (problems.length > 0) broken(problems);
    const reused = programs.filter((file) => !compiled.includes(file));
    return { dir, compiled, reused, ms: Math.round(performance.now() - started) };
  };
  makeDir(dir);
  // what is not wanted is removed, and that would be the compiler's temporary file in another run
  return withLock(`${dir}.lock`, { purpose: 'compiling BPF programs', log: ctx.log, signal: ctx.signal }, work);
}

function problemOf(source: string, words: string): Problem {
  const { message, position, excerpt } = findFailure(words);
  const hint = excerpt.slice(1).join('\n          ');
  return { code: 'bpf-program', message, hint, position: position ?? { file: source } };
}
