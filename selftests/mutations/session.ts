/** One guest, or as many as it takes, for all mutations of a kernel that has them. */
import { join } from 'node:path';
import type { Prepared } from '../../scripts/build/prepare.ts';
import type { StageContext } from '../../scripts/build/stage.ts';
import { isDebugKernel, readDotconfig } from '../../scripts/selftest/facts.ts';
import { machineSpec } from '../../scripts/selftest/host-share.ts';
import { logFor, runFile } from '../../scripts/selftest/run-file.ts';
import { compileNative, emitAgent } from '../harness/artifacts.ts';
import { budgets } from '../harness/budgets.ts';
import { withHostClock } from '../harness/host-clock.ts';
import { chooseAccel } from '../harness/probe.ts';
import { serveSession } from '../harness/session-server.ts';
import { SESSION_VARIABLE } from '../harness/session-protocol.ts';
import { Session } from '../harness/session.ts';
import type { Caught, Found } from './report.ts';
import { controlFor, type Mutation } from './table.ts';

const SWITCH = '/sys/module/kernel/parameters/dtrace_mutation';
const TOPIC_MS = 15 * 60_000;

async function openSession(ctx: StageContext, { build, programs }: Pick<Prepared, 'build' | 'programs'>): Promise<Session> {
  const { accel } = await chooseAccel(ctx.signal);
  const kconfig = readDotconfig(build.dotconfig);
  const limits = budgets(accel, isDebugKernel(kconfig));
  const native = await compileNative(ctx.root, build, ctx.signal);
  return new Session({
    spec: await withHostClock(machineSpec(build.bzImage, kconfig, accel, false), native.workload, ctx.signal),
    agent: { node: process.execPath, main: await emitAgent(ctx.root), libbpf: build.libbpfSo, nativeLib: native.nativeLib },
    budgets: limits,
    facts: {
      config: build.config, accel, inTurn: false, slowness: limits.slowness, length: 'short', progs: programs.dir, workload: native.workload,
      nativeLib: native.nativeLib, tools: build.tools, kconfig,
    },
    dir: ctx.run.dir, log: ctx.log, signal: ctx.signal,
  });
}

/** A guest that died is not asked further: the next one would have nothing broken. */
async function runMutation(ctx: StageContext, session: Session, socket: string, mutation: Mutation): Promise<Found> {
  await session.ready();
  const boots = session.boots.length;
  const set = await session.call('file.write', { path: SWITCH, data: String(mutation.number) });
  if (!set.ok) throw new Error(`${SWITCH}: ${set.message}`);
  const caught: Caught[] = [];
  let passed = 0;
  for (const topic of mutation.topics) {
    const record = await runFile({
      root: ctx.root, topic, file: join('selftests', `${topic}.test.ts`), log: logFor(ctx.run.dir, `${mutation.number}-${topic}`),
      env: { [SESSION_VARIABLE]: socket }, timeoutMs: TOPIC_MS, signal: ctx.signal,
    });
    for (const problem of await session.endTopic()) caught.push({ topic, test: 'leaves nothing behind', how: problem.message });
    passed += record.tests.filter((test) => test.status === 'passed').length;
    for (const test of record.tests.filter((one) => one.status === 'failed')) caught.push({ topic, test: test.name, how: test.failures[0]?.message ?? '' });
    if (session.boots.length !== boots || session.boots.at(-1)?.death != null) break;
  }
  return { mutation, passed, caught };
}

/** The run that breaks nothing first. `tell` gets all that was found so far, each time there is more: a run of hours may be stopped. */
export async function runMutations(
  ctx: StageContext, prepared: Pick<Prepared, 'build' | 'programs'>, mutations: readonly Mutation[], tell: (found: readonly Found[]) => void,
): Promise<Found[]> {
  const session = await openSession(ctx, prepared);
  const server = await serveSession(session);
  const found: Found[] = [];
  try {
    for (const mutation of [controlFor(mutations), ...mutations]) {
      const one = await runMutation(ctx, session, server.path, mutation);
      found.push(one);
      tell(found);
      const verdict = one.caught.length === 0 ? 'nothing failed' : `${one.caught.length} failed: ${one.caught[0]?.topic}: ${one.caught[0]?.test}`;
      ctx.log({ kind: 'note', text: `${mutation.number} ${mutation.name}: ${one.passed} passed, ${verdict}` });
    }
  } finally {
    await session.close();
    await server.close();
  }
  return found;
}
