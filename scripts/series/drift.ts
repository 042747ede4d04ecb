/** How far the changes of one patch on two bases are apart. Pure. */

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

/** How many lines only one of two diffs adds or takes away. */
export function driftOf(one: string, other: string): number {
  const counts = new Map<string, number>();
  for (const line of changedLines(one)) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of changedLines(other)) counts.set(line, (counts.get(line) ?? 0) - 1);
  return [...counts.values()].reduce((sum, count) => sum + Math.abs(count), 0);
}
