import { existsSync } from 'node:fs';
import { exec, execError } from '../lib/exec.ts';

export type Accel = 'kvm' | 'tcg';

export interface AccelChoice {
  readonly accel: Accel;
  /** Why, in words for a person and for every record. */
  readonly reason: string;
}

const PROBE_MS = 3_000;

export interface ProbeOptions {
  readonly device?: string;
  readonly qemu?: string;
  readonly probeMs?: number;
}

/**
 * Whether KVM really runs a guest. A /dev/kvm may open, answer ioctls and still fail to run a vCPU, or never return from it, so a QEMU
 * without a disk runs its firmware for a moment: the firmware's first instructions are what a broken KVM does not survive.
 */
export async function chooseAccel(signal: AbortSignal, { device = '/dev/kvm', qemu = 'qemu-system-x86_64', probeMs = PROBE_MS }: ProbeOptions = {}): Promise<AccelChoice> {
  if (!existsSync(device)) return { accel: 'tcg', reason: `${device} does not exist` };
  const result = await exec(
    // SeaBIOS says on its debug port that it runs
    [qemu, '-accel', 'kvm', '-machine', 'q35', '-cpu', 'host', '-m', '64', '-display', 'none', '-nodefaults', '-no-reboot', '-boot', 'reboot-timeout=1',
      '-chardev', 'stdio,id=bios', '-device', 'isa-debugcon,iobase=0x402,chardev=bios'],
    { timeoutMs: probeMs, graceMs: 200, signal },
  );
  if (result.aborted) throw execError(result);
  return judgeProbe({ output: result.stdout, errors: result.stderr, exitCode: result.exitCode, timedOut: result.timedOut }, probeMs);
}

export interface ProbeOutcome {
  readonly output: string;
  readonly errors: string;
  readonly exitCode: number | null;
  readonly timedOut: boolean;
}

export function judgeProbe(probe: ProbeOutcome, probeMs = PROBE_MS): AccelChoice {
  const complaint = firstLine(probe.errors);
  if (/SeaBIOS/.test(probe.output)) return { accel: 'kvm', reason: 'KVM ran the firmware of a probe guest' };
  if (probe.timedOut) return { accel: 'tcg', reason: `/dev/kvm is there but ran nothing in ${probeMs / 1000} s${complaint === '' ? '' : `: ${complaint}`}` };
  if (complaint !== '') return { accel: 'tcg', reason: `/dev/kvm is there but does not work: ${complaint}` };
  return { accel: 'tcg', reason: `/dev/kvm is there but the probe guest ended with ${probe.exitCode} and said nothing` };
}

function firstLine(text: string): string {
  return text.split('\n').map((line) => line.replace(/^qemu-system-\S+: /, '').trim()).find((line) => line !== '') ?? '';
}
