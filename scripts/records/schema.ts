/** What a report needs of each stage's record; a record that lacks it is named and makes the report incomplete. */
import { z } from 'zod';

export const applySchema = z.object({
  stage: z.literal('apply'),
  series: z.object({ name: z.string(), version: z.number() }),
  base: z.object({ name: z.string(), kernel: z.string(), origin: z.string(), commit: z.string() }),
  head: z.string(),
  tree: z.string(),
  commits: z.array(z.object({
    id: z.string(), subject: z.string(), file: z.string(), commit: z.string(),
    files: z.number(), added: z.number(), removed: z.number(), fit: z.string(),
  })),
  durationMs: z.number(),
});

export const configSchema = z.object({
  stage: z.literal('config'),
  config: z.string(),
  fragments: z.array(z.string()),
  leftOut: z.array(z.object({ name: z.string(), why: z.string() })),
  requests: z.number(),
  enabled: z.number(),
  sha256: z.string(),
  reused: z.boolean(),
  ms: z.number(),
});

const warning = z.object({ file: z.string(), line: z.number().optional(), where: z.string(), message: z.string() });

export const buildSchema = z.object({
  stage: z.literal('build'),
  config: z.string(),
  source: z.object({ tree: z.string(), version: z.string(), base: z.string() }),
  compiler: z.string(),
  release: z.string(),
  reused: z.boolean(),
  steps: z.number(),
  ms: z.number(),
  warnings: z.array(warning),
  newWarnings: z.array(warning),
});

const test = z.object({
  name: z.string(),
  status: z.enum(['passed', 'failed', 'skipped']),
  reason: z.string(),
  ms: z.number(),
  assertions: z.number(),
  failures: z.array(z.object({ message: z.string(), detail: z.string() })),
});

export const selftestSchema = z.object({
  stage: z.literal('selftest'),
  config: z.string(),
  release: z.string(),
  tree: z.string(),
  accel: z.string(),
  accelReason: z.string(),
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  topics: z.array(z.object({ topic: z.string(), file: z.string(), ms: z.number(), tests: z.array(test) })),
  boots: z.array(z.object({ ms: z.number(), end: z.string(), reason: z.string() })),
  ms: z.number(),
});

/** The unit tests, or the type check in the same shape: what a run tests of the workbench itself. */
export const suiteSchema = z.object({
  stage: z.enum(['unit', 'types']),
  files: z.array(z.object({
    file: z.string(),
    ms: z.number(),
    tests: z.array(z.object({
      name: z.string(), ok: z.boolean(), skip: z.string().optional(), failures: z.array(z.object({ name: z.string(), detail: z.string() })),
    })),
  })),
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  ms: z.number(),
});

/** What a run set out to do, written before anything else: what is missing at its end did not happen. */
export const planSchema = z.object({ stage: z.literal('plan'), configs: z.array(z.string()), suites: z.array(z.enum(['unit', 'types'])) });

/** A configuration that got no verdict: it could not be configured, built or booted. */
export const failureSchema = z.object({ stage: z.literal('failure'), config: z.string(), code: z.string(), message: z.string() });

export const checkSchema = z.object({
  stage: z.literal('check'),
  head: z.string(),
  ok: z.boolean(),
  patches: z.array(z.object({
    id: z.string(),
    findings: z.array(z.object({ check: z.string(), message: z.string() })),
    excused: z.number(),
    newWarnings: z.number(),
  })),
});

export const bisectSchema = z.object({
  stage: z.literal('bisect'),
  head: z.string(),
  ok: z.boolean(),
  patches: z.array(z.object({
    id: z.string(),
    variants: z.array(z.object({ variant: z.string(), outcome: z.string(), ok: z.boolean(), ms: z.number() })),
  })),
});

export const environmentSchema = z.object({
  stage: z.literal('environment'),
  facts: z.array(z.object({ name: z.string(), value: z.string() })),
});

export type ApplyPart = z.infer<typeof applySchema>;
export type ConfigPart = z.infer<typeof configSchema>;
export type BuildPart = z.infer<typeof buildSchema>;
export type SelftestPart = z.infer<typeof selftestSchema>;
export type SuitePart = z.infer<typeof suiteSchema>;
export type FailurePart = z.infer<typeof failureSchema>;
export type CheckPart = z.infer<typeof checkSchema>;
export type BisectPart = z.infer<typeof bisectSchema>;
export type EnvironmentPart = z.infer<typeof environmentSchema>;
