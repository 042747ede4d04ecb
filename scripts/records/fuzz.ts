/** out/<run>/fuzz.NAME.json: what a run of the fuzzer leaves behind. */
import { z } from 'zod';

export const fuzzSchema = z.object({
  stage: z.literal('fuzz'),
  config: z.string(),
  /** git's hash of the kernel tree. */
  tree: z.string(),
  release: z.string(),
  accel: z.string(),
  guests: z.number(),
  seed: z.number(),
  programs: z.number(),
  /** By the kernel, and with the interpreter, too. */
  loaded: z.number(),
  interpreted: z.number(),
  /** The model's verdicts. */
  accept: z.number(),
  refuse: z.number(),
  unknown: z.number(),
  /** Runs with the JIT, and those that there is nothing to compare with. */
  runs: z.number(),
  unclear: z.number(),
  notRepeated: z.number(),
  deaths: z.number(),
  ms: z.number(),
  findings: z
    .array(
      z.object({
        index: z.number(),
        kind: z.string(),
        text: z.string(),
        also: z.array(z.string()).readonly(),
        words: z.array(z.string()).readonly(),
        program: z.array(z.string()).readonly(),
      }),
    )
    .readonly(),
});
export type FuzzRecord = Readonly<z.infer<typeof fuzzSchema>>;
