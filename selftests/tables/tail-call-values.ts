/** Numbers of progs/tail-call.h, and how the drivers of the tail-call topics set and read the objects' globals. */
import type { LoadedObject } from '../../scripts/guest/client.ts';
import { readU64, u32, u64 } from '../../scripts/guest/bytes.ts';

export const RETURN = {
  a: 11,
  b: 12,
  loop: 13,
  own: 14,
  fell: 100,
  fellOwn: 101,
  fellInSubprogram: 102,
  main: 1000,
} as const;

export const RUNS = ['a', 'b', 'loop', 'on', 'hop', 'fired', 'fell'] as const;
export type Run = (typeof RUNS)[number];

/** Linux allows this many tail calls in one run of a program. */
export const TAIL_CALL_LIMIT = 33;

/** How often each program has run since the object was loaded. */
export async function readRuns(object: LoadedObject): Promise<Record<Run, bigint>> {
  const bytes = await object.map('.bss').get(0);
  return Object.fromEntries(RUNS.map((name, index) => [name, readU64(bytes, 8 * index)])) as Record<Run, bigint>;
}

export async function clearRuns(object: LoadedObject): Promise<void> {
  const map = object.map('.bss');
  await map.update(0, new Uint8Array(map.shape.valueSize));
}

/** The variables of section .data.in, in their order. */
export async function setInputs(object: LoadedObject, ...values: number[]): Promise<void> {
  await object.map('.data.in').update(0, u32(...values));
}

/** Twelve words: what BPF_PROG_TEST_RUN takes as arguments of a raw tracepoint. */
export function rawTracepointArgs(...args: readonly (bigint | number)[]): Uint8Array {
  return u64(...Array.from({ length: 12 }, (_, index) => args[index] ?? 0));
}
