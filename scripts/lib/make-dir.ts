import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, fromSystemError, messageOf, WorkbenchError } from './errors.ts';

/** A directory with its parents; twice is once. @throws E_HOST_READONLY, E_HOST_SPACE */
export function makeDir(path: string): void {
  try {
    makeWithParents(path);
  } catch (error: unknown) {
    throw fromSystemError(error, path);
  }
}

/**
 * Not by `recursive: true`: where a file system has no new directories and says "no such file" (procfs, automounts),
 * Node 20 asks for ever, and where the place is read-only it says the same.
 */
function makeWithParents(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = dirname(path);
  if (!existsSync(parent)) makeWithParents(parent);
  try {
    mkdirSync(path);
  } catch (error: unknown) {
    // another process was faster
    if (errnoOf(error) === 'EEXIST' && statSync(path).isDirectory()) return;
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new WorkbenchError('E_HOST_READONLY', `${parent} takes no directory: ${messageOf(error)}`, {
      next: 'export XDG_CACHE_HOME=/a/directory/of/yours',
      cause: error,
    });
  }
}
