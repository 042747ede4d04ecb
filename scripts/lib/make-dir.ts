import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, fromSystemError } from './errors.ts';

/** A directory with its parents; twice is once. @throws E_HOST_READONLY, E_HOST_SPACE */
export function makeDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error: unknown) {
    throw fromSystemError(errnoOf(error) === 'ENOENT' ? (reasonOf(path) ?? error) : error, path);
  }
}

/**
 * A recursive mkdir says "no such file" where the system said that the place is read-only: asks again, for one
 * directory.
 */
function reasonOf(path: string): unknown {
  let first = path;
  while (!existsSync(dirname(first))) first = dirname(first);
  try {
    mkdirSync(first);
    return undefined;
  } catch (error: unknown) {
    return error;
  }
}
