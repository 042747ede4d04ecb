/**
 * The lines from `diff --git` to `---`, as git's apply.c reads them: names, modes, renames. What git never writes, and
 * would refuse, guess at or make a damaged tree of, is refused by name. Pure; bytes, one a character (latin1).
 */
import { fromUtf8 } from './mailinfo.ts';

const META = /^(old mode|new mode|deleted file mode|new file mode) \d+$|^((?:rename|copy) (?:from|to)) ./;
const INFO = /^(?:dis)?similarity index \d+%$|^index [0-9a-f]+\.\.[0-9a-f]+(?: \d+)?$/;
const MODE = /(?:mode|^index \S+) (\d+)$/;
/** File, program, symbolic link, commit of another repository. */
const MODES = ['100644', '100755', '120000', '160000'];
/** The lines that can stand together, in the order of the alphabet. */
const CHANGES = [
  '',
  'new file mode',
  'deleted file mode',
  'new mode,old mode',
  'rename from,rename to',
  'copy from,copy to',
  'new mode,old mode,rename from,rename to',
  'copy from,copy to,new mode,old mode',
];

/** Index of the first line behind the header whose `diff --git` is in line `start`. */
export function headerEnd(lines: readonly string[], start: number): number {
  let index = start + 1;
  while (META.test(lines[index] ?? '') || INFO.test(lines[index] ?? '')) index++;
  return index;
}

/** Whether there is a change without a hunk. */
export function changesAlone(header: readonly string[]): boolean {
  return header.some((line) => META.test(line));
}

/** The id of a file without a line, by sha1 and by sha256. */
const EMPTY = [
  'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
  '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813',
];

/** `git format-patch -D` leaves out what a deleted or rewritten file held. @param next the line behind the header */
export function isIrreversible(header: readonly string[], hasText: boolean, next = ''): boolean {
  if (hasText) return /^@@ -\?,\? /.test(next);
  const before = header.map((line) => /^index ([0-9a-f]+)\.\./.exec(line)?.[1]).find((id) => id !== undefined);
  return kindOf(header) === 'deleted' && before !== undefined && !EMPTY.some((id) => id.startsWith(before));
}

export type ChangeKind = 'new' | 'deleted' | 'other';

export function kindOf(header: readonly string[]): ChangeKind {
  const has = (mode: string): boolean => header.some((line) => line.startsWith(mode));
  return has('new file mode') ? 'new' : has('deleted file mode') ? 'deleted' : 'other';
}

/** A file that becomes a link is deleted and made; of what else is made or removed twice, git applies a part. */
export function canFollow(before: ChangeKind | undefined, kind: ChangeKind): boolean {
  return before === undefined || `${before} ${kind}` === 'deleted new' || `${before} ${kind}` === 'other other';
}

/** What is wrong with the header of a file, and in which of its lines. @param path what pathOf() found */
export function headerFault(
  header: readonly string[],
  path: string | undefined,
): { readonly message: string; readonly line: number } | undefined {
  const mode = header.findIndex((line) => !MODES.includes(MODE.exec(line)?.[1] ?? '100644'));
  if (mode > 0) return { line: mode, message: `git has no such mode: "${header[mode]}"; it has ${MODES.join(', ')}` };
  if (path === undefined)
    return {
      line: 0,
      message: 'the names of this file are not those that git diff writes: a/PATH and b/PATH, in UTF-8',
    };
  const outside = [path, movedName(header, 'from') ?? path].find((name) => !isTreePath(name));
  if (outside !== undefined) return { line: 0, message: `git has no file of such a name: "${outside}"` };
  const keys = header.flatMap((line) => (META.exec(line) ?? []).slice(1).filter((key) => key !== undefined));
  const modes = ['old', 'new'].map((way) => header.find((line) => line.startsWith(`${way} mode `))?.slice(9));
  if (!CHANGES.includes(keys.sort().join()) || !isOneKind(modes))
    return { line: 0, message: `the lines below contradict each other: ${header.slice(1).join(', ')}` };
  return undefined;
}

/** A link does not become a file, and no mode becomes itself. */
function isOneKind([before, after]: readonly (string | undefined)[]): boolean {
  return before === undefined || (before !== after && before.slice(0, 3) === after?.slice(0, 3));
}

/** verify_path(): within the tree, and nothing of git's own, by whatever name a file system has for it. */
function isTreePath(path: string): boolean {
  return path.split('/').every((part) => !/^(?:\.{0,2}|(?:\.git|git~1)[. ]*(?:[:\\].*)?)$/is.test(part));
}

/** The path of a change; undefined when the lines that name it are not of one mind, which git refuses, too. */
export function pathOf(
  header: readonly string[],
  textual: readonly (string | undefined)[] | undefined,
): string | undefined {
  const first = header[0]?.slice('diff --git '.length) ?? '';
  const moves = header.some((line) => /^(?:rename|copy) /.test(line));
  if (!/^"?a\/.* "?b\/./s.test(first)) return undefined;
  const [before, after] = moves ? [movedName(header, 'from'), movedName(header, 'to')] : [twin(first), twin(first)];
  if (before === undefined || after === undefined) return undefined;
  const kind = kindOf(header);
  const wanted = [kind === 'new' ? '/dev/null' : `a/${before}`, kind === 'deleted' ? '/dev/null' : `b/${after}`];
  // git writes a tab behind a name with a blank
  if (textual?.some((name, index) => plainName(name?.replace(/\t$/, '') ?? '') !== wanted[index]) === true)
    return undefined;
  return after;
}

function movedName(header: readonly string[], way: 'from' | 'to'): string | undefined {
  const names = header.map((line) => new RegExp(`^(?:rename|copy) ${way} (.+)$`, 's').exec(line)?.[1]);
  const name = names.find((found) => found !== undefined);
  return name === undefined ? undefined : plainName(name);
}

/** The name that stands twice in a header's first line. */
function twin(names: string): string | undefined {
  const half = names.slice(0, (names.length - 1) / 2);
  const [before, after] = [plainName(half), plainName(names.slice(half.length + 1))];
  return names[half.length] === ' ' && before?.slice(2) === after?.slice(2) ? after?.slice(2) : undefined;
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** unquote_c_style(): undefined when git would not take the quotes off, or the name is not UTF-8. */
function plainName(text: string): string | undefined {
  if (!text.startsWith('"')) return /["\\\x01-\x1f\x7f]/.test(text) ? undefined : fromUtf8(text);
  const quoted = /^"((?:[^"\\]|\\(?:[abfnrtv"\\]|[0-3][0-7]{2}))*)"$/s.exec(text)?.[1];
  if (quoted === undefined || quoted.includes('\\000')) return undefined;
  return fromUtf8(
    quoted.replace(/\\([0-7]{3}|.)/gs, (_, code: string) =>
      code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES[code] ?? code),
    ),
  );
}
