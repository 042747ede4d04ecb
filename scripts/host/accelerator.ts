/** What guests run with: KVM where a kernel was seen to run under it, emulation otherwise. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import type { Log } from '../lib/log.ts';
import { cachePaths } from '../lib/paths.ts';
import { identityOf, MEMORY_FILE, recall, remember, type Place } from './accelerator-memory.ts';
import { judgeProbe, probe } from './kvm-probe.ts';

export type Accel = 'kvm' | 'tcg';
export const WANTED = ['auto', 'kvm', 'tcg'] as const;
export type Wanted = (typeof WANTED)[number];

export interface AccelChoice {
  readonly accel: Accel;
  /** What was seen, in words for a person and for every record. */
  readonly reason: string;
  /** KVM as asked: a guest that does not boot under it is not booted again in emulation. */
  readonly strict?: true;
}

export interface ChooseOptions extends Partial<Place> {
  readonly wanted?: Wanted;
  /** bzImage to try it with; without one, the host's own kernels. */
  readonly kernel?: string;
  /** The architecture that it is for, if that is not this machine's: KVM does not run it. */
  readonly foreign?: string | undefined;
  readonly probeMs?: number;
  /** Not to be remembered, for who promises to change nothing. */
  readonly forget?: boolean;
  /** Where the host's kernels are. */
  readonly boot?: string;
}

/**
 * What guests will run with. Decided once for a host, see accelerator-memory.ts; `--accel kvm` decides anew.
 * @throws E_HOST_KVM when KVM was asked for, and does not run a kernel
 */
export async function chooseAccel(signal: AbortSignal, options: ChooseOptions = {}): Promise<AccelChoice> {
  const { wanted = 'auto' } = options;
  const { foreign } = options;
  if (foreign !== undefined && wanted !== 'tcg') return emulated(foreign, wanted);
  if (wanted === 'tcg') return { accel: 'tcg', reason: 'asked for with --accel tcg' };
  const choice = (await tryKvm(signal, options)) ?? { accel: 'tcg', reason: NOT_TRIED };
  if (wanted === 'auto') return choice;
  if (choice.accel === 'kvm') return { ...choice, strict: true };
  throw new WorkbenchError('E_HOST_KVM', `--accel kvm: ${choice.reason}`, { next: 'npm run doctor' });
}

function emulated(foreign: string, wanted: Wanted): AccelChoice {
  if (wanted === 'auto') return { accel: 'tcg', reason: `this machine runs no ${foreign} by itself` };
  throw new WorkbenchError('E_HOST_KVM', `--accel kvm: this machine runs no ${foreign} by itself`, {
    next: formatArgv(['npm', 'test', '--', '--arch', foreign]),
  });
}

export const NOT_TRIED = 'whether KVM runs a kernel was not tried: there is no kernel at hand that QEMU loads';

/** undefined where no kernel is at hand that can be tried. */
export async function tryKvm(signal: AbortSignal, options: ChooseOptions = {}): Promise<AccelChoice | undefined> {
  const place = placeOf(options);
  if (!existsSync(place.device)) return { accel: 'tcg', reason: `${place.device} does not exist` };
  const identity = identityOf(place);
  const known = options.wanted === 'kvm' ? undefined : recall(place.memory, identity);
  if (known !== undefined) return known;
  for (const kernel of [options.kernel, ...hostKernels(options.boot)]) {
    if (kernel === undefined || !existsSync(kernel)) continue;
    const choice = judgeProbe(await probe(place.qemu, kernel, signal, options.probeMs));
    if (choice === undefined) continue;
    if (options.forget !== true) remember(place.memory, identity, choice);
    return choice;
  }
  return undefined;
}

/** A guest did not boot under KVM: what its run goes on with. The next run knows it when `learn` was called. */
export function giveUpKvm(
  choice: AccelChoice,
  seen: string,
  log: Log,
  options: Partial<Place> = {},
): { readonly choice: AccelChoice; readonly learn: () => void } {
  const place = placeOf(options);
  const fallback: AccelChoice = { accel: 'tcg', reason: `KVM was given up: ${seen}; before that, ${choice.reason}` };
  log({ kind: 'warn', text: `KVM IS GIVEN UP, guests go on in emulation: ${seen}` });
  return { choice: fallback, learn: () => remember(place.memory, identityOf(place), fallback) };
}

function placeOf({ device = '/dev/kvm', qemu = 'qemu-system-x86_64', memory }: Partial<Place>): Place {
  return { device, qemu, memory: memory ?? join(cachePaths().root, MEMORY_FILE) };
}

/** The newest first; a distribution may keep them from anyone but root. */
function hostKernels(dir = '/boot'): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.startsWith('vmlinuz-'))
      .sort()
      .reverse()
      .map((name) => join(dir, name));
  } catch {
    return [];
  }
}
