import { join } from 'node:path';
import { compileNative, emitAgent } from '../guest/artifacts.ts';
import type { BootSpec } from '../guest/boot-plan.ts';
import { budgets } from '../guest/budgets.ts';
import { withHostClock } from '../guest/host-clock.ts';
import { giveUpKvm, type AccelChoice } from '../host/accelerator.ts';
import { serveSession, type SessionServer } from '../guest/session-server.ts';
import { Session } from '../guest/session.ts';
import {
  ARCH_VARIABLE,
  LENGTH_VARIABLE,
  SESSION_VARIABLE,
  TOPIC_VARIABLE,
  type Problem,
} from '../guest/session-protocol.ts';
import type { BuildRecord } from '../records/build.ts';
import { architectureOf } from '../lib/architecture.ts';
import { givenTime } from '../lib/given-time.ts';
import type { Log } from '../lib/log.ts';
import { makeDir } from '../lib/make-dir.ts';
import { isDebugKernel, readDotconfig } from '../kernel/facts.ts';
import { guestsAtOnce, machineSpec, nodeOf } from '../guest/host-share.ts';
import { machinesFor } from '../guest/machines.ts';
import { logFor, runFile } from './run-file.ts';
import { together } from '../lib/together.ts';
import { totals } from '../records/totals.ts';
import type { BootRecord, TestRecord, TopicRecord } from '../records/selftest.ts';

export interface RunTopics {
  readonly root: string;
  readonly build: BuildRecord;
  /** Directory of the compiled BPF programs. */
  readonly progs: string;
  readonly topics: readonly string[];
  /** Where a topic's driver is, relative to the root; by default selftests/NAME.test.ts. */
  readonly fileOf?: (topic: string) => string;
  readonly accel: AccelChoice;
  readonly length: 'short' | 'soak';
  /** For the drivers. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where logs and consoles go. */
  readonly dir: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Of the guest and the drivers, see ExecOptions. */
  readonly nice?: number;
  /** What messages call the guest. */
  readonly who?: string;
  /** Where the guest is not the usual machine. */
  readonly machine?: Partial<BootSpec>;
}

/** Beyond every test's own budget: a topic that does nothing at all any more. By the clock of what it waits for. */
const TOPIC_MS = { short: 30 * 60_000, soak: 6 * 3600_000 } as const;

/** Topics with the guests they ran in. */
export interface Ran {
  readonly topics: readonly TopicRecord[];
  readonly boots: readonly BootRecord[];
  /** Where KVM was given up on the way: what they ran with from then on. */
  readonly accel?: AccelChoice;
}

/** The work for each kind of machine, the one with most to do first. @param run a test has its own */
export function machineJobs(options: RunTopics, run: typeof runOnMachine = runOnMachine): (() => Promise<Ran>)[] {
  return machinesFor(options.topics, options.accel.accel).map(({ inTurn, topics }, index) => {
    const own = { ...options, topics };
    // consoles are numbered by boot, from 1 on in each session
    return () =>
      index === 0
        ? runOrFallBack(own, inTurn, own.dir, run)
        : runOrFallBack({ who: 'parallel guest', ...own }, inTurn, join(own.dir, 'parallel'), run);
  });
}

/**
 * Boots a guest for each kind of machine, and runs the topics in it one after the other. @throws WorkbenchError E_BOOT
 * when a first boot fails
 */
export async function runTopics(options: RunTopics, run: typeof runOnMachine = runOnMachine): Promise<Ran> {
  return merge(
    options.topics,
    await together(machineJobs(options, run), guestsAtOnce(readDotconfig(options.build.dotconfig))),
  );
}

/** The topics in their usual order, wherever they ran. */
export function merge(order: readonly string[], parts: readonly Ran[]): Ran {
  const topics = parts.flatMap((part) => part.topics).sort((a, b) => order.indexOf(a.topic) - order.indexOf(b.topic));
  const accel = parts.find((part) => part.accel !== undefined)?.accel;
  return { topics, boots: parts.flatMap((part) => part.boots), ...(accel === undefined ? {} : { accel }) };
}

/**
 * A guest that cannot be had under KVM is no verdict on the kernel: the topic at hand and those after it run in
 * emulation.
 */
async function runOrFallBack(options: RunTopics, inTurn: boolean, dir: string, run: typeof runOnMachine): Promise<Ran> {
  const { kvmTrouble, ...ran } = await run(options, inTurn, dir);
  if (kvmTrouble === null) return ran;
  const { choice, learn } = giveUpKvm(options.accel, kvmTrouble, options.log);
  const done = ran.topics.map((record) => record.topic);
  const left = {
    ...options,
    topics: options.topics.filter((topic) => !done.includes(topic)),
    accel: choice,
    dir: join(options.dir, 'tcg'),
  };
  const rest = await runTopics(left, run);
  learn();
  return { ...merge(options.topics, [ran, rest]), accel: choice };
}

async function runOnMachine(
  options: RunTopics,
  inTurn: boolean,
  dir: string,
): Promise<Ran & { readonly kvmTrouble: string | null }> {
  const { root, build, log, signal, nice } = options;
  makeDir(options.dir);
  makeDir(dir);
  const kconfig = readDotconfig(build.dotconfig);
  const limits = budgets(options.accel.accel, isDebugKernel(kconfig));
  const main = await emitAgent(root);
  const native = await compileNative(root, build, signal);
  const session = new Session({
    spec: await withHostClock(
      { ...machineSpec(build, kconfig, options.accel.accel, inTurn), ...options.machine },
      native.workload,
      signal,
    ),
    agent: { node: nodeOf(build), main, libbpf: build.libbpfSo, nativeLib: native.nativeLib },
    budgets: limits,
    facts: {
      config: build.config,
      accel: options.accel.accel,
      inTurn,
      slowness: limits.slowness,
      length: options.length,
      progs: options.progs,
      workload: native.workload,
      nativeLib: native.nativeLib,
      tools: build.tools,
      kconfig,
    },
    who: options.who ?? 'guest',
    dir,
    log,
    signal,
    strict: options.accel.strict === true,
    ...(nice === undefined ? {} : { nice }),
  });
  const records: TopicRecord[] = [];
  let server: SessionServer | null = null;
  try {
    server = await serveSession(session);
    // a process loads its libraries while the guest boots, or while another topic has the guest
    let next = start(options, session, server, 0);
    await session.ready();
    for (const [index, topic] of options.topics.entries()) {
      const running = next;
      server.admit(topic);
      session.driver = running?.pid;
      next = start(options, session, server, index + 1);
      const record = await finish(options, session, topic, running?.record ?? null);
      if (record === null) break;
      records.push(record);
    }
    const last = records.pop();
    const problems = await session.shutDown();
    if (last !== undefined)
      records.push(
        session.kvmTrouble === null
          ? withProblems(options, last, `the guest powers off after ${last.topic}`, problems)
          : last,
      );
  } catch (error: unknown) {
    if (session.kvmTrouble === null || signal.aborted) throw error;
  } finally {
    await session.close();
    await server?.close();
  }
  const boots = session.boots.map((boot) => ({
    console: boot.console,
    ms: Math.round(boot.ms),
    end: boot.death?.kind ?? 'stopped',
    reason: boot.death?.reason ?? '',
  }));
  return { topics: records, boots, kvmTrouble: session.kvmTrouble };
}

interface Started {
  readonly record: Promise<TopicRecord>;
  readonly pid: number | undefined;
}

/** null past the last topic. A failure is kept for the one who waits for it. */
function start(options: RunTopics, session: Session, server: SessionServer, index: number): Started | null {
  const topic = options.topics[index];
  if (topic === undefined) return null;
  let done = 0;
  let pid: number | undefined;
  const record = runFile({
    root: options.root,
    topic,
    file: options.fileOf?.(topic) ?? join('selftests', `${topic}.test.ts`),
    log: logFor(options.dir, topic),
    env: {
      ...options.env,
      [SESSION_VARIABLE]: server.path,
      [TOPIC_VARIABLE]: topic,
      [LENGTH_VARIABLE]: options.length,
      [ARCH_VARIABLE]: architectureOf(options.build.config).name,
    },
    timeoutMs: TOPIC_MS[options.length],
    clock: givenTime(() => session.pids()),
    onStart: (leader) => (pid = leader),
    signal: options.signal,
    ...(options.nice === undefined ? {} : { nice: options.nice }),
    onTest: (name, ok) => {
      done += 1;
      if (ok) options.log({ kind: 'progress', what: topic, done, total: 0, unit: 'tests' });
      else if (session.kvmTrouble === null) options.log({ kind: 'warn', text: `${topic}: FAILED: ${name}` });
    },
  });
  record.catch(() => undefined);
  return { record, pid };
}

/** null when there was no guest for it under KVM. */
async function finish(
  options: RunTopics,
  session: Session,
  topic: string,
  running: Promise<TopicRecord> | null,
): Promise<TopicRecord | null> {
  const { log } = options;
  const started = performance.now();
  const file = await running;
  if (file === null) throw new Error(`${topic} was not started`);
  const record = { ...file, ms: Math.round(performance.now() - started) };
  const problems = await session.endTopic(topic === options.topics.at(-1));
  if (session.kvmTrouble !== null) return null;
  const { passed, failed, skipped } = totals([record, { tests: problems.map((problem) => failedTest('', problem)) }]);
  log({
    kind: failed > 0 ? 'warn' : 'done',
    text: `${topic}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
    ms: record.ms,
  });
  for (const test of record.tests)
    for (const failure of test.failures)
      log({ kind: 'note', text: formatFailure(test.name, failure.message, failure.detail) });
  return withProblems(options, record, `${topic} leaves nothing behind`, problems);
}

/** What went wrong with the guest around the topic's own tests is said aloud, and is a failed test of the topic. */
function withProblems(
  options: RunTopics,
  record: TopicRecord,
  name: string,
  problems: readonly Problem[],
): TopicRecord {
  for (const problem of problems)
    options.log({ kind: 'warn', text: formatFailure(name, problem.message, problem.excerpt.join('\n')) });
  return { ...record, tests: [...record.tests, ...problems.map((problem) => failedTest(name, problem))] };
}

function failedTest(name: string, problem: Problem): TestRecord {
  return {
    name,
    status: 'failed',
    reason: '',
    ms: 0,
    assertions: 0,
    failures: [{ message: problem.message, detail: problem.excerpt.join('\n') }],
  };
}

const SHOWN_LINES = 40;

/** What a person has to see at once; the whole is in the record and in the topic's log. */
function formatFailure(name: string, message: string, detail: string): string {
  const lines = detail.split('\n');
  const shown = lines
    .slice(0, SHOWN_LINES)
    .filter((line) => line !== '')
    .map((line) => `     | ${line}`);
  return [
    `${name}: ${message}`,
    ...shown,
    ...(lines.length > SHOWN_LINES ? [`     | ... ${lines.length - SHOWN_LINES} more lines`] : []),
  ].join('\n');
}
