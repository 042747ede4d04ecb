/**
 * Diffs as `git diff` writes them: all that `git apply` would do with a text, or the line at which that is not so.
 * Pure; lines are bytes, one a character (latin1).
 */
import { fromUtf8 } from './mailinfo.ts';

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
const META = /^(?:old mode|new mode|deleted file mode|new file mode) \d{6}$|^(?:rename|copy) (?:from|to) ./;
const INFO = /^(?:dis)?similarity index \d+%$|^index [0-9a-f]+\.\.[0-9a-f]+(?: \d{6})?$/;
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
  while (lines[index]?.startsWith('diff --git ') === true) {
    const one = parseFile(lines, index);
    files.push(one.file);
    problems.push(...one.problems);
    index = one.end;
    if (one.problems.length > 0) break;
  }
  return { files, problems, end: index };
}

interface ParsedFile {
  readonly file: FileDiff;
  readonly problems: readonly DiffProblem[];
  readonly end: number;
}

function parseFile(lines: readonly string[], start: number): ParsedFile {
  const problems: DiffProblem[] = [];
  const hunks: Hunk[] = [];
  let [index, added, removed] = [start + 1, 0, 0];
  while (META.test(lines[index] ?? '') || INFO.test(lines[index] ?? '')) index++;
  const header = lines.slice(start, index);
  const names = [0, 1].map((at) => /^(?:---|\+\+\+) (.+)$/s.exec(lines[index + at] ?? '')?.[1]);
  const textual = lines[index]?.startsWith('--- ') === true && lines[index + 1]?.startsWith('+++ ') === true;
  const path = pathOf(header, textual ? names : undefined);
  const add = (code: DiffProblem['code'], message: string, line: number): void =>
    void problems.push({ code, message, line });
  if (path === undefined)
    add(
      'PATCH_DIFF',
      'the names of this file are not those that git diff writes: a/PATH and b/PATH, in UTF-8',
      start + 1,
    );
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
  else if (hunks.length === 0 && (textual || !header.some((line) => META.test(line))))
    add('PATCH_TRUNCATED', `the change of ${path} is missing`, index);
  return { file: { path: path ?? '', added, removed, hunks }, problems, end: index };
}

/** The path of a change; undefined when the lines that name it are not of one mind, which git refuses, too. */
function pathOf(header: readonly string[], textual: readonly (string | undefined)[] | undefined): string | undefined {
  const first = header[0]?.slice('diff --git '.length) ?? '';
  const moved = (way: 'from' | 'to'): string | undefined =>
    header
      .map((line) => new RegExp(`^(?:rename|copy) ${way} (.+)$`, 's').exec(line)?.[1])
      .find((name) => name !== undefined);
  const [from, to] = [moved('from'), moved('to')];
  if (!/^"?a\/.* "?b\/./s.test(first) || (from === undefined) !== (to === undefined)) return undefined;
  const [before, after] =
    from === undefined || to === undefined ? [twin(first), twin(first)] : [plainName(from), plainName(to)];
  if (before === undefined || after === undefined) return undefined;
  const has = (mode: string): boolean => header.some((line) => line.startsWith(mode));
  const wanted = [
    has('new file mode') ? '/dev/null' : `a/${before}`,
    has('deleted file mode') ? '/dev/null' : `b/${after}`,
  ];
  // git writes a tab behind a name with a blank
  if (textual?.some((name, index) => plainName(name?.replace(/\t$/, '') ?? '') !== wanted[index]) === true)
    return undefined;
  return after;
}

/** The name that stands twice in a header's first line. */
function twin(names: string): string | undefined {
  const half = names.slice(0, (names.length - 1) / 2);
  const [before, after] = [plainName(half), plainName(names.slice(half.length + 1))];
  return names[half.length] === ' ' && before?.slice(2) === after?.slice(2) ? after?.slice(2) : undefined;
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** A name without git's quotes; undefined when it is not UTF-8. */
function plainName(text: string): string | undefined {
  const quoted = /^"(.*)"$/s.exec(text)?.[1];
  return fromUtf8(
    quoted === undefined
      ? text
      : quoted.replace(/\\([0-7]{3}|.)/gs, (_, code: string) =>
          code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES[code] ?? code),
        ),
  );
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
