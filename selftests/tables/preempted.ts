/** Where the programs of a probe can be preempted, so that they have no ids from a map. Pure. */
import { byBase } from './by-base.ts';

export interface Kernel {
  /** As uname says it. */
  readonly release: string;
  readonly kconfig: Readonly<Record<string, string>>;
}

/**
 * Raw tracepoints, and tracepoints of system calls. On 6.12 they disable preemption themselves; elsewhere the read side
 * section does unless RCU is preemptible, or what they are in.
 */
export const tracepointsArePreempted = ({ release, kconfig }: Kernel): boolean =>
  byBase(release, { 'v6.12': false, 'v7.3': kconfig['CONFIG_PREEMPT_RCU'] === 'y' });
