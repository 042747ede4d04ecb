/** Runs the jobs in guests: one as long as it lives, and another one behind a death or a job without an end. */
import { writeFileSync } from 'node:fs';
import { bootGuest, type BootedGuest } from '../guest/boot-guest.ts';
import { findSplats } from '../guest/splat.ts';
import { GuestDied } from '../guest/vm.ts';
import type { AccelChoice, Wanted } from '../host/accelerator.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import type { StageContext } from '../lib/stage.ts';
import type { Image } from '../kernel/kept-kernel.ts';
import type { BuildRecord, SourceTree } from '../records/build.ts';
import type { KernelTest, SideRecord } from '../records/regress.ts';
import { KERNEL } from './compare.ts';
import type { JobStore } from './job-store.ts';
import type { Job, JobEnd, Judged } from './jobs.ts';

const CPUS = 2;
/** test_progs has the disassemblers of LLVM in it, and its tests make big maps. */
const MEMORY_MB = 4096;
const POLL_MS = 3_000;
/** How a job says that it is over: it comes at the end of its output. */
const OVER = 'regress: over';

/** What a person asks for. */
export interface CourseOptions {
  readonly source: SourceTree;
  readonly names: readonly string[];
  readonly accel: Wanted;
  /** Also what was run on the same kernels before. */
  readonly again: boolean;
}

/** What is run, and how its output is read. */
export interface Course {
  /** Begins the names of its logs. */
  readonly command: string;
  /** A script that makes a new guest ready. */
  readonly prepare: string;
  readonly judge: (job: Job, end: JobEnd) => Judged;
  readonly store: JobStore;
}

/** The kernel of a side, in two files that are compared by the guest. */
export interface SideKernel extends Image {
  readonly kernel: SideRecord['kernel'];
}

/** What boots a guest: bootGuest(), or a test's own. */
export type StartGuest = typeof bootGuest;

export type Ran = Pick<SideRecord, 'tests' | 'boots'>;

export async function runTests(
  ctx: StageContext,
  side: SideKernel,
  build: BuildRecord,
  accel: AccelChoice,
  jobs: readonly Job[],
  { command, prepare, judge, store }: Course,
  start: StartGuest = bootGuest,
): Promise<Ran> {
  const queue = [...jobs];
  const tests: KernelTest[] = [];
  const boots: SideRecord['boots'][number][] = [];
  let booted: BootedGuest | undefined;
  let chosen = accel;
  let done = 0;
  const end = async (how: string, reason: string): Promise<void> => {
    const boot = boots.at(-1);
    if (boot !== undefined) boots[boots.length - 1] = { ...boot, end: how, reason };
    await booted?.stop();
    booted = undefined;
  };
  try {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const known = store.known(job);
      const read = known === undefined ? undefined : judge(job, known.end);
      if (known !== undefined && read?.again.length === 0) {
        tests.push(...read.tests, ...known.said);
        continue;
      }
      if (booted === undefined) {
        booted = await boot(ctx, side, build, chosen, boots.length + 1, start);
        chosen = booted.accel;
        boots.push({ console: booted.vm.console.path, ms: booted.bootMs, end: '', reason: '' });
        await makeReady(booted, prepare);
      }
      const what = `${side.kernel}: ${job.suite} ${job.names.join(' ')}`.trim();
      done += 1;
      ctx.log({ kind: 'progress', what: `${side.kernel}: jobs`, done, total: done + queue.length });
      const outcome = await runJob(booted, job);
      writeFileSync(ctx.run.log(`${command}.${side.kernel}.${done}.${job.suite}`), outcome.text);
      const judged = judge(job, outcome);
      const spoke = said(booted, job, outcome);
      tests.push(...judged.tests, ...spoke);
      queue.unshift(...judged.again);
      // what a death or a hang said may be another story the next time
      if (outcome.why === '' && judged.again.length === 0) store.keep(job, { end: outcome, said: spoke });
      if (outcome.why !== '') {
        ctx.log({ kind: 'warn', text: `${what}: ${outcome.why}` });
        await end(booted.vm.death?.kind ?? 'hang', outcome.why);
      }
    }
  } finally {
    if (booted !== undefined) await end('stopped', '');
  }
  return { tests, boots };
}

function boot(
  ctx: StageContext,
  { kernel, bzImage, vmlinux }: SideKernel,
  build: BuildRecord,
  accel: AccelChoice,
  number: number,
  start: StartGuest,
): Promise<BootedGuest> {
  return start({
    root: ctx.root,
    // the guest's side of the workbench is that of the series, on both kernels
    build: { ...build, bzImage, vmlinux },
    accel,
    cpus: CPUS,
    memoryMb: MEMORY_MB,
    // these tests attach to everything
    inTurn: true,
    dir: ctx.run.dir,
    name: `console.${kernel}.${number}`,
    log: ctx.log,
    signal: ctx.signal,
  });
}

/** Without it nothing that is run says anything of the kernel. */
async function makeReady({ guest, vm }: BootedGuest, prepare: string): Promise<void> {
  const { exitCode, stderr } = await guest.exec(['sh', '-c', prepare]);
  if (exitCode === 0) return;
  throw new WorkbenchError('E_BOOT', `the guest cannot be made ready: it ended with ${exitCode}`, {
    position: { file: vm.console.path },
    detail: stderr,
    next: formatArgv(['less', vm.console.path]),
  });
}

/** Its output is fetched while it runs: of a guest that dies there is no more to be had. */
async function runJob({ guest, vm }: BootedGuest, { argv, cwd, seconds, suite, names }: Job): Promise<JobEnd> {
  let text = '';
  const limitMs = seconds * 1000 * guest.facts.slowness;
  const began = vm.clock.nowMs();
  try {
    await guest.mark(`regress: ${suite} ${names.join(' ')}`);
    const script = `stdbuf -o0 ${formatArgv(argv)} 2>&1; echo "${OVER} $?"`;
    const process = await guest.spawn(['bash', '-c', script], { cwd });
    for (;;) {
      const seen = await guest.transport.call('process.waitOutput', {
        process: process.handle,
        text: OVER,
        timeoutMs: POLL_MS,
      });
      text = seen.stdout;
      if (seen.found) break;
      if (vm.clock.nowMs() - began > limitMs)
        return { text, exitCode: null, why: `no end after ${Math.round(limitMs / 1000)} s` };
    }
    const [said = '', code = ''] = text.split(OVER);
    return { text: said, exitCode: Number(code.trim()), why: '' };
  } catch (error: unknown) {
    if (error instanceof GuestDied) return { text, exitCode: null, why: error.message };
    throw error;
  }
}

/** Splats since the last job, and a death: of the kernel, and of all that ran since. */
function said({ vm }: BootedGuest, job: Job, { why }: JobEnd): KernelTest[] {
  vm.console.poll();
  const splats = vm.death === null ? findSplats(vm.console.completeSince(vm.judgedFrom)) : [];
  vm.judgedFrom = vm.console.length;
  const during = `during ${job.suite} ${job.names.join(' ')}`.trim();
  const failed = (name: string, more: readonly string[]): KernelTest => ({
    suite: KERNEL,
    name,
    status: 'failed',
    why: [during, ...more].join('\n'),
  });
  return [
    ...splats.map(({ title, excerpt }) => failed(withoutNumbers(title), excerpt)),
    ...(vm.death === null ? [] : [failed(withoutNumbers(why), vm.death.excerpt)]),
  ];
}

/** Process ids and addresses differ from kernel to kernel. */
const withoutNumbers = (title: string): string => title.replace(/\b(?:0x)?[0-9a-f]*\d[0-9a-f]*\b/g, 'N');
