import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Names of the lock files in a directory that a process holds, by flock(1) itself. */
export function heldLocks(directory: string): string[] {
  return readdirSync(directory).filter(
    (file) => spawnSync('flock', ['-n', join(directory, file), 'true']).status !== 0,
  );
}
