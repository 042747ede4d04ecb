/** One boot of the plan: a guest whose clock counts instructions, the guest's program in it, its lines back. */
import { writeFileSync } from 'node:fs';
import { bootGuest } from '../../selftests/harness/boot-guest.ts';
import type { AccelChoice } from '../../selftests/harness/probe.ts';
import type { StageContext } from '../build/stage.ts';
import type { BuildRecord } from '../build/types.ts';
import { WorkbenchError } from '../lib/errors.ts';
import type { Objects } from './objects.ts';
import type { Boot } from './plan.ts';
import { parseReadings } from './readings.ts';
import type { Reading } from './types.ts';

/** By the guest's clock, which runs at one nanosecond an instruction: far beyond any run. */
const LIMIT_MS = 3_600_000;
export const MEMORY_MB = 2048;
export const ICOUNT_ACCEL: AccelChoice = { accel: 'tcg', reason: 'instructions are counted' };
const KVM_ACCEL: AccelChoice = { accel: 'kvm', reason: 'time is measured' };

export interface Measured {
  readonly readings: readonly Reading[];
  readonly cpu: string;
  readonly mitigation: string;
}

/** The program's command line in the guest. */
export function benchArgv(objects: Objects, boot: Boot, repetitions: number): string[] {
  return [objects.program, objects.of[boot.kernel], String(repetitions), ...boot.sections];
}

/** @throws E_TEST with the program's own words when it fails */
export async function measure(ctx: StageContext, build: BuildRecord, bzImage: string, objects: Objects, boot: Boot, repetitions: number): Promise<Measured> {
  const { guest, stop } = await bootGuest({
    root: ctx.root,
    build: { ...build, bzImage },
    accel: boot.nanoseconds === true ? KVM_ACCEL : ICOUNT_ACCEL,
    cpus: boot.cpus,
    memoryMb: MEMORY_MB,
    icount: boot.nanoseconds !== true,
    append: boot.append,
    dir: ctx.run.dir,
    name: `console.${boot.name}`,
    log: ctx.log,
    signal: ctx.signal,
  });
  try {
    const shell = async (text: string): Promise<string> => (await guest.exec(['sh', '-c', text])).stdout.trim();
    await shell('echo 1 > /proc/sys/net/core/bpf_jit_enable');
    const cpu = (await shell("grep -m1 '^model name' /proc/cpuinfo")).replace(/^.*: */, '');
    const mitigation = await shell('cat /sys/devices/system/cpu/vulnerabilities/spectre_v2');
    const tool = build.tools['dtrace'];
    const result = await guest.exec(benchArgv(objects, boot, repetitions), { timeoutMs: LIMIT_MS, env: tool === undefined ? {} : { BENCH_TOOL: tool } });
    writeFileSync(ctx.run.log(`bench.${boot.name}.readings`), result.stdout);
    if (result.exitCode !== 0) {
      throw new WorkbenchError('E_TEST', `the benchmark program failed in boot ${boot.name}`, { detail: result.stderr.slice(-4096), next: `less ${ctx.run.log(`bench.${boot.name}.readings`)}` });
    }
    return { readings: parseReadings(boot.name, result.stdout), cpu, mitigation };
  } finally {
    await stop();
  }
}
