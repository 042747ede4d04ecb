/** What was tested: out/<run>/selftest.CONFIG.json of a kernel, {unit,host,types}.json of the workbench itself. */
import { z } from 'zod';

const failureSchema = z.object({
  /** The assertion, or what the harness found (splat, death of the guest, hang ...). */
  message: z.string(),
  /** Diagnostics of the assertion as YAML-like text, or the console's excerpt. */
  detail: z.string(),
});
export type Failure = Readonly<z.infer<typeof failureSchema>>;

const testSchema = z.object({
  name: z.string(),
  status: z.enum(['passed', 'failed', 'skipped']),
  /** Why it was skipped; '' otherwise. */
  reason: z.string(),
  ms: z.number(),
  /** Assertions that passed, at any depth. */
  assertions: z.number(),
  failures: z.array(failureSchema).readonly(),
});
export type TestRecord = Readonly<z.infer<typeof testSchema>>;

export const fileSchema = z.object({
  /** Relative to the project. */
  file: z.string(),
  ms: z.number(),
  tests: z.array(testSchema).readonly(),
});
/** What one test file says. */
export type FileRecord = Readonly<z.infer<typeof fileSchema>>;

const topicSchema = fileSchema.extend({
  topic: z.string(),
  /** The topic's output: TAP, and what it wrote on standard error. */
  log: z.string(),
});
export type TopicRecord = Readonly<z.infer<typeof topicSchema>>;

export const bootSchema = z.object({
  console: z.string(),
  ms: z.number(),
  /** How the guest ended: 'stopped' is by the harness, at the end. */
  end: z.string(),
  reason: z.string(),
});
export type BootRecord = Readonly<z.infer<typeof bootSchema>>;

const totalsSchema = z.object({ passed: z.number(), failed: z.number(), skipped: z.number() });
export type Totals = Readonly<z.infer<typeof totalsSchema>>;

export const selftestSchema = totalsSchema.extend({
  stage: z.literal('selftest'),
  config: z.string(),
  release: z.string(),
  tree: z.string(),
  accel: z.enum(['kvm', 'tcg']),
  accelReason: z.string(),
  slowness: z.number(),
  topics: z.array(topicSchema).readonly(),
  boots: z.array(bootSchema).readonly(),
  ms: z.number(),
});
export type SelftestRecord = Readonly<z.infer<typeof selftestSchema>>;

/** The unit tests, those of the host, or the type check as one more test. */
export const suiteSchema = totalsSchema.extend({
  stage: z.enum(['unit', 'host', 'types']),
  files: z.array(fileSchema).readonly(),
  ms: z.number(),
});
export type SuiteRecord = Readonly<z.infer<typeof suiteSchema>>;

/** Its reasons are never none: the name says at least which test it is. */
export function failedTest(name: string, failures: readonly Failure[], ms = 0): TestRecord {
  const known = failures.length > 0 ? failures : [{ message: name, detail: '' }];
  return { name, status: 'failed', reason: '', ms, assertions: 0, failures: known };
}
