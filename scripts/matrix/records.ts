/** Files of cells below directories: of this machine's out/, or collected from many. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { readJson } from '../lib/record.ts';
import type { Found } from './merge.ts';

export const CELL_FILE = 'cell.json';

/** @throws E_RECORD_MISSING for a directory that is not there: a forgotten one would only look like missing cells */
export function findRecords(directories: readonly string[]): Found[] {
  return directories.flatMap((directory) => {
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new WorkbenchError('E_RECORD_MISSING', `no directory ${directory}`, { next: 'npm run matrix -- --help' });
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((file) => file === CELL_FILE || file.endsWith(`/${CELL_FILE}`))
      .map((file) => ({ path: join(directory, file), record: readJson(join(directory, file)) }));
  });
}
