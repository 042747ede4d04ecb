/** What a result depends on besides the base: equal hashes are equal patches, configurations, workbench and tests. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Series } from '../series/load.ts';

/** Documents are among the files, and decide nothing. */
const DECIDES = ['package-lock.json', 'kconfig', 'patches', 'scripts', 'selftests'];

/** Of the files of a project that decide on a result, as they are on the disk. */
export function projectDigest(root: string): string {
  const files = DECIDES.flatMap((place) => {
    if (!existsSync(join(root, place))) return [];
    if (place.includes('.')) return [place];
    return readdirSync(join(root, place), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1));
  });
  const hash = createHash('sha256');
  for (const file of files.filter((name) => !name.endsWith('.md')).sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

/** By what decides the commits; what a base has of its own is among it. */
export function seriesDigest({ patches }: Pick<Series, 'patches'>): string {
  const hash = createHash('sha256');
  for (const { digest } of patches) hash.update(`${digest}\n`);
  return hash.digest('hex');
}
