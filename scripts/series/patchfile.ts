import { createHash } from 'node:crypto';
import type { Problem } from '../lib/errors.ts';
import { looksLikeDiff, parseDiff, type FileDiff } from './diff.ts';
import { readHead } from './mail-head.ts';
import { endsMessage, fromUtf8, isAscii, isMailStart, isSeparator, messageFault, stripSpace } from './mailinfo.ts';

/** A patch file of this project: mail headers, message, `---`, notes that git drops, diff. */
export interface Patch {
  readonly subject: string;
  readonly author: string;
  /** Commit message below the subject, as git keeps it. */
  readonly body: string;
  /** Text between `---` and the diff: the patch's own version history. */
  readonly notes: string;
  /** From the first `diff --git` line on. Bytes, one a character (latin1): sources are in any charset. */
  readonly diff: string;
  readonly files: readonly FileDiff[];
}

/** A patch of the series as one base has it. */
export interface SeriesPatch extends Patch {
  readonly id: string;
  /** Below patches/. */
  readonly file: string;
  /** What its diff is from: `file`, or that of another base. */
  readonly diffFile: string;
  /** As it is stored, or would be if the diff of another base were in `file`. */
  readonly content: Buffer;
  /** sha256 of what `git am` is given, which is all that decides the commit besides its parent. */
  readonly digest: string;
  /** Bases that do without it. */
  readonly except?: readonly string[] | undefined;
}

export function digestOf({ subject, author, body, diff }: Patch): string {
  return createHash('sha256')
    .update(JSON.stringify([subject, author, body, diff]))
    .digest('hex');
}

export interface Inspected {
  readonly patch: Patch | undefined;
  readonly problems: readonly Problem[];
}

const CUT_OFF = 'the file may have been cut off: git checkout it, or npm run refresh';

/** What is wrong with a patch file, line by line; nothing is applied for it. `file` is the name shown. */
export function inspectPatch(content: Buffer, file: string): Inspected {
  const problems: Problem[] = [];
  /** @param index of the line, from 0 */
  const add = (code: string, message: string, index?: number, hint?: string): void => {
    const position = index === undefined ? { file } : { file, line: index + 1, col: 1 };
    problems.push({ code, message, position, ...(hint === undefined ? {} : { hint }) });
  };
  const result = (patch?: Patch): Inspected => ({ patch: problems.length > 0 ? undefined : patch, problems });
  const lines = content.toString('latin1').split('\n');
  const restore = `git checkout -- ${file}  # or: npm run refresh`;
  const refuse = (code: string, message: string, index?: number, hint?: string): Inspected => {
    add(code, message, index, hint);
    return result();
  };
  const fault = unreadable(lines, file, restore);
  if (fault !== undefined) return { patch: undefined, problems: [fault] };
  const second = lines.findIndex((line, index) => index > 0 && isMailStart(line));
  if (second >= 0)
    return refuse(
      'PATCH_TWO_MAILS',
      'a second mail begins here',
      second,
      `one patch a file; this takes them apart: git mailsplit -o. ${file}`,
    );

  const head = readHead(lines);
  const bodyEnd = lines.findIndex((line, index) => index >= head.end && endsMessage(line));
  const body = lines.slice(head.end, bodyEnd < 0 ? lines.length : bodyEnd);
  const found = messageFault(body);
  for (const fault of head.faults) add(fault.code, fault.message, fault.line, fault.hint);
  if (found !== undefined) add(found.code, found.message, head.end + found.line, found.hint);
  const labelled = head.ascii ? body.findIndex((line) => !isAscii(line)) : -1;
  if (labelled >= 0)
    add(
      'PATCH_ENCODING',
      'this line is not US-ASCII, as the header Content-Type says',
      head.end + labelled,
      'when it is UTF-8, write charset=UTF-8 there',
    );
  const separated = isSeparator(lines[bodyEnd] ?? '');
  const diffStart = lines.findIndex((line, index) => index >= bodyEnd && line.startsWith('diff --git '));
  if (bodyEnd < 0 || (diffStart < 0 && separated))
    return refuse('PATCH_NO_DIFF', 'there is no diff', lines.length - 1, CUT_OFF);
  if (!separated && diffStart !== bodyEnd)
    return refuse(
      'PATCH_MESSAGE',
      'git ends the message here, and this is no diff of git diff',
      bodyEnd,
      'indent what is quoted',
    );
  const stray = lines.findIndex((line, index) => index > bodyEnd && index < diffStart && looksLikeDiff(line));
  if (stray >= 0)
    return refuse(
      'PATCH_NOTES',
      `git apply takes this line of the notes for a diff: "${lines[stray]}"`,
      stray,
      'indent it',
    );
  const foreign = lines.findIndex(
    (line, index) => index >= head.end && index < diffStart && fromUtf8(line) === undefined,
  );
  if (foreign >= 0)
    return refuse('PATCH_BINARY', 'the text above the diff holds bytes that are not UTF-8', foreign, restore);

  const parsed = parseDiff(lines, diffStart);
  for (const { code, message, line } of parsed.problems)
    add(code, message, line - 1, code === 'PATCH_TRUNCATED' ? CUT_OFF : undefined);
  if (problems.length > 0) return result();
  const trailing = parsed.end + strayLine(lines.slice(parsed.end));
  if (trailing >= parsed.end) {
    // a whole diff, then text: what the person meant as the message went on
    if (!separated)
      return refuse(
        'PATCH_MESSAGE',
        `git ends the message at a diff, but text goes on in line ${trailing + 1}`,
        diffStart,
        'indent a diff that is only quoted',
      );
    return refuse(
      'PATCH_TEXT',
      `text inside or behind the diff: "${lines[trailing]}"`,
      trailing,
      'git apply would skip it; take it out, or see whether lines of the diff are damaged',
    );
  }
  const stat = lines.findLastIndex((line, index) => index > bodyEnd && index < diffStart && SHORTSTAT.test(line));
  if (stat >= 0 && lines[stat] !== shortstat(parsed.files)) {
    add(
      'PATCH_TRUNCATED',
      `the diff below is another:${shortstat(parsed.files)}`,
      stat,
      'cut off between two hunks, or edited by hand: git checkout it; ' +
        'or delete this line, npm run apply, npm run refresh',
    );
  }
  return result({
    subject: head.subject,
    author: head.author,
    body: stripSpace(fromUtf8(body.join('\n')) ?? ''),
    notes: (fromUtf8(withoutStat(lines.slice(bodyEnd + 1, diffStart), stat - bodyEnd - 1).join('\n')) ?? '')
      .replace(/^\n+/, '')
      .trimEnd(),
    diff: `${lines.slice(diffStart, parsed.end).join('\n')}\n`,
    files: parsed.files,
  });
}

/** Why no text of git's is in these lines; undefined when one may be. */
export function unreadable(lines: readonly string[], file: string, restore: string): Problem | undefined {
  const at = (code: string, message: string, index: number, hint: string): Problem => ({
    code,
    message,
    position: { file, line: index + 1, col: 1 },
    hint,
  });
  if (lines.every((line) => line.trim() === ''))
    return { code: 'PATCH_EMPTY', message: 'the file is empty', position: { file }, hint: restore };
  const nul = lines.findIndex((line) => line.includes('\0'));
  if (nul >= 0) return at('PATCH_BINARY', 'the file holds bytes that are not text', nul, restore);
  const crlf = lines.findIndex((line) => line.endsWith('\r'));
  if (crlf === 0) return at('PATCH_CRLF', 'lines end in CR LF', crlf, `sed -i 's/\\r$//' ${file}`);
  if (crlf < 0) return undefined;
  const hint = 'a mail cannot carry a file with such lines: convert it';
  return at('PATCH_CRLF', 'this line ends in CR LF, and git am takes the CR off', crlf, hint);
}

/**
 * Index of the first line, or -1, that is not of what `git format-patch --base` and a mail's signature leave behind a
 * diff.
 */
function strayLine(lines: readonly string[]): number {
  const signature = lines.findIndex((line) => /^-- ?$/.test(line));
  return lines.findIndex((line, index) =>
    signature >= 0 && index > signature
      ? looksLikeDiff(line)
      : index !== signature && !/^(?:|base-commit: [0-9a-f]+|prerequisite-patch-id: [0-9a-f]+)$/.test(line),
  );
}

/** Without the summary at `stat`, the table of files above it and that of modes below it: git makes them anew. */
function withoutStat(lines: readonly string[], stat: number): string[] {
  if (stat < 0) return [...lines];
  let [from, to] = [stat, stat + 1];
  while (/^ \S.* \| +(?:\d+ ?[+-]*|Bin(?: .*)?)$/.test(lines[from - 1] ?? '')) from--;
  while (/^ (?:create|delete|mode|rename|copy|rewrite) \S/.test(lines[to] ?? '')) to++;
  return [...lines.slice(0, from), ...lines.slice(to)];
}

const SHORTSTAT = /^ \d+ files? changed(?:, \d+ (?:insertion|deletion)s?\([+-]\))*$/;

/** git's summary of a diff. In a file it tells a whole patch from one that ends early at a place where it could end. */
function shortstat(files: readonly FileDiff[]): string {
  const count = (n: number, what: string, mark = ''): string => `${n} ${what}${n === 1 ? '' : 's'}${mark}`;
  const [added, removed] = [files.reduce((sum, f) => sum + f.added, 0), files.reduce((sum, f) => sum + f.removed, 0)];
  const lines = [
    ...(added > 0 || removed === 0 ? [count(added, 'insertion', '(+)')] : []),
    ...(removed > 0 || added === 0 ? [count(removed, 'deletion', '(-)')] : []),
  ];
  // a file that becomes a link is deleted and made, and git counts it once
  const changed = new Set(files.map(({ path }) => path)).size;
  return ` ${[`${count(changed, 'file')} changed`, ...lines].join(', ')}`;
}

const MAIL_LINE = `From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001`;

/** Where a mail differs from the stored file. */
export interface MailParts {
  readonly headers?: readonly string[];
  /** What stands above the diff, ending in the line that is checked when the file is read. */
  readonly stat?: string;
}

/**
 * The file: no date, no tool's version and no patch number, so that it changes only when the patch does. The
 * constant first line is what `file` and mail readers know a patch by.
 */
export function formatPatch(
  patch: Patch,
  { headers = headersOf(patch), stat = shortstat(patch.files) }: MailParts = {},
): Buffer {
  const head = [MAIL_LINE, ...headers];
  // without it git would have to guess the charset of the message
  const plain = isAscii(patch.author + patch.subject + patch.body);
  if (!plain)
    head.push('MIME-Version: 1.0', 'Content-Type: text/plain; charset=UTF-8', 'Content-Transfer-Encoding: 8bit');
  const body = patch.body === '' ? [] : [patch.body];
  const notes = patch.notes === '' ? [] : [patch.notes, ''];
  return Buffer.concat([
    Buffer.from([...head, '', ...body, '---', '', ...notes, stat, '', ''].join('\n')),
    Buffer.from(patch.diff, 'latin1'),
  ]);
}

function headersOf({ author, subject }: Pick<Patch, 'author' | 'subject'>): string[] {
  return [`From: ${author}`, `Subject: ${subject}`];
}

/** The mail that `git am` gets: with the date that makes the commit's id the same everywhere, and without the notes. */
export function mailFor(patch: Patch, epochSeconds: number): Buffer {
  const date = `Date: ${new Date(epochSeconds * 1000).toUTCString().replace('GMT', '+0000')}`;
  return formatPatch({ ...patch, notes: '' }, { headers: [date, ...headersOf(patch)] });
}

/** The message of the commit that `git am` makes. */
export function messageOf({ subject, body }: Pick<Patch, 'subject' | 'body'>): string {
  return body === '' ? `${subject}\n` : `${subject}\n\n${body}\n`;
}

/**
 * `0003-bpf-do-the-thing.patch`, as git format-patch would name it; without a Latin letter it is `0003-patch.patch`.
 */
export function patchFileName(number: number, subject: string): string {
  const slug = subject
    .replace(/[^A-Za-z0-9._]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[-.]+/, '')
    .slice(0, SLUG_LENGTH)
    .replace(/[-.]+$/, '');
  return `${String(number).padStart(4, '0')}-${slug === '' ? 'patch' : slug}.patch`;
}

/** format-patch keeps a whole name, number and suffix included, within 64 characters. */
const SLUG_LENGTH = 52;
