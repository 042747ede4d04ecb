import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError } from '../lib/errors.ts';
import { startTime } from '../lib/start-time.ts';

/**
 * New files first, then the manifest that names them, then the deletions: killed in between, the next run repeats it.
 */
export function writeAll(
  directory: string,
  written: readonly (readonly [file: string, content: Buffer])[],
  removed: readonly string[],
): void {
  for (const [file, content] of written) {
    const path = join(directory, file);
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      writeFileSync(temporary, content);
      renameSync(temporary, path);
    } catch (error: unknown) {
      rmSync(temporary, { force: true });
      throw fromSystemError(error, path);
    }
  }
  for (const file of removed) rmSync(join(directory, file), { force: true });
}

/** Half a file of a run that was killed at it. */
export function removeLeftovers(directory: string): void {
  for (const file of readdirSync(directory)) {
    const pid = /^.+\.(?:patch|diff|yaml)\.(\d+)\.tmp$/.exec(file)?.[1];
    if (pid !== undefined && startTime(Number(pid)) === undefined) rmSync(join(directory, file), { force: true });
  }
}

/** undefined when there is no such file. */
export function readContent(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
