export interface Hunk {
  /** Line in the old file, from 1; 0 for a new file. */
  readonly oldStart: number;
  readonly newStart: number;
  /** Line of the `@@` in the patch file, from 1. */
  readonly line: number;
}

export interface FileDiff {
  /** Path after the change, or before it when the file is deleted. */
  readonly path: string;
  readonly added: number;
  readonly removed: number;
  readonly hunks: readonly Hunk[];
}

export interface DiffProblem {
  readonly code: 'PATCH_TRUNCATED' | 'PATCH_BINARY';
  readonly message: string;
  readonly line: number;
}

export interface ParsedDiff {
  readonly files: readonly FileDiff[];
  readonly problems: readonly DiffProblem[];
  /** Index of the first line behind the diff: a mail's signature, the end of the file. */
  readonly end: number;
}

const FILE = /^diff --git (?:"?a\/(.+?)"?) (?:"?b\/(.+?)"?)$/;
const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** Reads `lines` from a `diff --git` line on and counts every hunk against its header. */
export function parseDiff(lines: readonly string[], start: number): ParsedDiff {
  const files: (Omit<FileDiff, 'added' | 'removed' | 'hunks'> & { added: number; removed: number; hunks: Hunk[] })[] = [];
  const problems: DiffProblem[] = [];
  let index = start;
  let end = start;
  while (index < lines.length) {
    const line = lines[index] ?? '';
    const file = FILE.exec(line);
    const hunk = HUNK.exec(line);
    const current = files.at(-1);
    if (file !== null) {
      files.push({ path: file[2] ?? '', added: 0, removed: 0, hunks: [] });
      end = ++index;
    } else if (hunk !== null && current !== undefined) {
      current.hunks.push({ oldStart: Number(hunk[1]), newStart: Number(hunk[3]), line: index + 1 });
      const counted = countHunk(lines, index + 1, Number(hunk[2] ?? 1), Number(hunk[4] ?? 1));
      current.added += counted.added;
      current.removed += counted.removed;
      if (!counted.complete) {
        problems.push({ code: 'PATCH_TRUNCATED', message: `a hunk of ${current.path} ends before its header says`, line: index + 1 });
      }
      end = index = counted.next;
    } else if (/^(GIT binary patch|Binary files .* differ)$/.test(line)) {
      problems.push({ code: 'PATCH_BINARY', message: 'a binary change cannot be mailed to the list', line: index + 1 });
      end = ++index;
    } else if (/^(index |old mode|new mode|new file|deleted file|similarity |dissimilarity |rename |copy |--- |\+\+\+ )/.test(line)) {
      end = ++index;
    } else {
      break;
    }
  }
  const last = files.at(-1);
  if (last !== undefined && last.hunks.length === 0 && !lines.slice(start, end).some((line) => /^(rename|copy|old mode|new file|deleted file) /.test(line))) {
    problems.push({ code: 'PATCH_TRUNCATED', message: `the change of ${last.path} is missing`, line: end });
  }
  return { files, problems, end };
}

interface Counted {
  readonly added: number;
  readonly removed: number;
  readonly next: number;
  readonly complete: boolean;
}

function countHunk(lines: readonly string[], from: number, oldCount: number, newCount: number): Counted {
  let index = from;
  let [added, removed, context] = [0, 0, 0];
  while (removed + context < oldCount || added + context < newCount) {
    const mark = lines[index]?.[0];
    // the last element of a text that ends in a newline is empty: that is the end, not a context line
    if (mark === undefined && index >= lines.length - 1) break;
    if (mark === '+') added++;
    else if (mark === '-') removed++;
    else if (mark === ' ' || mark === undefined) context++;
    else if (mark !== '\\') break;
    index++;
  }
  const complete = removed + context === oldCount && added + context === newCount && index < lines.length;
  if (lines[index]?.startsWith('\\')) index++;
  return { added, removed, next: index, complete };
}

/** The diff without blob ids and line numbers: equal texts make the same change at whatever place. */
export function normalizeDiff(diff: string): string {
  return diff.replace(/^index [0-9a-f]+\.\.[0-9a-f]+/gm, 'index').replace(/^@@ -\d+(,\d+)? \+\d+(,\d+)? @@.*$/gm, '@@$1$2');
}

/** The diff without blob ids: they also change when other lines of the base do. */
export function withoutBlobIds(text: string): string {
  return text.replace(/^index [0-9a-f]+\.\.[0-9a-f]+/gm, 'index');
}
