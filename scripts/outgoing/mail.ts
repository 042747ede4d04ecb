/** The series as mails: what `git format-patch --cover-letter` makes of commits, made of patch files with their notes. Pure. */
import { formatPatch, type Patch } from '../series/patchfile.ts';

export interface SeriesHead {
  /** "RFC PATCH bpf-next": what stands in the brackets before the version. */
  readonly prefix: string;
  readonly version: number;
  readonly total: number;
}

/** RFC 5322 asks for lines of at most this many characters. */
const HEADER_COLUMNS = 78;

/** `[RFC PATCH bpf-next v2 03/11] bpf: do the thing`. A first version has no number. */
export function subjectOf({ prefix, version, total }: SeriesHead, number: number, title: string): string {
  const width = String(total).length;
  const tag = [prefix, ...(version > 1 ? [`v${version}`] : []), `${String(number).padStart(width, '0')}/${total}`].join(
    ' ',
  );
  return `[${tag}] ${title}`;
}

/** A header folded at blanks; a reader joins the lines again. */
export function foldHeader(name: string, value: string): string {
  const lines: string[] = [];
  let line = `${name}:`;
  for (const word of value.split(' ')) {
    if (line.length + 1 + word.length > HEADER_COLUMNS && line !== `${name}:`) {
      lines.push(line);
      line = '';
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}

/** A patch as it is sent: the stored file with its number, and with git's diffstat below the notes. */
export function patchMail(head: SeriesHead, number: number, patch: Patch, diffstat: string): Buffer {
  const headers = [`From: ${patch.author}`, foldHeader('Subject', subjectOf(head, number, patch.subject))];
  return formatPatch(patch, { headers, stat: diffstat.trimEnd() });
}

export interface Cover {
  /** cover-letter.md: the title, an empty line, the text. */
  readonly text: string;
  readonly author: string;
  readonly shortlog: string;
  readonly diffstat: string;
  readonly baseCommit: string;
  /** What the base is, when its commit is not public. */
  readonly baseNote: string;
}

export function coverTitle(text: string): string {
  return text.split('\n', 1)[0]?.trim() ?? '';
}

/** Mail 0. Its end is what tools look for: shortlog, diffstat, base-commit. */
export function coverMail(head: SeriesHead, cover: Cover): Buffer {
  const body = cover.text.split('\n').slice(1).join('\n').trim();
  const plain = /^[\x00-\x7f]*$/.test(cover.text + cover.author + cover.shortlog);
  return Buffer.from(
    [
      `From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001`,
      `From: ${cover.author}`,
      foldHeader('Subject', subjectOf(head, 0, coverTitle(cover.text))),
      ...(plain
        ? []
        : ['MIME-Version: 1.0', 'Content-Type: text/plain; charset=UTF-8', 'Content-Transfer-Encoding: 8bit']),
      '',
      body,
      '',
      cover.shortlog.trim(),
      '',
      cover.diffstat.trimEnd(),
      '',
      ...(cover.baseNote === '' ? [] : [cover.baseNote]),
      `base-commit: ${cover.baseCommit}`,
      '',
    ].join('\n'),
  );
}

/** An empty line before each `From ` line, as the format asks; a mail's own last line may be a blank of its diff. */
export function mbox(mails: readonly Buffer[]): Buffer {
  return Buffer.concat(mails.flatMap((mail) => [mail, Buffer.from('\n')]));
}

/** `v2-0003-bpf-do-the-thing.patch`, as git names it. */
export function mailFile({ version }: SeriesHead, file: string): string {
  return version > 1 ? `v${version}-${file}` : file;
}
