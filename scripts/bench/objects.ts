/** Compiles the BPF objects and the guest's program against the series' headers and libbpf; kept while their inputs are the same. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bpfArgv } from '../build/bpf.ts';
import type { StageContext } from '../build/stage.ts';
import type { BuildRecord } from '../build/types.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { exec, formatArgv, must } from '../lib/exec.ts';
import { bpfJobs, type BpfJob } from './jobs.ts';
import type { Kernel } from './types.ts';

export interface Objects {
  /** Directories for the guest's program. */
  readonly of: Readonly<Record<Kernel, string>>;
  readonly program: string;
}

const CLANGS = ['clang-19', 'clang'];

export function benchDir(root: string): string {
  return join(root, 'selftests/bench');
}

function gccArgv(root: string, build: BuildRecord, program: string): string[] {
  const dir = join(benchDir(root), 'native');
  const sources = readdirSync(dir).filter((file) => file.endsWith('.c')).sort().map((file) => join(dir, file));
  return ['gcc', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread', '-I', build.libbpfIncludes, '-isystem', build.uapi, '-o', program, ...sources, build.libbpfA, '-lelf', '-lz'];
}

function inputsKey(root: string, build: BuildRecord, clang: string): string {
  const hash = createHash('sha256').update(clang).update(build.source.tree).update(build.libbpfA);
  for (const dir of [benchDir(root), join(benchDir(root), 'native')]) {
    for (const file of readdirSync(dir).filter((name) => /\.[ch]$/.test(name)).sort()) hash.update(file).update(readFileSync(join(dir, file)));
  }
  return hash.digest('hex');
}

async function findClang(): Promise<string> {
  for (const clang of CLANGS) if (!(await exec([clang, '--version'])).failed) return clang;
  throw new WorkbenchError('E_HOST_TOOL', 'no clang is installed', { next: 'npm run doctor' });
}

/** @throws E_EXEC with the compiler's message */
export async function compileObjects(ctx: StageContext, build: BuildRecord): Promise<Objects> {
  const root = benchDir(ctx.root);
  const dir = join(build.buildDir, 'bpf/bench');
  const of = { series: join(dir, 'series'), base: join(dir, 'base'), 'v1-inpage': join(dir, 'v1-inpage') };
  const objects: Objects = { of, program: join(dir, 'bench') };
  const clang = ctx.dryRun ? 'clang' : await findClang();
  const pathOf = (job: BpfJob, kernel: Kernel): string => join(of[kernel], `${job.object}.bpf.o`);
  const argvOf = (job: BpfJob): string[] => [
    ...bpfArgv(clang, [...build.bpfIncludes, root, join(build.source.worktree, 'tools/dtrace')], build.uapi, join(root, `${job.source}.bpf.c`), pathOf(job, job.kernels[0] ?? 'series')),
    ...job.defines,
    // For linux/compiler.h, which dt_record.h includes and uapi does not have.
    '-idirafter', join(build.source.worktree, 'tools/include'),
  ];
  const jobs = bpfJobs();
  const first = jobs[0];
  if (first !== undefined) ctx.log({ kind: 'command', text: `${formatArgv(argvOf(first))}   # and ${jobs.length - 1} more` });
  ctx.log({ kind: 'command', text: formatArgv(gccArgv(ctx.root, build, objects.program)) });
  if (ctx.dryRun) return objects;

  const keyFile = join(dir, 'key');
  const key = inputsKey(ctx.root, build, clang);
  if (existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key) return objects;
  rmSync(dir, { recursive: true, force: true });
  for (const each of Object.values(of)) mkdirSync(each, { recursive: true });
  const queue = [...jobs];
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      await must(argvOf(job), { signal: ctx.signal });
      const [first = 'series', ...others] = job.kernels;
      for (const kernel of others) copyFileSync(pathOf(job, first), pathOf(job, kernel));
      ctx.log({ kind: 'progress', what: 'BPF objects', done: ++done, total: jobs.length });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  await must(gccArgv(ctx.root, build, objects.program), { signal: ctx.signal });
  writeFileSync(keyFile, key);
  return objects;
}
