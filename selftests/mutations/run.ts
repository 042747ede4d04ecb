/**
 * Builds the series with mutations.patch on top, then runs the named topics once for each mutation (all of them, or the numbers
 * given). One guest serves them all, and is booted again after a mutation that kills it.
 *
 *     node --import tsx selftests/mutations/run.ts [--write] [N ...]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareKernel, type Prepared } from '../../scripts/build/prepare.ts';
import type { StageContext } from '../../scripts/build/stage.ts';
import { createLog } from '../../scripts/lib/log.ts';
import { openRun } from '../../scripts/lib/record.ts';
import { isDebugKernel, readDotconfig } from '../../scripts/selftest/facts.ts';
import { logFor, runFile } from '../../scripts/selftest/run-file.ts';
import { compileNative, emitAgent } from '../harness/artifacts.ts';
import { budgets } from '../harness/budgets.ts';
import { chooseAccel } from '../harness/probe.ts';
import { serveSession } from '../harness/session-server.ts';
import { SESSION_VARIABLE } from '../harness/session-protocol.ts';
import { Session } from '../harness/session.ts';
import { formatMutations, type Caught, type Found } from './report.ts';
import { CONTROL, MUTATIONS, type Mutation } from './table.ts';
import { variantTree } from './tree.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SWITCH = '/sys/module/kernel/parameters/dtrace_mutation';
const TOPIC_MS = 15 * 60_000;

async function openSession(ctx: StageContext, { build, programs }: Prepared): Promise<Session> {
  const { accel } = await chooseAccel();
  const kconfig = readDotconfig(build.dotconfig);
  const limits = budgets(accel, isDebugKernel(kconfig));
  const native = await compileNative(ctx.root, build);
  return new Session({
    spec: { bzImage: build.bzImage, accel, cpus: 2, memoryMb: 2048 },
    agent: { node: process.execPath, main: await emitAgent(ctx.root), libbpf: build.libbpfSo, nativeLib: native.nativeLib },
    budgets: limits,
    facts: {
      config: build.config, accel, slowness: limits.slowness, length: 'short', progs: programs.dir, workload: native.workload,
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

async function main(args: readonly string[]): Promise<number> {
  const wanted = args.filter((arg) => /^\d+$/.test(arg)).map(Number);
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  const log = createLog(process.stderr);
  const ctx: StageContext = { root: ROOT, log, signal: abort.signal, run: openRun(ROOT, 'mutations'), dryRun: false };
  const source = await variantTree(ctx, { name: 'mutations', from: 'series', patch: fileURLToPath(new URL('./mutations.patch', import.meta.url)) });
  const prepared = await prepareKernel(ctx, source, 'default');
  const session = await openSession(ctx, prepared);
  const server = await serveSession(session);
  const found: Found[] = [];
  try {
    for (const mutation of [CONTROL, ...MUTATIONS.filter(({ number }) => wanted.length === 0 || wanted.includes(number))]) {
      const one = await runMutation(ctx, session, server.path, mutation);
      found.push(one);
      const verdict = one.caught.length === 0 ? 'nothing failed' : `${one.caught.length} failed: ${one.caught[0]?.topic}: ${one.caught[0]?.test}`;
      log({ kind: 'note', text: `${mutation.number} ${mutation.name}: ${one.passed} passed, ${verdict}` });
    }
  } finally {
    await session.close();
    await server.close();
  }
  const [control, ...rest] = found;
  if (control === undefined) return 1;
  ctx.run.write('mutations', { release: prepared.build.release, found });
  const text = formatMutations(prepared.build.release, control, rest);
  if (args.includes('--write')) writeFileSync(join(ROOT, 'selftests/MUTATIONS.md'), text);
  else process.stdout.write(text);
  return control.caught.length === 0 && rest.every(({ caught }) => caught.length > 0) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
