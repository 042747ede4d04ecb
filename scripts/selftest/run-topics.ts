import { join } from 'node:path';
import { compileNative, emitAgent } from '../../selftests/harness/artifacts.ts';
import { budgets } from '../../selftests/harness/budgets.ts';
import type { AccelChoice } from '../../selftests/harness/probe.ts';
import { serveSession, type SessionServer } from '../../selftests/harness/session-server.ts';
import { Session } from '../../selftests/harness/session.ts';
import { SESSION_VARIABLE, TOPIC_VARIABLE } from '../../selftests/harness/session-protocol.ts';
import type { BuildRecord } from '../build/types.ts';
import { WorkbenchError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { makeDir } from '../lib/make-dir.ts';
import { isDebugKernel, readDotconfig } from './facts.ts';
import { machinesFor, type Machine } from './machines.ts';
import { logFor, runFile } from './run-file.ts';
import { totals } from './totals.ts';
import type { SelftestRecord, TestRecord, TopicRecord } from './types.ts';

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
  /** Where logs and consoles go. */
  readonly dir: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const CPUS = 2;
const MEMORY_MB = 2048;
/** KASAN shadows an eighth of memory and keeps freed objects in quarantine. */
const DEBUG_MEMORY_MB = 4096;
/** Beyond every test's own budget: a topic that does nothing at all any more. */
const TOPIC_MS = { short: 30 * 60_000, soak: 6 * 3600_000 } as const;

/** Boots a guest for each kind of machine, and runs the topics in it one after the other. @throws WorkbenchError E_BOOT when a first boot fails */
export async function runTopics(options: RunTopics): Promise<SelftestRecord> {
  const [record] = await runTopicsBeside(options, async () => undefined);
  return record;
}

/**
 * The same, with other guests at work in the meantime: not beside the common kind of machine, which has the host's
 * processors for itself, but beside those that use less than one.
 */
export async function runTopicsBeside<T>(options: RunTopics, other: () => Promise<T>): Promise<[SelftestRecord, T]> {
  const [common, ...rest] = machinesFor(options.topics, options.accel.accel);
  if (common === undefined) throw new WorkbenchError('E_USAGE', 'no topics', { next: 'npm test -- --help' });
  const started = performance.now();
  const first = await runOnMachine(options, common);
  const [others, found] = await together(runInTurn(options, rest), other());
  const parts = [first, ...others];
  const topics = parts.flatMap((part) => part.topics).sort((a, b) => options.topics.indexOf(a.topic) - options.topics.indexOf(b.topic));
  const ms = Math.round(performance.now() - started);
  return [{ ...first, topics, boots: parts.flatMap((part) => part.boots), ...totals(topics), ms }, found];
}

/** What one of them throws is thrown when both have ended: no guest is left behind. */
async function together<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}

async function runInTurn(options: RunTopics, machines: readonly Machine[]): Promise<SelftestRecord[]> {
  const parts: SelftestRecord[] = [];
  for (const machine of machines) parts.push(await runOnMachine(options, machine));
  return parts;
}

async function runOnMachine(all: RunTopics, machine: Machine): Promise<SelftestRecord> {
  // consoles are numbered by boot, from 1 on in each session
  const dir = machine.inTurn ? join(all.dir, 'in-turn') : all.dir;
  const options: RunTopics = { ...all, topics: machine.topics };
  const { root, build, log, signal } = options;
  const started = performance.now();
  makeDir(options.dir);
  makeDir(dir);
  if (machine.inTurn) log({ kind: 'note', text: `${machine.topics.join(', ')}: a guest of its own, one thread for all its CPUs` });
  const kconfig = readDotconfig(build.dotconfig);
  const isDebug = isDebugKernel(kconfig);
  const limits = budgets(options.accel.accel, isDebug);
  const main = await emitAgent(root);
  const native = await compileNative(root, build);
  const session = new Session({
    spec: { bzImage: build.bzImage, accel: options.accel.accel, cpus: CPUS, memoryMb: isDebug ? DEBUG_MEMORY_MB : MEMORY_MB, inTurn: machine.inTurn },
    agent: { node: process.execPath, main, libbpf: build.libbpfSo, nativeLib: native.nativeLib },
    budgets: limits,
    facts: {
      config: build.config, accel: options.accel.accel, inTurn: machine.inTurn, slowness: limits.slowness, length: options.length, progs: options.progs,
      workload: native.workload, nativeLib: native.nativeLib, tools: build.tools, kconfig,
    },
    dir, log, signal,
  });
  const records: TopicRecord[] = [];
  let server: SessionServer | null = null;
  try {
    server = await serveSession(session);
    // a process loads its libraries while the guest boots, or while another topic has the guest
    let next = start(options, server, 0);
    await session.ready();
    for (const [index, topic] of options.topics.entries()) {
      const running = next;
      server.admit(topic);
      next = start(options, server, index + 1);
      records.push(await finish(options, session, topic, running));
    }
  } finally {
    await session.close();
    await server?.close();
  }
  const boots = session.boots.map((boot) => ({ console: boot.console, ms: Math.round(boot.ms), end: boot.death?.kind ?? 'stopped', reason: boot.death?.reason ?? '' }));
  return {
    stage: 'selftest', config: build.config, release: build.release, tree: build.source.tree, accel: options.accel.accel, accelReason: options.accel.reason,
    slowness: limits.slowness, topics: records, boots, ...totals(records), ms: Math.round(performance.now() - started),
  };
}

/** null past the last topic. A failure is kept for the one who waits for it. */
function start(options: RunTopics, server: SessionServer, index: number): Promise<TopicRecord> | null {
  const topic = options.topics[index];
  if (topic === undefined) return null;
  let done = 0;
  const running = runFile({
    root: options.root,
    topic,
    file: options.fileOf?.(topic) ?? join('selftests', `${topic}.test.ts`),
    log: logFor(options.dir, topic),
    env: { [SESSION_VARIABLE]: server.path, [TOPIC_VARIABLE]: topic },
    timeoutMs: TOPIC_MS[options.length],
    signal: options.signal,
    onTest: (name, ok) => {
      done += 1;
      if (ok) options.log({ kind: 'progress', what: topic, done, total: 0, unit: 'tests' });
      else options.log({ kind: 'warn', text: `${topic}: FAILED: ${name}` });
    },
  });
  running.catch(() => undefined);
  return running;
}

async function finish(options: RunTopics, session: Session, topic: string, running: Promise<TopicRecord> | null): Promise<TopicRecord> {
  const { log } = options;
  const started = performance.now();
  const file = await running;
  if (file === null) throw new Error(`${topic} was not started`);
  const record = { ...file, ms: Math.round(performance.now() - started) };
  const problems = await session.endTopic(topic === options.topics.at(-1));
  const afterwards: TestRecord[] = problems.map((problem) => ({
    name: `${topic} leaves nothing behind`, status: 'failed', reason: '', ms: 0, assertions: 0,
    failures: [{ message: problem.message, detail: problem.excerpt.join('\n') }],
  }));
  const whole = { ...record, tests: [...record.tests, ...afterwards] };
  const { passed, failed, skipped } = totals([whole]);
  log({ kind: failed > 0 ? 'warn' : 'done', text: `${topic}: ${passed} passed, ${failed} failed, ${skipped} skipped`, ms: record.ms });
  for (const test of whole.tests) for (const failure of test.failures) log({ kind: 'note', text: formatFailure(test.name, failure.message, failure.detail) });
  return whole;
}

const SHOWN_LINES = 40;

/** What a person has to see at once; the whole is in the record and in the topic's log. */
function formatFailure(name: string, message: string, detail: string): string {
  const lines = detail.split('\n');
  const shown = lines.slice(0, SHOWN_LINES).filter((line) => line !== '').map((line) => `     | ${line}`);
  return [`${name}: ${message}`, ...shown, ...(lines.length > SHOWN_LINES ? [`     | ... ${lines.length - SHOWN_LINES} more lines`] : [])].join('\n');
}
