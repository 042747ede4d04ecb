/** How much of a patch a reviewer has to read. Pure. */
import type { Finding } from '../records/series.ts';
import { finding } from './list.ts';

/** What a reviewer keeps in mind at one sitting; a larger one is split, or says in patches/exceptions.yaml why not. */
const LIMIT_LINES = 400;
/** The copy is compared with its original by a check of its own; what a program has written has not to be read. */
const NOT_READ = /^tools\/include\/uapi\/|(?:^|\/)generated\/|\.(?:lock|svg|pdf)$/;

/** @param numstat of `git diff --numstat --no-renames`; a file that is not text has `-` */
export function changedLines(numstat: string): number {
  return numstat
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([, , path]) => path !== undefined && !NOT_READ.test(path))
    .reduce((sum, [added, removed]) => sum + (Number(added) || 0) + (Number(removed) || 0), 0);
}

export function sizeFindings(numstat: string): Finding[] {
  const lines = changedLines(numstat);
  if (lines <= LIMIT_LINES) return [];
  return [finding('size', 'PATCH_SIZE', `${lines} changed lines, at most ${LIMIT_LINES}: split it`)];
}
