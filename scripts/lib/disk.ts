import { statfsSync } from 'node:fs';
import { WorkbenchError } from './errors.ts';

/** With less than this the next file of a kernel tree does not fit. */
const FULL_BYTES = 256 * 1024;

/**
 * Programs have many words for a full disk, most of them about something else: `git am` says that a patch does not
 * apply. So code that sees a failure asks here first; undefined when there is space.
 */
export function fullDisk(
  directory: string,
  failure: { readonly detail: string; readonly cause?: unknown },
): WorkbenchError | undefined {
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize > FULL_BYTES) return undefined;
  return new WorkbenchError('E_HOST_SPACE', `no space left in ${directory}`, {
    ...failure,
    next: 'free some space, or set XDG_CACHE_HOME to a larger place, and run the command again',
  });
}
