/** Compiles the BPF programs of the selftests with the patched tree's own headers; an object is kept while nothing it is made of changes. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { WorkbenchError, type Problem } from '../lib/errors.ts';
import { exec, formatArgv } from '../lib/exec.ts';
import { withLock } from '../lib/lock.ts';
import { makeDir } from '../lib/make-dir.ts';
import { hostFailure } from './build-error.ts';
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
export function bpfArgv(clang: string, includes: readonly string[], uapi: string, source: string, object: string): string[] {
  return [
    clang, '-target', 'bpf', '-mcpu=v3', '-O2', '-g', '-Wall', '-Werror', '-D__TARGET_ARCH_x86',
    ...includes.flatMap((dir) => ['-I', dir]), '-isystem', uapi, '-c', source, '-o', object,
  ];
}

const digest = (parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

/** What all programs depend on: compiler, flags, headers beside them, kernel types, libbpf's headers. */
function commonKey(build: BuildRecord, dir: string, version: string): string {
  const headers = readdirSync(dir).filter((file) => file.endsWith('.h')).sort().map((file) => join(dir, file));
  const libbpf = join(build.libbpfIncludes, 'bpf');
  const installed = readdirSync(libbpf).sort().map((file) => join(libbpf, file));
  return digest([version, bpfArgv('', [], '', '', '').join(' '), ...[...headers, ...installed, build.vmlinuxH].map((file) => readFileSync(file))]);
}

/** @throws E_BUILD naming every program that does not compile */
export async function compilePrograms(ctx: StageContext, build: BuildRecord, sources = join(ctx.root, 'selftests/progs')): Promise<BpfObjects> {
  const started = performance.now();
  const dir = join(build.buildDir, 'bpf/progs');
  const { command, version } = await findClang();
  const programs = existsSync(sources) ? readdirSync(sources).filter((file) => file.endsWith(SUFFIX)).sort() : [];
  const argvOf = (file: string): string[] =>
    bpfArgv(command, [...build.bpfIncludes, sources], build.uapi, join(sources, file), join(dir, `${basename(file, '.c')}.o`));
  if (ctx.dryRun) {
    for (const file of programs) ctx.log({ kind: 'command', text: formatArgv(argvOf(file)) });
    return { dir, compiled: [], reused: [], ms: 0 };
  }
  makeDir(dir);
  // What is not wanted is removed below, and that would be the compiler's temporary file in another run.
  return withLock(`${dir}.lock`, { purpose: 'compiling BPF programs', log: ctx.log, signal: ctx.signal }, async () => {
    const wanted = new Set(programs.flatMap((file) => [`${basename(file, '.c')}.o`, `${file}.key`]));
    for (const file of readdirSync(dir)) if (!wanted.has(file)) rmSync(join(dir, file));
    const common = programs.length === 0 ? '' : commonKey(build, sources, version);

    const queue = programs.filter((file) => {
      const key = digest([common, readFileSync(join(sources, file))]);
      const keyFile = join(dir, `${file}.key`);
      return !existsSync(join(dir, `${basename(file, '.c')}.o`)) || !existsSync(keyFile) || readFileSync(keyFile, 'utf8') !== key;
    });
    const compiled = [...queue];
    const problems: Problem[] = [];
    if (compiled.length > 0) {
      const text = formatArgv(argvOf(compiled[0] ?? ''));
      ctx.log({ kind: 'command', text: compiled.length === 1 ? text : `${text}   # and ${compiled.length - 1} more` });
    }
    let done = 0;
    const worker = async (): Promise<void> => {
      for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
        rmSync(join(dir, `${file}.key`), { force: true });
        const result = await exec(argvOf(file), { signal: ctx.signal });
        if (result.aborted) throw new WorkbenchError('E_INTERRUPTED', 'interrupted while compiling BPF programs');
        const host = result.failed ? hostFailure(result.stderr, dir, `compiling ${file}`) : undefined;
        if (host !== undefined) throw host;
        if (result.failed) {
          const failure = findFailure(result.stderr);
          problems.push({
            code: 'bpf-program',
            message: failure.message,
            hint: failure.excerpt.slice(1).join('\n          '),
            position: failure.position ?? { file: join(sources, file) },
          });
        } else {
          writeFileSync(join(dir, `${file}.key`), digest([common, readFileSync(join(sources, file))]));
        }
        done += 1;
        ctx.log({ kind: 'progress', what: 'BPF programs', done, total: compiled.length });
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, worker));
    if (problems.length > 0) throw new WorkbenchError('E_BUILD', `${problems.length} BPF programs do not compile`, { problems, next: 'correct them, then npm run build' });
    return { dir, compiled, reused: programs.filter((file) => !compiled.includes(file)), ms: Math.round(performance.now() - started) };
  });
}
