/** out/<run>/cell.json: what one machine found out about one cell of the matrix. */
import { z } from 'zod';

/** How far a cell goes; each includes those in front of it. */
export const UNTIL = ['apply', 'build', 'test'] as const;
export type Until = (typeof UNTIL)[number];

const fields = z.object({
  stage: z.literal('cell'),
  /** BASE/PATCH/CONFIGURATION/ARCHITECTURE. */
  cell: z.string(),
  until: z.enum(UNTIL),
  /** Of the files that decide on a result: patches, fragments, workbench, topics, npm packages. */
  project: z.string(),
  /** Of the patches up to this one. */
  series: z.string(),
  /** '' where the base could not be had. */
  baseCommit: z.string(),
  /** git's hash of the tree with these patches: the content that was built. '' where they do not apply. */
  tree: z.string(),
  /** 'died': the machine or the network got in the way, which is no verdict on the cell. */
  verdict: z.enum(['passed', 'failed', 'died']),
  /** As of the command that ran it. */
  exitCode: z.number(),
  /** Why it did not pass; '' when it did. */
  reason: z.string(),
  /** Topics with their tests; none unless the cell went as far as that. */
  topics: z
    .array(z.object({ topic: z.string(), passed: z.number(), failed: z.number(), skipped: z.number() }))
    .readonly(),
  host: z.string(),
  /** ISO 8601, in UTC. */
  finished: z.iso.datetime(),
  ms: z.number(),
});
/** A record that contradicts itself says nothing: it was damaged, or is of a workbench that judged in another way. */
export const cellSchema = fields.refine(({ until, verdict, exitCode, baseCommit, tree, topics }) => {
  if (verdict !== 'passed') return exitCode !== 0;
  const tests = topics.some(({ passed }) => passed > 0) && topics.every(({ failed }) => failed === 0);
  return exitCode === 0 && baseCommit !== '' && tree !== '' && (tests || until !== 'test');
});
export type CellRecord = Readonly<z.infer<typeof cellSchema>>;
