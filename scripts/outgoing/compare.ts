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

/** Who sends a series signs it: the sender and the signature are not the patch's. */
export function unsigned(body: string): string {
  return body.replace(/^Signed-off-by: .*\n?/gim, '').trimEnd();
}

export function wordOf(old: Compared, next: Compared): { readonly word: Word; readonly message: boolean } {
  const message = old.subject !== next.subject || unsigned(old.body) !== unsigned(next.body);
  if (changedLines(old).join('\0') !== changedLines(next).join('\0')) return { word: 'code', message };
  if (normalizeDiff(old.diff) !== normalizeDiff(next.diff)) return { word: 'context', message };
  return { word: message ? 'message' : 'same', message };
}
