/** What is run in a guest, and what its output and its end say. Pure. */
import type { KernelTest } from '../records/regress.ts';
import { fromTap } from './perf-results.ts';
import { readTestProgs, readTestVerifier } from './read-results.ts';
import { bpfDir, perfDir } from './recipe.ts';
import type { Selection } from './wanted.ts';

export interface Job {
  readonly suite: string;
  /** Tests that are asked for; of test_verifier they are not known before. */
  readonly names: readonly string[];
  readonly argv: readonly string[];
  readonly cwd: string;
  /** By the guest's own time. */
  readonly seconds: number;
}

/** How a job ended; `why` in words where it did not end by itself. */
export interface JobEnd {
  readonly text: string;
  readonly exitCode: number | null;
  readonly why: string;
}

/** Each start of test_progs costs seconds in emulation, and a guest that dies costs all tests of its start. */
const TOGETHER = 8;
/** Four times as much in emulation. */
const TEST_SECONDS = 100;
const VERIFIER_SECONDS = 300;

/** @param limits of test_progs' own watchdog, where this release has one: emulation is slower than it expects */
export function jobsOf(
  dir: string,
  { progs, verifier, perf }: Omit<Selection, 'unknown'>,
  limits: readonly string[],
): Job[] {
  const names = progs.map(({ name }) => name);
  const chunks = Array.from({ length: Math.ceil(names.length / TOGETHER) }, (_, at) =>
    names.slice(at * TOGETHER, (at + 1) * TOGETHER),
  );
  return [
    ...chunks.map((chunk) => progsJob(dir, chunk, limits)),
    ...(verifier ? [verifierJob(dir)] : []),
    ...perf.map((name) => perfJob(dir, name)),
  ];
}

function progsJob(dir: string, names: readonly string[], limits: readonly string[]): Job {
  const argv = ['./test_progs', ...limits, '--allow', names.join(',')];
  return { suite: 'test_progs', names, argv, cwd: bpfDir(dir), seconds: TEST_SECONDS * Math.min(names.length, 3) };
}

function verifierJob(dir: string): Job {
  return { suite: 'test_verifier', names: [], argv: ['./test_verifier'], cwd: bpfDir(dir), seconds: VERIFIER_SECONDS };
}

function perfJob(dir: string, name: string): Job {
  return { suite: 'perf_events', names: [name], argv: [`./${name}`], cwd: perfDir(dir), seconds: TEST_SECONDS };
}

/** What is left to do alone, in a new guest: which of several tests was running is not told. */
export interface Judged {
  readonly tests: readonly KernelTest[];
  readonly again: readonly Job[];
}

const failed = (suite: string, name: string, why: string): KernelTest => ({ suite, name, status: 'failed', why });

export function judgeJob(job: Job, end: JobEnd): Judged {
  const { suite, names } = job;
  const why = end.why || `it ended with ${end.exitCode ?? 'a signal'} and no result`;
  if (suite === 'test_verifier') {
    const { tests, running } = readTestVerifier(end.text);
    const open = running ?? (end.why !== '' || tests.length === 0 ? 'the whole run' : undefined);
    const last = open === undefined ? [] : [failed(suite, open, why)];
    return { tests: [...tests.map((test) => ({ suite, ...test })), ...last], again: [] };
  }
  if (suite === 'perf_events') {
    const [name = ''] = names;
    return { tests: fromTap(end, why).map((test) => ({ suite, ...test, name: `${name}: ${test.name}` })), again: [] };
  }
  const tests = readTestProgs(end.text).map((test): KernelTest => ({ suite, ...test }));
  const silent = names.filter((name) => !tests.some((test) => test.name === name));
  if (silent.length === 0) return { tests, again: [] };
  const [only, ...more] = names;
  if (only !== undefined && more.length === 0) return { tests: [...tests, failed(suite, only, why)], again: [] };
  const [program = '', ...options] = job.argv;
  const alone = silent.map((name) => ({
    ...job,
    names: [name],
    argv: [program, ...options.slice(0, -1), name],
    seconds: TEST_SECONDS,
  }));
  return { tests: tests.filter(({ name }) => !silent.some((one) => name.startsWith(`${one}/`))), again: alone };
}
