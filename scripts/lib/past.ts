/** How long something took in the last runs. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { outRoot } from './paths.ts';
import { readJson } from './record.ts';

/** Enough for a middle, and few enough to follow a change. */
const RUNS = 5;

/**
 * Milliseconds: the median of the newest records of a stage.
 * @param msOf undefined for a record that says nothing, such as one of work that had not to be done
 * @returns undefined when there is none
 */
export function pastMs<T>(
  root: string,
  stage: string,
  schema: z.ZodType<T>,
  msOf: (record: T) => number | undefined,
): number | undefined {
  const known: number[] = [];
  const out = outRoot(root);
  for (const run of existsSync(out) ? readdirSync(out).sort().reverse() : []) {
    const { data } = schema.safeParse(readJson(join(out, run, `${stage}.json`)));
    const ms = data === undefined ? undefined : msOf(data);
    if (ms !== undefined) known.push(ms);
    if (known.length === RUNS) break;
  }
  return known.sort((a, b) => a - b)[Math.floor(known.length / 2)];
}
