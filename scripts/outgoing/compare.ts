/** What became of a patch from one version to the next. Pure. */
import type { Word } from '../records/diff.ts';
import { normalizeDiff } from '../series/diff.ts';
import { readHunks } from '../series/hunks.ts';
import type { Patch } from '../series/patchfile.ts';

export type Compared = Pick<Patch, 'subject' | 'body' | 'diff'>;

/** The lines that a patch adds and takes, each with its file and what happens to the file itself. */
export function changedLines({ diff }: Pick<Patch, 'diff'>): string[] {
  return readHunks(diff).flatMap(({ header, hunks }) => {
    const [name = ''] = header;
    const meta = header.filter((line) => /^(?:old mode|new|deleted|rename|copy) /.test(line));
    const lines = hunks.flatMap((hunk) => hunk.lines.filter((line) => /^[+\\-]/.test(line)));
    return [name, ...meta, ...lines].map((line) => `${name}\n${line}`);
  });
}

const linesOf = ({ diff }: Pick<Patch, 'diff'>): string[][] =>
  readHunks(diff).map(({ hunks }) => hunks.flatMap(({ lines }) => lines));

/** The lines that are there once with any mark, and say more than a brace does: what is in front of one stays there. */
function landmarks(lines: readonly string[]): Set<string> {
  const texts = lines.map((line) => line.slice(1));
  const once = texts.filter((text) => /\w/.test(text) && texts.indexOf(text) === texts.lastIndexOf(text));
  return new Set(once.map((text) => ` ${text}`));
}

/** Of the same changed lines: whether one is on another side of a line around it, or makes another text of the same. */
function moved(old: readonly string[], next: readonly string[]): boolean {
  const shown = (lines: readonly string[], marks: RegExp): string =>
    lines
      .filter((line) => marks.test(line))
      .map((line) => line.slice(1))
      .join('\n');
  const [before, after] = [/^[ -]/, /^[ +]/];
  if (shown(old, before) === shown(next, before)) return shown(old, after) !== shown(next, after);
  const [one, other] = [landmarks(old), landmarks(next)];
  const way = (lines: readonly string[]): string =>
    lines.filter((line) => !line.startsWith(' ') || (one.has(line) && other.has(line))).join('\n');
  return way(old) !== way(next);
}

/** Who sends a series signs it: the sender and the signature are not the patch's. */
export function unsigned(body: string): string {
  return body.replace(/^Signed-off-by: .*\n?/gim, '').trimEnd();
}

export function wordOf(old: Compared, next: Compared): { readonly word: Word; readonly message: boolean } {
  const message = old.subject !== next.subject || unsigned(old.body) !== unsigned(next.body);
  if (changedLines(old).join('\0') !== changedLines(next).join('\0')) return { word: 'code', message };
  const files = linesOf(next);
  if (linesOf(old).some((lines, index) => moved(lines, files[index] ?? []))) return { word: 'code', message };
  if (normalizeDiff(old.diff) !== normalizeDiff(next.diff)) return { word: 'context', message };
  return { word: message ? 'message' : 'same', message };
}
