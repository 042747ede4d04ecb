/** out/<run>/diff.json: two versions of the series, compared. */
import { z } from 'zod';

/** What became of a patch; in front what weighs less. */
export const WORDS = ['same', 'message', 'context', 'code', 'added', 'removed'] as const;
const wordSchema = z.enum(WORDS);
export type Word = z.infer<typeof wordSchema>;

const sideSchema = z.object({
  /** As it was given: a revision, a directory, an mbox. */
  name: z.string(),
  kind: z.enum(['files', 'revision', 'directory', 'mbox']),
  /** `v1`, where the version says which one it is; its name otherwise. */
  label: z.string(),
  /** The base that its patches are for; null where the version does not say. */
  base: z.string().nullable(),
  patches: z.number(),
});
export type DiffSide = Readonly<z.infer<typeof sideSchema>>;

const patchSchema = z.object({ number: z.number(), subject: z.string() });

const rowSchema = z.object({
  word: wordSchema,
  /** null for a patch that was added. */
  old: patchSchema.nullable(),
  /** null for a patch that was removed. */
  new: patchSchema.nullable(),
  /** Whether the message is another one, whatever the word is. */
  message: z.boolean(),
  /** What `git range-diff` says of the two; '' for a patch that is the same, or has no other. */
  text: z.string(),
});
export type DiffRow = Readonly<z.infer<typeof rowSchema>>;

export const diffSchema = z.object({
  stage: z.literal('diff'),
  old: sideSchema,
  new: sideSchema,
  /** In the order of the new version; a patch that was removed stands where it was. */
  rows: z.array(rowSchema).readonly(),
});
export type DiffRecord = Readonly<z.infer<typeof diffSchema>>;
