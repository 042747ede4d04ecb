/** What a run of a program is to leave behind, with the record of the probe behind it. Pure. */
import type { Code } from './compile.ts';
import type { Scenario } from './cpu.ts';
import { fixturesOf, SCENARIOS, type Fixtures } from './fixtures.ts';
import { Machine } from './machine.ts';
import type { RingImage } from './ring-image.ts';
import type { Kernel } from './rules.ts';

export interface Expected {
  /** undefined: not looked at. */
  readonly result: number | undefined;
  /** undefined: neither is the ring, but for the probe's record to come through. */
  readonly ring: ExpectedRing | undefined;
  /** An accepted program must not do this. */
  readonly harm: string | undefined;
}

export interface ExpectedRing {
  /** Up to here the reader sees records. */
  readonly head: number;
  /** From where the run began, up to the last byte that was written. */
  readonly bytes: Uint8Array;
  /** 0: not looked at. */
  readonly known: Uint8Array;
}

export interface ForKernel extends Kernel {
  readonly fixtures: Fixtures;
}

export const forKernel = (kernel: Kernel): ForKernel => ({ ...kernel, fixtures: fixturesOf(kernel.helpers) });

function ringOf(ring: RingImage): ExpectedRing {
  return {
    head: ring.head,
    bytes: ring.bytes.subarray(0, ring.touched),
    known: ring.known.subarray(0, ring.touched),
  };
}

export function expected({ helpers, fixtures }: ForKernel, code: Code, scenario: Scenario): Expected {
  const { result, harm, unclear, ring } = new Machine(helpers, fixtures, scenario).run(code);
  const told = harm === undefined && unclear === undefined;
  if (!told) return { result: undefined, ring: undefined, harm };
  // the probe has a ring in all scenarios, and writes behind what is there
  new Machine(helpers, fixtures, { ...scenario, event: true }, ring).run(fixtures.probe);
  return { result, ring: ringOf(ring), harm };
}

export const expectedOfAll = (known: ForKernel, code: Code): Expected[] =>
  SCENARIOS.map((scenario) => expected(known, code, scenario));
