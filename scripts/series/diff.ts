/**
 * Diffs as `git diff` writes them: all that `git apply` would do with a text, or the line at which that is not so.
 * Pure; lines are bytes, one a character (latin1).
 */
import {
  canFollow,
  changesAlone,
  type ChangeKind,
  headerEnd,
  headerFault,
  isIrreversible,
  kindOf,
  pathOf,
} from './file-header.ts';

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
  readonly code: 'PATCH_TRUNCATED' | 'PATCH_BINARY' | 'PATCH_DIFF';
  readonly message: string;
  /** From 1. */
  readonly line: number;
}

export interface ParsedDiff {
  readonly files: readonly FileDiff[];
  readonly problems: readonly DiffProblem[];
  /** Index of the first line behind the diff: a mail's signature, the end of the file. */
  readonly end: number;
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const NO_NEWLINE = /^\\ .{9}/;

/** Whether git apply, or a person, may take a line of a text for a part of a diff. */
export function looksLikeDiff(line: string): boolean {
  return /^(?:diff -|Index: |@@ -|--- .|\+\+\+ .|GIT binary patch$)/.test(line);
}

/**
 * Reads `lines` from a `diff --git` line on, counts every hunk against its header, and ends at the first other line.
 */
export function parseDiff(lines: readonly string[], start: number): ParsedDiff {
  const files: FileDiff[] = [];
  const problems: DiffProblem[] = [];
  let index = start;
  const kinds = new Map<string, ChangeKind>();
  while (lines[index]?.startsWith('diff --git ') === true) {
    const one = parseFile(lines, index);
    const { path } = one.file;
    files.push(one.file);
    problems.push(...one.problems);
    if (!canFollow(kinds.get(path), one.kind))
      problems.push({
        code: 'PATCH_DIFF',
        message: `git apply would drop a second change of ${path}`,
        line: index + 1,
      });
    kinds.set(path, one.kind);
    index = one.end;
    if (problems.length > 0) break;
  }
  return { files, problems, end: index };
}

interface ParsedFile {
  readonly file: FileDiff;
  readonly kind: ChangeKind;
  readonly problems: readonly DiffProblem[];
  readonly end: number;
}

function parseFile(lines: readonly string[], start: number): ParsedFile {
  const problems: DiffProblem[] = [];
  const hunks: Hunk[] = [];
  let [index, added, removed] = [headerEnd(lines, start), 0, 0];
  const header = lines.slice(start, index);
  const names = [0, 1].map((at) => /^(?:---|\+\+\+) (.+)$/s.exec(lines[index + at] ?? '')?.[1]);
  const textual = lines[index]?.startsWith('--- ') === true && lines[index + 1]?.startsWith('+++ ') === true;
  const path = pathOf(header, textual ? names : undefined);
  const add = (code: DiffProblem['code'], message: string, line: number): void =>
    void problems.push({ code, message, line });
  const fault = headerFault(header, path);
  if (fault !== undefined) add('PATCH_DIFF', fault.message, start + fault.line + 1);
  if (textual) index += 2;
  for (let hunk = textual ? HUNK.exec(lines[index] ?? '') : null; hunk !== null; hunk = HUNK.exec(lines[index] ?? '')) {
    hunks.push({ oldStart: Number(hunk[1]), newStart: Number(hunk[3]), line: index + 1 });
    const counted = countHunk(lines, index + 1, Number(hunk[2] ?? 1), Number(hunk[4] ?? 1));
    added += counted.added;
    removed += counted.removed;
    if (!counted.complete) add('PATCH_TRUNCATED', `a hunk of ${path} ends before its header says`, index + 1);
    index = counted.next;
  }
  if (/^(?:GIT binary patch|Binary files .* differ)$/s.test(lines[index] ?? ''))
    add('PATCH_BINARY', 'a binary change cannot be mailed to the list', index + 1);
  else if (hunks.length === 0 && isIrreversible(header, textual, lines[index]))
    add('PATCH_DIFF', `git apply cannot take ${path} away without its lines; make the patch without -D`, start + 1);
  else if (hunks.length === 0 && (textual || !changesAlone(header)))
    add('PATCH_TRUNCATED', `the change of ${path} is missing`, index);
  return { file: { path: path ?? '', added, removed, hunks }, kind: kindOf(header), problems, end: index };
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
    const line = lines[index];
    const mark = line?.[0];
    // the last element of a text that ends in a newline is empty: that is the end, not a context line
    if (mark === undefined && index >= lines.length - 1) break;
    if (mark === '+') added++;
    else if (mark === '-') removed++;
    else if (mark === ' ' || mark === undefined) context++;
    else if (line === undefined || !NO_NEWLINE.test(line)) break;
    index++;
  }
  const complete =
    removed + context === oldCount && added + context === newCount && added + removed > 0 && index < lines.length;
  if (NO_NEWLINE.test(lines[index] ?? '')) index++;
  return { added, removed, next: index, complete };
}

/** The diff without blob ids and line numbers: equal texts make the same change at whatever place. */
export function normalizeDiff(diff: string): string {
  return withoutBlobIds(diff).replace(/^@@ -\d+(,\d+)? \+\d+(,\d+)? @@.*$/gm, '@@$1$2');
}

/** The diff without blob ids: they also change when other lines of the base do. */
export function withoutBlobIds(text: string): string {
  return text.replace(/^index [0-9a-f]+\.\.[0-9a-f]+/gm, 'index');
}
