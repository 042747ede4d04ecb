/** Verdicts on the series rather than on a run: out/<run>/check.json and bisect.json. */
import { z } from 'zod';

const findingSchema = z.object({
  /** Which check found it. */
  check: z.string(),
  type: z.string(),
  message: z.string(),
  line: z.number().optional(),
});

const patchSchema = z.object({ id: z.string(), subject: z.string(), commit: z.string() });

const checkedSchema = patchSchema.extend({
  findings: z.array(findingSchema).readonly(),
  excused: z.number(),
  excuses: z.array(z.object({ type: z.string(), message: z.string(), reason: z.string() })).readonly(),
  newWarnings: z.number(),
  /** What was compiled with W=1 and sparse. */
  objects: z.array(z.string()).readonly(),
  linesChecked: z.number(),
  maintainers: z.array(z.string()).readonly(),
  /** A cell for each check: `ok`, what it found, or why it did not run. Older records have none. */
  columns: z
    .array(z.object({ check: z.string(), verdict: z.string() }))
    .readonly()
    .default([]),
});

export const checkSchema = z.object({
  stage: z.literal('check'),
  head: z.string(),
  tree: z.string(),
  ok: z.boolean(),
  patches: z.array(checkedSchema).readonly(),
  /** Exceptions that excuse nothing any more. */
  unused: z.array(z.string()).readonly(),
  ms: z.number(),
});

export const variantSchema = z.object({
  variant: z.string(),
  /** 'boots', 'builds', 'FAILS', or 'no symbol'. */
  outcome: z.string(),
  ok: z.boolean(),
  detail: z.string(),
  reused: z.boolean(),
  ms: z.number(),
});

export const bisectSchema = z.object({
  stage: z.literal('bisect'),
  head: z.string(),
  ok: z.boolean(),
  patches: z.array(patchSchema.extend({ variants: z.array(variantSchema).readonly() })).readonly(),
  notes: z.array(z.string()).readonly(),
  ms: z.number(),
});

export type Finding = Readonly<z.infer<typeof findingSchema>>;
export type PatchCheck = Readonly<z.infer<typeof checkedSchema>>;
export type CheckRecord = Readonly<z.infer<typeof checkSchema>>;
export type VariantOutcome = Readonly<z.infer<typeof variantSchema>>;
export type BisectRecord = Readonly<z.infer<typeof bisectSchema>>;
