/** out/<run>/apply.json: what `apply` hands to the next stage. */
import { z } from 'zod';

/** A kernel tree that the series can be put on: one commit in one git repository. */
const baseSchema = z.object({
  /** Its name in the manifest. */
  name: z.string(),
  /** VERSION.PATCHLEVEL.SUBLEVEL and EXTRAVERSION of its Makefile. */
  kernel: z.string(),
  /** Where it is from, exactly: package and version, url and ref, or the person's own directory and ref. */
  origin: z.string(),
  /** Where git is run for it: a bare repository of the cache, or the person's own checkout. */
  repo: z.string(),
  commit: z.string(),
  tree: z.string(),
  /** Committer date, in seconds: what makes the series' commits the same wherever they are made. */
  seconds: z.number(),
  /** Names the worktree: the same content has the same key. */
  key: z.string(),
  /** A person's checkout: nothing but an own branch and an own worktree may appear in it. */
  personal: z.boolean(),
  /** Options of a command that choose it again; none for the manifest's default. */
  options: z.array(z.string()).readonly(),
});
export type BaseTree = Readonly<z.infer<typeof baseSchema>>;

/** How a patch went in: as it is, at shifted lines, or through a three-way merge. */
export const fitSchema = z.enum(['exact', 'shifted', 'merged']);
export type Fit = z.infer<typeof fitSchema>;

const commitSchema = z.object({
  id: z.string(),
  subject: z.string(),
  file: z.string(),
  commit: z.string(),
  files: z.number(),
  added: z.number(),
  removed: z.number(),
  fit: fitSchema,
});
export type AppliedCommit = Readonly<z.infer<typeof commitSchema>>;

export const applySchema = z.object({
  stage: z.literal('apply'),
  series: z.object({ name: z.string(), version: z.number() }),
  /** Of the patch files, by KCIDB's rule; older records have none. */
  patchset: z.string().optional(),
  base: baseSchema,
  worktree: z.string(),
  branch: z.string(),
  head: z.string(),
  /** Tree of `head`: equal trees are equal sources, whatever the commits. */
  tree: z.string(),
  commits: z.array(commitSchema).readonly(),
  /** Commits that were there already. */
  reused: z.number(),
  durationMs: z.number(),
});
export type ApplyRecord = Readonly<z.infer<typeof applySchema>>;
