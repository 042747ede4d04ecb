/**
 * What a command line asks of the benchmarks, refused here and not when the kernels are built; and which boots that
 * needs. Pure.
 */
import { wantedAccel } from '../host/accelerator-option.ts';
import type { Wanted as WantedAccel } from '../host/accelerator.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { bpfJobs } from './jobs.ts';
import { parseProfiled, type Profiled } from './profile.ts';
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

/**
 * The command line is fixed: the result must not depend on what a QEMU version's CPU claims to be immune to. And
 * functions are where System.map says, for the profiles.
 */
export const SERIES = { kernel: 'series', cpus: 1, append: ['nokaslr', 'spectre_v2=retpoline'] } as const;
const BOOTS: readonly Boot[] = [
  { ...SERIES, name: 'series', sections: ['emit', 'strings', 'reach', 'idle', 'growth'] },
  { ...SERIES, name: 'series-no-retpoline', append: ['nokaslr', 'spectre_v2=off'], sections: ['reach'] },
  { ...SERIES, name: 'base', kernel: 'base', sections: ['emit', 'strings', 'reach', 'idle'] },
  { ...SERIES, name: 'v1-inpage', kernel: 'v1-inpage', sections: ['emit'] },
  { ...SERIES, name: 'stream-1cpu', sections: ['stream'] },
  { ...SERIES, name: 'stream-2cpu', cpus: 2, sections: ['stream'] },
  { ...SERIES, name: NANOSECONDS, sections: ['emit', 'reach'], nanoseconds: true },
  { ...SERIES, name: 'growth-8cpu', cpus: 8, sections: ['growth'] },
];

/** Boots with the wanted sections, all when none is named; without one a boot is dropped. @param kvm works here */
export function planBoots(wanted: readonly Section[], kernels: readonly Kernel[], kvm = false): Boot[] {
  return BOOTS.filter((boot) => kernels.includes(boot.kernel) && (kvm || boot.nanoseconds !== true))
    .map((boot) => ({
      ...boot,
      sections: boot.sections.filter((section) => wanted.length === 0 || wanted.includes(section)),
    }))
    .filter((boot) => boot.sections.length > 0);
}

export const REPETITIONS = 9;
const MOST_REPETITIONS = 101;

export interface Wanted {
  readonly sections: readonly Section[];
  readonly kernels: readonly Kernel[];
  readonly repetitions: number;
  /** Build nothing: measure what was built last. */
  readonly built: boolean;
  /** What was last applied to this base; to any when undefined. */
  readonly base?: string | undefined;
  /** Of the boots that measure nanoseconds; instructions are counted in emulation. */
  readonly accel?: WantedAccel;
}

export interface Asked {
  /** Sections; all when none is named. */
  readonly args: readonly string[];
  /** All that are available when none is named. */
  readonly kernels: readonly string[];
  readonly repetitions: string;
  readonly built: boolean;
  readonly base?: string | undefined;
  readonly accel?: string;
}

function usage(message: string): WorkbenchError {
  return new WorkbenchError('E_USAGE', message, { next: 'npm run bench -- --help' });
}

/** The words, each one of `known`. @param refused what is said of another one */
function among<T extends string>(
  words: readonly string[],
  known: readonly T[],
  refused: (word: string) => string,
): T[] {
  return words.map((word) => {
    const found = known.find((each) => each === word);
    if (found === undefined) throw usage(`${refused(word)}; one of ${known.join(', ')}`);
    return found;
  });
}

/** @param available see availableKernels(). @throws E_USAGE also when there is nothing to measure */
export function wantedOf(asked: Asked, available: readonly Kernel[]): Wanted {
  const sections = among(asked.args, SECTIONS, (word) => `no section ${word}`);
  const repetitions = Number(asked.repetitions);
  if (!Number.isInteger(repetitions) || repetitions < 1 || repetitions > MOST_REPETITIONS) {
    throw usage(`--repetitions is 1 to ${MOST_REPETITIONS}`);
  }
  const kernels =
    asked.kernels.length === 0 ? available : among(asked.kernels, available, (word) => `no kernel ${word} here`);
  if (planBoots(sections, kernels).length === 0) {
    throw usage(`nothing to measure: no boot of ${kernels.join(', ')} has ${sections.join(', ')}`);
  }
  const accel = asked.accel === undefined ? {} : { accel: wantedAccel(asked.accel, 'npm run bench -- --help') };
  const base = asked.base === undefined ? {} : { base: asked.base };
  return { sections, kernels, repetitions, built: asked.built, ...base, ...accel };
}

/** From OBJECT/PROGRAM[/record]; whether the object has such a program is for the guest to say. @throws E_USAGE */
export function profiledOf(text: string): Profiled {
  const profiled = parseProfiled(text);
  if (profiled === undefined)
    throw usage(`--profile wants OBJECT/PROGRAM, such as emit-dtrace-48-0/dtrace_reserve, not ${text}`);
  const known = bpfJobs().some(({ object, kernels }) => object === profiled.object && kernels.includes('series'));
  if (!known) throw usage(`no object ${profiled.object} to profile`);
  return profiled;
}
