/**
 * What a job said is kept: the same job on the same kernel under the same accelerator is not run twice, also after a
 * kill.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { makeDir } from '../lib/make-dir.ts';
import { cachePaths } from '../lib/paths.ts';
import { readJson, writeJson } from '../lib/record.ts';
import { kernelTestSchema, type KernelTest } from '../records/regress.ts';
import type { Job, JobEnd } from './jobs.ts';

/** Another way to run them is another result. */
const WAY = 2;
/** The output and not what was read in it: a reader that was mended reads it anew. */
const keptSchema = z.object({ text: z.string(), exitCode: z.number(), said: z.array(kernelTestSchema).readonly() });

export interface Kept {
  readonly end: JobEnd;
  /** By the kernel, meanwhile. */
  readonly said: readonly KernelTest[];
}

export interface JobStore {
  known(job: Job): Kept | undefined;
  keep(job: Job, kept: Kept): void;
}

/**
 * The directory of a job is named by what the tests and their kernel are made of. @param again forgets what was kept
 */
export function jobStore(accel: string, again: boolean, place = join(cachePaths().root, 'regress')): JobStore {
  const fileOf = (job: Job): string => {
    const made = JSON.stringify([WAY, accel, job]);
    return join(place, `${createHash('sha256').update(made).digest('hex').slice(0, 20)}.json`);
  };
  const mine = new Set<string>();
  return {
    known: (job) => {
      const file = fileOf(job);
      if (again && !mine.has(file)) rmSync(file, { force: true });
      const kept = keptSchema.safeParse(readJson(file)).data;
      if (kept === undefined) return undefined;
      const { said, ...end } = kept;
      return { end: { ...end, why: '' }, said };
    },
    keep: (job, { end: { text, exitCode }, said }) => {
      makeDir(place);
      mine.add(fileOf(job));
      writeJson(fileOf(job), { text, exitCode, said });
    },
  };
}
