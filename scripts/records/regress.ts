/** out/<run>/regress.json: what the kernel's own tests say of the base and of the patched kernel. */
import { z } from 'zod';
import { bootSchema } from './selftest.ts';
import { tablesSchema } from './tables.ts';

export const kernelTestSchema = z.object({
  /** test_progs, test_verifier, perf_events; kernel: what the kernel said of itself meanwhile. */
  suite: z.string(),
  name: z.string(),
  status: z.enum(['passed', 'failed', 'skipped']),
  /** Of a failure and of a skip, as far as it is told. */
  why: z.string(),
});
export type KernelTest = Readonly<z.infer<typeof kernelTestSchema>>;

export const leftOutSchema = z.object({
  /** Path below tools/testing/selftests, or what is made of it. */
  what: z.string(),
  reason: z.string(),
});
export type LeftOut = Readonly<z.infer<typeof leftOutSchema>>;

/** One kernel, and what its tests say. */
export const sideSchema = z.object({
  kernel: z.enum(['base', 'series']),
  tree: z.string(),
  release: z.string(),
  accel: z.string(),
  tests: z.array(kernelTestSchema).readonly(),
  /** What does not build there. */
  leftOut: z.array(leftOutSchema).readonly(),
  boots: z.array(bootSchema).readonly(),
  /** All of its tests ran in earlier runs, on the same tree. */
  reused: z.boolean(),
  ms: z.number(),
});
export type SideRecord = Readonly<z.infer<typeof sideSchema>>;

const statusOrNone = z.enum(['passed', 'failed', 'skipped', 'none']);

export const differenceSchema = z.object({
  suite: z.string(),
  name: z.string(),
  base: statusOrNone,
  series: statusOrNone,
  /** What it is called: passed before, vanished, new ... */
  kind: z.string(),
  red: z.boolean(),
  why: z.string(),
});
export type Difference = Readonly<z.infer<typeof differenceSchema>>;

export const regressSchema = tablesSchema.extend({
  stage: z.literal('regress'),
  head: z.string(),
  ok: z.boolean(),
  /** All that is asked of a release, and not some tests that were named. */
  whole: z.boolean(),
  /** Why it is not ok. */
  problems: z.array(z.string()).readonly(),
  differences: z.array(differenceSchema).readonly(),
  base: sideSchema,
  series: sideSchema,
  ms: z.number(),
});
export type RegressRecord = Readonly<z.infer<typeof regressSchema>>;
