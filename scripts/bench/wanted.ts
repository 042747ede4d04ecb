/** What a command line asks of the benchmarks: refused here, and not when the kernels are built. Pure. */
import { wantedAccel } from '../host/accelerator-option.ts';
import type { Wanted as WantedAccel } from '../host/accelerator.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { bpfJobs } from './jobs.ts';
import { isSection, planBoots } from './plan.ts';
import { parseProfiled, type Profiled } from './profile.ts';
import { SECTIONS, type Kernel, type Section } from './types.ts';

export const REPETITIONS = 9;
const MOST_REPETITIONS = 101;

export interface Wanted {
  readonly sections: readonly Section[];
  readonly kernels: readonly Kernel[];
  readonly repetitions: number;
  /** Build nothing: measure what was built last. */
  readonly built: boolean;
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
  readonly accel?: string;
}

function usage(message: string): WorkbenchError {
  return new WorkbenchError('E_USAGE', message, { next: 'npm run bench -- --help' });
}

/** @param available see availableKernels(). @throws E_USAGE also when there is nothing to measure */
export function wantedOf(asked: Asked, available: readonly Kernel[]): Wanted {
  const sections = asked.args.map((word) => {
    if (!isSection(word)) throw usage(`no section ${word}; one of ${SECTIONS.join(', ')}`);
    return word;
  });
  const repetitions = Number(asked.repetitions);
  if (!Number.isInteger(repetitions) || repetitions < 1 || repetitions > MOST_REPETITIONS) throw usage(`--repetitions is 1 to ${MOST_REPETITIONS}`);
  const kernels = asked.kernels.length === 0 ? available : asked.kernels.map((word) => {
    const found = available.find((kernel) => kernel === word);
    if (found === undefined) throw usage(`no kernel ${word} here; one of ${available.join(', ')}`);
    return found;
  });
  if (planBoots(sections, kernels).length === 0) throw usage(`nothing to measure: no boot of ${kernels.join(', ')} has ${sections.join(', ')}`);
  return { sections, kernels, repetitions, built: asked.built, ...(asked.accel === undefined ? {} : { accel: wantedAccel(asked.accel, 'npm run bench -- --help') }) };
}

/** From OBJECT/PROGRAM[/record]; whether the object has such a program is for the guest to say. @throws E_USAGE */
export function profiledOf(text: string): Profiled {
  const profiled = parseProfiled(text);
  if (profiled === undefined) throw usage(`--profile wants OBJECT/PROGRAM, such as emit-dtrace-48-0/dtrace_reserve, not ${text}`);
  if (!bpfJobs().some(({ object, kernels }) => object === profiled.object && kernels.includes('series'))) throw usage(`no object ${profiled.object} to profile`);
  return profiled;
}
