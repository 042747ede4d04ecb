import { exec, execError } from '../lib/exec.ts';
import type { BootSpec } from './boot-plan.ts';

const MEASURE_MS = 10_000;
/** Less or more than these is no processor's clock, but a mistake. */
const [LOWEST_KHZ, HIGHEST_KHZ] = [100_000, 20_000_000];

/**
 * A kernel measures its time stamp counter against a timer while it comes up. An emulated processor that waits for a
 * real one in the middle of that measures nonsense: clocks run twenty times too fast, jump, and RCU complains of stalls
 * that there are not. The emulated counter is the host's own, so the guest is told what it counts.
 */
export async function withHostClock(spec: BootSpec, workload: string, signal: AbortSignal): Promise<BootSpec> {
  // KVM tells the guest by itself, and counted instructions are a clock of their own; a foreign one has no such counter
  if (spec.accel !== 'tcg' || spec.icount === true || spec.foreign !== undefined) return spec;
  const result = await exec([workload, 'tsc-khz'], { timeoutMs: MEASURE_MS, signal });
  if (result.aborted) throw execError(result);
  const khz = parseKhz(result.stdout);
  return khz === undefined ? spec : { ...spec, append: [...(spec.append ?? []), `tsc_early_khz=${khz}`] };
}

export function parseKhz(text: string): number | undefined {
  const khz = /^\d+\n$/.test(text) ? Number(text) : NaN;
  return khz >= LOWEST_KHZ && khz <= HIGHEST_KHZ ? khz : undefined;
}
