/** What a run says about itself: out/<run>/plan.json, environment.json and failure.CONFIG.json. */
import { z } from 'zod';

/** What it set out to do, written before anything else: what is missing at its end did not happen. */
export const planSchema = z.object({
  stage: z.literal('plan'),
  configs: z.array(z.string()).readonly(),
  suites: z.array(z.enum(['unit', 'types'])).readonly(),
});
export type PlanRecord = Readonly<z.infer<typeof planSchema>>;

/** The host it ran on. */
export const environmentSchema = z.object({
  stage: z.literal('environment'),
  facts: z.array(z.object({ name: z.string(), value: z.string() })).readonly(),
});
export type EnvironmentRecord = Readonly<z.infer<typeof environmentSchema>>;

/** A configuration that got no verdict: it could not be configured, built or booted. */
export const failureSchema = z.object({
  stage: z.literal('failure'),
  config: z.string(),
  code: z.string(),
  exitCode: z.number(),
  message: z.string(),
  position: z.object({ file: z.string(), line: z.number().optional(), col: z.number().optional() }).optional(),
  next: z.string(),
});
export type FailureRecord = Readonly<z.infer<typeof failureSchema>>;
