/** A guest of each kind, or as many as it takes, for all mutations of a kernel that has them. */
import { join } from 'node:path';
import type { Prepared } from '../../scripts/build/prepare.ts';
import type { StageContext } from '../../scripts/build/stage.ts';
import { makeDir } from '../../scripts/lib/make-dir.ts';
import { isDebugKernel, readDotconfig } from '../../scripts/selftest/facts.ts';
import { machineSpec } from '../../scripts/selftest/host-share.ts';
import { runsInTurn } from '../../scripts/selftest/machines.ts';
import { logFor, runFile } from '../../scripts/selftest/run-file.ts';
import { compileNative, emitAgent } from '../harness/artifacts.ts';
import { budgets, type Accel } from '../harness/budgets.ts';
import { withHostClock } from '../harness/host-clock.ts';
import { chooseAccel } from '../harness/probe.ts';
import { serveSession, type SessionServer } from '../harness/session-server.ts';
import { SESSION_VARIABLE } from '../harness/session-protocol.ts';
import { Session } from '../harness/session.ts';
import type { Caught, Found } from './report.ts';
import { controlFor, type Mutation } from './table.ts';

const SWITCH = '/sys/module/kernel/parameters/dtrace_mutation';
const TOPIC_MS = 15 * 60_000;

/** A guest of one kind, see scripts/selftest/machines.ts. */
interface Opened {
  readonly session: Session;
  readonly server: SessionServer;
}

/** The guests of both kinds, each booted when the first topic needs it. */
class Guests {
  private readonly opened = new Map<boolean, Promise<Opened>>();

  constructor(private readonly ctx: StageContext, private readonly prepared: Pick<Prepared, 'build' | 'programs'>, private readonly accel: Accel) {}

  for(topic: string): Promise<Opened> {
    const inTurn = runsInTurn(topic, this.accel);
    const opened = this.opened.get(inTurn) ?? this.open(inTurn);
    this.opened.set(inTurn, opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const result of await Promise.allSettled(this.opened.values())) {
      if (result.status === 'rejected') continue;
      await result.value.session.close();
      await result.value.server.close();
    }
  }

  private async open(inTurn: boolean): Promise<Opened> {
    const { ctx, accel, prepared: { build, programs } } = this;
    const kconfig = readDotconfig(build.dotconfig);
    const limits = budgets(accel, isDebugKernel(kconfig));
    const native = await compileNative(ctx.root, build, ctx.signal);
    const dir = inTurn ? ctx.run.dir : join(ctx.run.dir, 'parallel');
    makeDir(dir);
    const session = new Session({
      spec: await withHostClock(machineSpec(build.bzImage, kconfig, accel, inTurn), native.workload, ctx.signal),
      agent: { node: process.execPath, main: await emitAgent(ctx.root), libbpf: build.libbpfSo, nativeLib: native.nativeLib },
      budgets: limits,
      facts: {
        config: build.config, accel, inTurn, slowness: limits.slowness, length: 'short', progs: programs.dir, workload: native.workload,
        nativeLib: native.nativeLib, tools: build.tools, kconfig,
      },
      dir, log: ctx.log, signal: ctx.signal,
    });
    return { session, server: await serveSession(session) };
  }
}

/** A guest that died is not asked further: the next one would have nothing broken. */
async function runMutation(ctx: StageContext, guests: Guests, mutation: Mutation): Promise<Found> {
  const caught: Caught[] = [];
  let passed = 0;
  for (const topic of mutation.topics) {
    const { session, server } = await guests.for(topic);
    await session.ready();
    const boots = session.boots.length;
    const set = await session.call('file.write', { path: SWITCH, data: String(mutation.number) });
    if (!set.ok) throw new Error(`${SWITCH}: ${set.message}`);
    const record = await runFile({
      root: ctx.root, topic, file: join('selftests', `${topic}.test.ts`), log: logFor(ctx.run.dir, `${mutation.number}-${topic}`),
      env: { [SESSION_VARIABLE]: server.path }, timeoutMs: TOPIC_MS, signal: ctx.signal,
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
  const guests = new Guests(ctx, prepared, (await chooseAccel(ctx.signal)).accel);
  const found: Found[] = [];
  try {
    for (const mutation of [controlFor(mutations), ...mutations]) {
      const one = await runMutation(ctx, guests, mutation);
      found.push(one);
      tell(found);
      const verdict = one.caught.length === 0 ? 'nothing failed' : `${one.caught.length} failed: ${one.caught[0]?.topic}: ${one.caught[0]?.test}`;
      ctx.log({ kind: 'note', text: `${mutation.number} ${mutation.name}: ${one.passed} passed, ${verdict}` });
    }
  } finally {
    await guests.close();
  }
  return found;
}
