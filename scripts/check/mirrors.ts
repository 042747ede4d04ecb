/** tools/ has copies of uapi headers; a patch may not take the two further apart than its parent has them. Pure. */
import type { Finding } from '../records/series.ts';
import { finding } from './list.ts';

export const copyOf = (header: string): string => `tools/${header}`;

/** The uapi headers of which the original or the copy is among `touched`. */
export function mirrorsOf(touched: readonly string[]): string[] {
  const headers = touched.map((path) => path.replace(/^tools\//, ''));
  return [...new Set(headers.filter((path) => /^include\/uapi\/.*\.h$/.test(path)))].sort();
}

/** What is in one and not in the other, with its mark. */
function apart(diff: string): string[] {
  return diff.split('\n').filter((line) => /^[-+]/.test(line) && !/^(?:---|\+\+\+) /.test(line));
}

/**
 * Differences that the base has are its own affair.
 * @param before, after diffs without context from the original to the copy, on the parent and on the patch
 */
export function mirrorFindings(header: string, before: string, after: string): Finding[] {
  const known = apart(before);
  const fresh = apart(after).filter((line) => {
    const at = known.indexOf(line);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
  const [first] = fresh;
  if (first === undefined) return [];
  const where = first.startsWith('-') ? header : copyOf(header);
  const text = first.slice(1).trim();
  return [
    finding(
      'uapi',
      'UAPI_TWINS',
      `${header} and its copy under tools/ differ: ${fresh.length} lines, only ${where} has "${text}"`,
    ),
  ];
}
