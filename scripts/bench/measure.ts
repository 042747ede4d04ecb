/** One boot of the plan: a guest whose clock counts instructions, the guest's program in it, its lines back. */
import { writeFileSync } from 'node:fs';
import { bootGuest, type BootGuest } from '../guest/boot-guest.ts';
import type { Guest } from '../guest/client.ts';
import type { AccelChoice } from '../host/accelerator.ts';
import type { StageContext } from '../lib/stage.ts';
import type { BuildRecord } from '../records/build.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv, must } from '../lib/exec.ts';
import { MARKED, profilesOf } from './batches.ts';
import type { Objects } from './objects.ts';
import type { Boot } from './plan.ts';
import { BATCH_MARK, countBatches } from './plugin.ts';
import { parseReadings } from './readings.ts';
import type { Profile, Reading } from './types.ts';

/** By the guest's clock, which runs at one nanosecond an instruction: far beyond any run. */
const LIMIT_MS = 3_600_000;
export const MEMORY_MB = 2048;
export const ICOUNT_ACCEL: AccelChoice = { accel: 'tcg', reason: 'instructions are counted' };
const KVM_ACCEL: AccelChoice = { accel: 'kvm', reason: 'time is measured', strict: true };

export interface Measured {
  readonly readings: readonly Reading[];
  readonly profiles: readonly Profile[];
  readonly cpu: string;
  readonly mitigation: string;
}

/** What boots a guest: bootGuest(), or a test's own. */
export type StartGuest = (
  options: BootGuest,
) => Promise<{ readonly guest: Pick<Guest, 'exec'>; readonly stop: () => Promise<void> }>;

export interface Measurement {
  /** That of the series, with the kernel of the boot. */
  readonly build: BuildRecord;
  readonly objects: Objects;
  readonly boot: Boot;
  readonly repetitions: number;
}

/** The program's command line in the guest. */
export function benchArgv(objects: Objects, boot: Boot, repetitions: number): string[] {
  return [objects.program, objects.of[boot.kernel], String(repetitions), ...boot.sections];
}

/** The machine of a boot: its clock counts instructions, or under KVM nanoseconds. */
export function machineOf(boot: Boot): Pick<BootGuest, 'accel' | 'cpus' | 'memoryMb' | 'icount' | 'append'> {
  const counts = boot.nanoseconds !== true;
  return {
    accel: counts ? ICOUNT_ACCEL : KVM_ACCEL,
    cpus: boot.cpus,
    memoryMb: MEMORY_MB,
    icount: counts,
    append: boot.append,
  };
}

/** Whether the boot's batches are counted by function, too. */
const isProfiled = ({ nanoseconds, sections }: Boot): boolean =>
  nanoseconds !== true && sections.some((section) => MARKED.includes(section));

/**
 * @throws E_TEST with the program's own words when it fails, BadReading for a line that is none of its, BadCounts when
 * what was counted is not what was measured
 */
export async function measure(
  ctx: StageContext,
  of: Measurement,
  start: StartGuest = bootGuest,
  compile: typeof must = must,
): Promise<Measured> {
  const { build, objects, boot, repetitions } = of;
  const counting = isProfiled(boot) ? await countBatches(ctx, build.systemMap, BATCH_MARK, boot.name, compile) : null;
  const { guest, stop } = await start({
    root: ctx.root,
    build,
    ...machineOf(boot),
    ...(counting === null ? {} : { qemuOpts: counting.qemuOpts }),
    dir: ctx.run.dir,
    name: `console.${boot.name}`,
    log: ctx.log,
    signal: ctx.signal,
  });
  try {
    const shell = async (text: string): Promise<string> => (await guest.exec(['sh', '-c', text])).stdout.trim();
    await shell('echo 1 > /proc/sys/net/core/bpf_jit_enable');
    const cpu = (await shell("grep -m1 '^model name' /proc/cpuinfo")).replace(/^[^:]*: */, '');
    const mitigation = await shell('cat /sys/devices/system/cpu/vulnerabilities/spectre_v2');
    const tool = build.tools['dtrace'];
    const env = tool === undefined ? {} : { BENCH_TOOL: tool };
    const result = await guest.exec(benchArgv(objects, boot, repetitions), { timeoutMs: LIMIT_MS, env });
    const file = ctx.run.log(`bench.${boot.name}.readings`);
    writeFileSync(file, result.stdout);
    if (result.exitCode !== 0) {
      const more = { detail: result.stderr.slice(-4096), next: formatArgv(['less', file]) };
      throw new WorkbenchError('E_TEST', `the benchmark program failed in boot ${boot.name}`, more);
    }
    const readings = parseReadings(boot.name, result.stdout);
    const profiles = counting === null ? [] : profilesOf(readings, counting.counts(), counting.symbols);
    return { readings, profiles, cpu, mitigation };
  } finally {
    await stop();
  }
}
