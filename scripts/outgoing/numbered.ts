/** The patches of a directory as `git format-patch -o` leaves them: of one version, and all of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { fileNumber } from '../series/schema.ts';
import { missingOf, partsOf } from './mbox.ts';

export interface Entries {
  readonly label: string;
  readonly base: string | null;
  readonly files: readonly { readonly file: string; readonly except?: readonly string[] | undefined }[];
}

const ONE_VERSION = 'one version a directory: git format-patch -o DIRECTORY';

/**
 * @throws E_USAGE for two versions, E_PATCH_FORMAT where a number is left out: the patch would seem added or removed
 */
export function numbered(dir: string, shown: string): Entries {
  const files = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && fileNumber(entry.name) > 0)
    .map(({ name }) => name)
    .sort((a, b) => fileNumber(a) - fileNumber(b) || (a < b ? -1 : 1));
  const twice = files.find((file, index) => index > 0 && fileNumber(files[index - 1] ?? '') === fileNumber(file));
  if (twice !== undefined)
    throw new WorkbenchError('E_USAGE', `${shown} has more than one patch ${fileNumber(twice)}`, {
      position: { file: `${shown}/${twice}` },
      next: ONE_VERSION,
    });
  const total = Math.max(0, ...files.map((file) => Math.max(fileNumber(file), totalIn(join(dir, file)))));
  const missing = missingOf(files.map(fileNumber), total);
  if (missing.length > 0)
    throw new WorkbenchError('E_PATCH_FORMAT', `${shown} is no whole series`, {
      position: { file: shown },
      problems: missing.map((number) => ({
        code: 'SERIES_FILE_MISSING',
        message: `patch ${number} of ${total} is not there`,
        position: { file: shown },
      })),
      next: ONE_VERSION,
    });
  const version = /^v(\d+)-/.exec(files[0] ?? '')?.[1];
  return {
    label: version === undefined ? basename(shown) : `v${version}`,
    base: null,
    files: files.map((file) => ({ file })),
  };
}

/** What the subject says, as in `[PATCH 3/11]`; 1 where it says nothing. */
function totalIn(path: string): number {
  const [, subject = ''] = /^Subject: (.*)$/m.exec(readFileSync(path, 'latin1')) ?? [];
  return partsOf(subject)?.total ?? 1;
}
