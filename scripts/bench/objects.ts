/** The BPF objects and the guest's program, compiled against the series' headers and libbpf; kept for their inputs. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { bpfArgv } from '../kernel/bpf.ts';
import { findClang } from '../kernel/clang.ts';
import type { StageContext } from '../lib/stage.ts';
import type { BuildRecord } from '../records/build.ts';
import { formatArgv, must } from '../lib/exec.ts';
import { withLock } from '../lib/lock.ts';
import { makeDir } from '../lib/make-dir.ts';
import { together } from '../lib/together.ts';
import { bpfJobs, type BpfJob } from './jobs.ts';
import { benchDir } from './store.ts';
import type { Kernel } from './types.ts';

export interface Objects {
  /** Directories for the guest's program. */
  readonly of: Readonly<Record<Kernel, string>>;
  readonly program: string;
}

/** A BPF object: compiled for the first kernel that can load it, and copied for the others. */
interface CompiledObject {
  readonly argv: readonly string[];
  readonly object: string;
  readonly copies: readonly string[];
}

export interface ObjectPlan {
  readonly dir: string;
  readonly objects: Objects;
  readonly compiled: readonly CompiledObject[];
  /** Of the guest's program. */
  readonly program: readonly string[];
}

/** @param sources of the guest's program */
export function planObjects(root: string, build: BuildRecord, clang: string, sources: readonly string[]): ObjectPlan {
  const bench = benchDir(root);
  const dir = join(build.buildDir, 'bpf/bench');
  const of = { series: join(dir, 'series'), base: join(dir, 'base'), 'v1-inpage': join(dir, 'v1-inpage') };
  const program = join(dir, 'bench');
  const includes = [...build.bpfIncludes, bench, join(build.source.worktree, 'tools/dtrace')];
  const compiled = bpfJobs().map((job: BpfJob): CompiledObject => {
    const [object = '', ...copies] = job.kernels.map((kernel) => join(of[kernel], `${job.object}.bpf.o`));
    const argv = [
      ...bpfArgv(clang, includes, build.uapi, join(bench, `${job.source}.bpf.c`), object),
      ...job.defines,
      // For linux/compiler.h, which dt_record.h includes and uapi does not have.
      '-idirafter',
      join(build.source.worktree, 'tools/include'),
    ];
    return { argv, object, copies };
  });
  return {
    dir,
    objects: { of, program },
    compiled,
    program: [
      'gcc',
      '-O2',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-pthread',
      '-I',
      build.libbpfIncludes,
      '-isystem',
      build.uapi,
      '-o',
      program,
      ...sources,
      build.libbpfA,
      '-lelf',
      '-lz',
    ],
  };
}

const filesOf = (dir: string, name: RegExp): string[] =>
  readdirSync(dir)
    .filter((file) => name.test(file))
    .sort()
    .map((file) => join(dir, file));

/** Of what goes into them: compilers, commands, the tree and its headers, our own sources. @param clang its version */
export function inputsKey(root: string, build: BuildRecord, plan: ObjectPlan, clang: string): string {
  const hash = createHash('sha256').update(
    JSON.stringify([clang, build.compiler, build.source.tree, plan.compiled, plan.program]),
  );
  for (const dir of [benchDir(root), join(benchDir(root), 'native')]) {
    for (const file of filesOf(dir, /\.[ch]$/)) hash.update(`\0${basename(file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

const COMPILERS = { findClang, run: must } as const;
export type Compilers = typeof COMPILERS;

/** @param compilers a test has its own. @throws E_EXEC with the compiler's message */
export async function compileObjects(
  ctx: StageContext,
  build: BuildRecord,
  compilers: Compilers = COMPILERS,
): Promise<Objects> {
  const { command, version } = ctx.dryRun ? { command: 'clang', version: '' } : await compilers.findClang();
  const plan = planObjects(ctx.root, build, command, filesOf(join(benchDir(ctx.root), 'native'), /\.c$/));
  const { dir, objects, compiled, program } = plan;
  const [first] = compiled;
  if (first !== undefined)
    ctx.log({ kind: 'command', text: `${formatArgv(first.argv)}   # and ${compiled.length - 1} more` });
  ctx.log({ kind: 'command', text: formatArgv(program) });
  if (ctx.dryRun) return objects;
  // what there is is removed first, which must not be what another run has just made
  return withLock(
    `${dir}.lock`,
    { purpose: 'compiling the benchmarks', log: ctx.log, signal: ctx.signal },
    async () => {
      const keyFile = join(dir, 'key');
      const key = inputsKey(ctx.root, build, plan, version);
      if (existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key) return objects;
      rmSync(dir, { recursive: true, force: true });
      for (const each of Object.values(objects.of)) makeDir(each);
      const queue = [...compiled];
      let done = 0;
      const worker = async (): Promise<void> => {
        for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
          try {
            await compilers.run(job.argv, { signal: ctx.signal });
          } catch (error: unknown) {
            // the other workers need not go on
            queue.length = 0;
            throw error;
          }
          for (const copy of job.copies) copyFileSync(job.object, copy);
          ctx.log({ kind: 'progress', what: 'BPF objects', done: ++done, total: compiled.length });
        }
      };
      await together(Array.from({ length: availableParallelism() }, () => worker));
      await compilers.run(program, { signal: ctx.signal });
      writeFileSync(keyFile, key);
      return objects;
    },
  );
}
