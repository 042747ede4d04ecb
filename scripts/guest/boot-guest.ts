import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildRecord } from '../records/build.ts';
import { WorkbenchError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { isDebugKernel, readDotconfig } from '../kernel/facts.ts';
import { compileNative, emitAgent } from './artifacts.ts';
import { budgets } from './budgets.ts';
import { Guest } from './client.ts';
import { bootOf, nodeOf } from './host-share.ts';
import { withHostClock } from './host-clock.ts';
import { giveUpKvm, type AccelChoice } from '../host/accelerator.ts';
import { bootVm, type Vm } from './vm.ts';

export interface BootGuest {
  readonly root: string;
  readonly build: BuildRecord;
  /** Benchmarks that count instructions need TCG even where KVM works. */
  readonly accel: AccelChoice;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly icount?: boolean;
  /** Under TCG only, also where KVM was given up; why: machines.ts. */
  readonly inTurn?: boolean;
  /** Kernel parameters. */
  readonly append?: readonly string[];
  readonly qemuOpts?: readonly string[];
  /** Directory for the console's log. */
  readonly dir: string;
  readonly name?: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface BootedGuest {
  readonly guest: Guest;
  readonly vm: Vm;
  readonly bootMs: number;
  /** What it runs with in the end. */
  readonly accel: AccelChoice;
  stop(): Promise<void>;
}

/** One guest without tests around it: for benchmarks and tools. The caller stops it. @throws WorkbenchError E_BOOT */
export async function bootGuest(options: BootGuest): Promise<BootedGuest> {
  try {
    return await bootAsAsked(options);
  } catch (error: unknown) {
    if (
      options.accel.accel !== 'kvm' ||
      options.accel.strict === true ||
      !(error instanceof WorkbenchError && error.code === 'E_BOOT')
    )
      throw error;
    const { choice, learn } = giveUpKvm(options.accel, error.message, options.log);
    const booted = await bootAsAsked({ ...options, accel: choice, name: `${options.name ?? 'console'}.tcg` });
    learn();
    return booted;
  }
}

async function bootAsAsked(options: BootGuest): Promise<BootedGuest> {
  const { root, build, accel, cpus, memoryMb, dir, log, signal } = options;
  mkdirSync(dir, { recursive: true });
  const kconfig = readDotconfig(build.dotconfig);
  const limits = budgets(accel.accel, isDebugKernel(kconfig));
  const main = await emitAgent(root);
  const native = await compileNative(root, build, signal);
  const { vm, hello, bootMs } = await bootVm({
    spec: await withHostClock(
      {
        ...bootOf(build),
        accel: accel.accel,
        cpus,
        memoryMb,
        append: options.append ?? [],
        qemuOpts: options.qemuOpts ?? [],
        icount: options.icount ?? false,
        inTurn: options.inTurn === true && accel.accel === 'tcg',
      },
      native.workload,
      signal,
    ),
    agent: { node: nodeOf(build), main, libbpf: build.libbpfSo, nativeLib: native.nativeLib },
    budgets: limits,
    consoleLog: join(dir, `${options.name ?? 'console'}.log`),
    log,
    signal,
  });
  const guest = new Guest(vm, {
    config: build.config,
    accel: accel.accel,
    inTurn: options.icount ?? false,
    slowness: limits.slowness,
    length: 'short',
    progs: join(build.buildDir, 'bpf/progs'),
    workload: native.workload,
    nativeLib: native.nativeLib,
    tools: build.tools,
    kconfig,
    hello,
  });
  return { guest, vm, bootMs, accel, stop: () => vm.stop() };
}
