/** Which boots a run needs, and what runs in each. */
import { SECTIONS, type Kernel, type Section } from './types.ts';

export interface Boot {
  /** First part of every row's key. */
  readonly name: string;
  readonly kernel: Kernel;
  readonly cpus: number;
  /** Kernel command line. */
  readonly append: readonly string[];
  readonly sections: readonly Section[];
  /** The clock is real time, in nanoseconds: under KVM. Else it counts instructions, under TCG. */
  readonly nanoseconds?: true;
}

/** Its rows are nanoseconds, and differ from run to run. */
export const NANOSECONDS = 'series-kvm';

const RETPOLINES = ['spectre_v2=retpoline'];
const NO_RETPOLINES = ['spectre_v2=off'];

/** The command line is fixed, so that the result does not depend on what a QEMU version's CPU claims to be immune to. */
const BOOTS: readonly Boot[] = [
  { name: 'series', kernel: 'series', cpus: 1, append: RETPOLINES, sections: ['emit', 'strings', 'reach', 'idle', 'growth'] },
  { name: 'series-no-retpoline', kernel: 'series', cpus: 1, append: NO_RETPOLINES, sections: ['reach'] },
  { name: 'base', kernel: 'base', cpus: 1, append: RETPOLINES, sections: ['emit', 'strings', 'reach', 'idle'] },
  { name: 'v1-inpage', kernel: 'v1-inpage', cpus: 1, append: RETPOLINES, sections: ['emit'] },
  { name: 'stream-1cpu', kernel: 'series', cpus: 1, append: RETPOLINES, sections: ['stream'] },
  { name: 'stream-2cpu', kernel: 'series', cpus: 2, append: RETPOLINES, sections: ['stream'] },
  { name: NANOSECONDS, kernel: 'series', cpus: 1, append: RETPOLINES, sections: ['emit', 'reach'], nanoseconds: true },
  { name: 'growth-8cpu', kernel: 'series', cpus: 8, append: RETPOLINES, sections: ['growth'] },
];

/** Boots with only the wanted sections; those left without one are dropped. Every section when none is named. `kvm`: it works here. */
export function planBoots(wanted: readonly Section[], kernels: readonly Kernel[], kvm = false): Boot[] {
  const sections = wanted.length === 0 ? SECTIONS : wanted;
  return BOOTS.filter((boot) => kernels.includes(boot.kernel) && (kvm || boot.nanoseconds !== true))
    .map((boot) => ({ ...boot, sections: boot.sections.filter((section) => sections.includes(section)) }))
    .filter((boot) => boot.sections.length > 0);
}

export function isSection(word: string): word is Section {
  return SECTIONS.some((section) => section === word);
}
