/** Which patch of a version is which of the next one. Pure. */
import { changedLines, type Compared } from './compare.ts';

/** Indices from 0; undefined for a patch that was added or removed. */
export interface Pair {
  readonly old: number | undefined;
  readonly next: number | undefined;
}

/** Of two patches with different subjects and more than this in common, one has become the other. */
const ALIKE = 0.5;
const SAME_SUBJECT = 2;
const SAME_CHANGE = 4;

/** The same change is the same patch, whatever it is called; then the subject decides, then how much is alike. */
export function pairUp(old: readonly Compared[], next: readonly Compared[]): Pair[] {
  const [before, after] = [old.map(changedLines), next.map(changedLines)];
  const scored = old.flatMap((was, i) =>
    next.map((is, j) => ({
      i,
      j,
      score:
        (before[i]?.join('\0') === after[j]?.join('\0') ? SAME_CHANGE : 0) +
        (plain(was.subject) === plain(is.subject) ? SAME_SUBJECT : 0) +
        likeness(before[i] ?? [], after[j] ?? []),
    })),
  );
  const best = scored
    .filter(({ score }) => score > ALIKE)
    .sort((a, b) => b.score - a.score || Math.abs(a.i - a.j) - Math.abs(b.i - b.j) || a.j - b.j);
  const found = new Map<number, number>();
  const taken = new Set<number>();
  for (const { i, j } of best) {
    if (found.has(j) || taken.has(i)) continue;
    found.set(j, i);
    taken.add(i);
  }
  return inOrder(found, taken, old.length, next.length);
}

/** In the order of the new version; a patch that was removed stands behind the one that it followed. */
function inOrder(found: ReadonlyMap<number, number>, taken: ReadonlySet<number>, olds: number, nexts: number): Pair[] {
  const gone = Array.from({ length: olds }, (_, i) => i).filter((i) => !taken.has(i));
  const rows: Pair[] = [];
  for (let j = 0; j < nexts; j++) {
    const old = found.get(j);
    while (old !== undefined && gone[0] !== undefined && gone[0] < old)
      rows.push({ old: gone.shift(), next: undefined });
    rows.push({ old, next: j });
  }
  return [...rows, ...gone.map((i) => ({ old: i, next: undefined }))];
}

const plain = (subject: string): string => subject.toLowerCase().replace(/\s+/g, ' ').trim();

/** The share of lines that both have, from 0 to 1; empty lines and braces say nothing. */
function likeness(a: readonly string[], b: readonly string[]): number {
  const telling = (lines: readonly string[]): string[] => lines.filter((line) => /\w/.test(line.split('\n')[1] ?? ''));
  const [ours, theirs] = [telling(a), telling(b)];
  const left = new Map<string, number>();
  for (const line of ours) left.set(line, (left.get(line) ?? 0) + 1);
  let shared = 0;
  for (const line of theirs) {
    const count = left.get(line) ?? 0;
    if (count > 0) shared++;
    left.set(line, count - 1);
  }
  return ours.length + theirs.length === 0 ? 0 : (2 * shared) / (ours.length + theirs.length);
}
