/** A guest for all mutations of a kernel that has them; it is booted again after one that kills it. */
import { join } from 'node:path';
import type { Kernel } from '../../scripts/run/pipeline.ts';
import type { StageContext } from '../../scripts/lib/stage.ts';
import { makeDir } from '../../scripts/lib/make-dir.ts';
import { isDebugKernel, readDotconfig } from '../../scripts/kernel/facts.ts';
import { machineSpec } from '../../scripts/guest/host-share.ts';
import { compileNative, emitAgent } from '../../scripts/guest/artifacts.ts';
import { budgets } from '../../scripts/guest/budgets.ts';
import { withHostClock } from '../../scripts/guest/host-clock.ts';
import { serveSession } from '../../scripts/guest/session-server.ts';
import { Session } from '../../scripts/guest/session.ts';
import type { Opened } from './drive.ts';
import type { AccelChoice } from '../../scripts/host/accelerator.ts';

/** @param inTurn which kind of guest, see scripts/guest/machines.ts */
export async function openGuest(
  ctx: StageContext,
  { build, programs }: Kernel,
  { accel, strict }: AccelChoice,
  inTurn: boolean,
): Promise<Opened> {
  const kconfig = readDotconfig(build.dotconfig);
  const limits = budgets(accel, isDebugKernel(kconfig));
  const native = await compileNative(ctx.root, build, ctx.signal);
  const dir = inTurn ? ctx.run.dir : join(ctx.run.dir, 'parallel');
  makeDir(dir);
  const session = new Session({
    spec: await withHostClock(machineSpec(build, kconfig, accel, inTurn), native.workload, ctx.signal),
    agent: {
      node: process.execPath,
      main: await emitAgent(ctx.root),
      libbpf: build.libbpfSo,
      nativeLib: native.nativeLib,
    },
    budgets: limits,
    facts: {
      config: build.config,
      accel,
      inTurn,
      slowness: limits.slowness,
      length: 'short',
      progs: programs.dir,
      workload: native.workload,
      nativeLib: native.nativeLib,
      tools: build.tools,
      kconfig,
    },
    dir,
    log: ctx.log,
    signal: ctx.signal,
    strict: strict === true,
  });
  const server = await serveSession(session);
  return { session, server, close: async () => void (await Promise.allSettled([session.close(), server.close()])) };
}
