/** How far the changes of one patch on two bases are apart. Pure. */
import type { SeriesPatch } from './patchfile.ts';

/** The lines that a diff takes away and adds, wherever they are. */
function changedLines(diff: string): string[] {
  let inHunk = false;
  return diff.split('\n').filter((line) => {
    if (line.startsWith('diff --git ')) inHunk = false;
    else if (line.startsWith('@@ ')) inHunk = true;
    else return inHunk && /^[+-]/.test(line);
    return false;
  });
}

/** What to say of a base whose patches have diffs of their own; undefined when none has. */
export function ownDiffs(
  base: string,
  primary: readonly SeriesPatch[],
  there: readonly SeriesPatch[],
): string | undefined {
  const own = there.filter(({ file, diffFile }) => diffFile !== file);
  if (own.length === 0) return undefined;
  const diffOf = (id: string): string => primary.find((patch) => patch.id === id)?.diff ?? '';
  const lines = own.reduce((sum, { id, diff }) => sum + driftOf(diffOf(id), diff), 0);
  const which = `${own.length} of ${there.length} patches have a diff of their own for ${base}`;
  return `${which}; ${lines} added and removed lines are not those of the primary base`;
}

/** How many lines only one of two diffs adds or takes away. */
export function driftOf(one: string, other: string): number {
  const counts = new Map<string, number>();
  for (const line of changedLines(one)) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of changedLines(other)) counts.set(line, (counts.get(line) ?? 0) - 1);
  return [...counts.values()].reduce((sum, count) => sum + Math.abs(count), 0);
}
