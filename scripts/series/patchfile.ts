import type { Problem } from '../lib/errors.ts';
import { parseDiff, type FileDiff } from './diff.ts';

/** A patch file of this project: mail headers, message, `---`, notes that git drops, diff. */
export interface Patch {
  readonly subject: string;
  readonly author: string;
  /** Commit message below the subject, without blank lines at its ends. */
  readonly body: string;
  /** Text between `---` and the diff: the patch's own version history. */
  readonly notes: string;
  /** From the first `diff --git` line on. */
  readonly diff: string;
  readonly files: readonly FileDiff[];
}

export interface Inspected {
  readonly patch: Patch | undefined;
  readonly problems: readonly Problem[];
}

/** Begins every mail of an mbox that git wrote. */
const MAIL_START = /^From (?:[0-9a-f]{40}|\S+@\S+) .*\d{4}$/;

/** What is wrong with a patch file, line by line; nothing is applied for it. `file` is the name shown. */
export function inspectPatch(content: Buffer, file: string): Inspected {
  const problems: Problem[] = [];
  const add = (code: string, message: string, line?: number, hint?: string): void => {
    const position = line === undefined ? { file } : { file, line, col: 1 };
    problems.push({ code, message, position, ...(hint === undefined ? {} : { hint }) });
  };
  const result = (patch?: Patch): Inspected => ({ patch: problems.length > 0 ? undefined : patch, problems });
  if (content.toString('latin1').trim() === '') {
    add('PATCH_EMPTY', 'the file is empty', undefined, `git checkout -- ${file}  # or: npm run refresh`);
    return result();
  }
  const text = content.toString('utf8');
  if (content.includes(0) || text.includes('\ufffd')) {
    const line = text.slice(0, text.search(/[\0\ufffd]/)).split('\n').length;
    add('PATCH_BINARY', 'the file holds bytes that are not text', line, `git checkout -- ${file}  # or: npm run refresh`);
    return result();
  }
  const lines = text.split('\n');
  const crlf = lines.findIndex((line) => line.endsWith('\r'));
  if (crlf >= 0) {
    add('PATCH_CRLF', 'lines end in CR LF', crlf + 1, `sed -i 's/\\r$//' ${file}`);
    return result();
  }
  const mails = lines.flatMap((line, index) => (MAIL_START.test(line) ? [index] : []));
  const second = mails[0] === 0 ? mails[1] : mails[0];
  if (second !== undefined) {
    add('PATCH_TWO_MAILS', 'a second mail begins here', second + 1, `one patch a file; this takes them apart: git mailsplit -o. ${file}`);
    return result();
  }
  const headEnd = lines.indexOf('');
  const headers = parseHeaders(lines.slice(mails[0] === 0 ? 1 : 0, headEnd < 0 ? lines.length : headEnd));
  const subject = headers.get('subject');
  const author = headers.get('from');
  if (subject === undefined || subject === '') add('PATCH_NO_SUBJECT', 'there is no Subject: header', 1);
  if (author === undefined || author === '') add('PATCH_NO_AUTHOR', 'there is no From: header', 1);
  const diffStart = lines.findIndex((line) => line.startsWith('diff --git '));
  if (diffStart < 0) {
    add('PATCH_NO_DIFF', 'there is no diff', lines.length, 'the file may have been cut off: git checkout it, or npm run refresh');
    return result();
  }
  const parsed = parseDiff(lines, diffStart);
  for (const { code, message, line } of parsed.problems) add(code, message, line, 'the file may have been cut off: git checkout it, or npm run refresh');
  const separator = lines.findIndex((line, index) => index > headEnd && line === '---');
  const bodyEnd = separator >= 0 && separator < diffStart ? separator : diffStart;
  const stat = lines.findIndex((line, index) => index > bodyEnd && index < diffStart && SHORTSTAT.test(line));
  if (stat >= 0 && parsed.problems.length === 0 && lines[stat] !== shortstat(parsed.files)) {
    add('PATCH_TRUNCATED', `the diff below is another:${shortstat(parsed.files)}`, stat + 1,
      'cut off between two hunks, or edited by hand: git checkout it, or delete this line, npm run apply and npm run refresh');
  }
  return result({
    subject: subject ?? '',
    author: author ?? '',
    body: trimBlank(lines.slice(headEnd + 1, bodyEnd)),
    notes: trimBlank(lines.slice(bodyEnd + 1, diffStart).filter((line) => !SHORTSTAT.test(line))),
    diff: lines.slice(diffStart, parsed.end).join('\n') + '\n',
    files: parsed.files,
  });
}

function parseHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  let last = '';
  for (const line of lines) {
    if (/^[ \t]/.test(line)) {
      headers.set(last, `${headers.get(last) ?? ''} ${line.trim()}`);
      continue;
    }
    const [, name, value] = /^([A-Za-z-]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    last = name.toLowerCase();
    headers.set(last, value ?? '');
  }
  return headers;
}

function trimBlank(lines: readonly string[]): string {
  return lines.join('\n').replace(/^\n+/, '').trimEnd();
}

const SHORTSTAT = /^ \d+ files? changed(?:, \d+ (?:insertion|deletion)s?\([+-]\))*$/;

/** git's summary of a diff. In a file it tells a whole patch from one that ends early at a place where it could end. */
function shortstat(files: readonly FileDiff[]): string {
  const count = (n: number, what: string, mark = ''): string => `${n} ${what}${n === 1 ? '' : 's'}${mark}`;
  const [added, removed] = [files.reduce((sum, f) => sum + f.added, 0), files.reduce((sum, f) => sum + f.removed, 0)];
  const lines = [...(added > 0 || removed === 0 ? [count(added, 'insertion', '(+)')] : []), ...(removed > 0 || added === 0 ? [count(removed, 'deletion', '(-)')] : [])];
  return ` ${[`${count(files.length, 'file')} changed`, ...lines].join(', ')}`;
}

const MAIL_LINE = `From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001`;

/**
 * The file's text: no date, no tool's version and no patch number, so that it changes only when the patch does. The
 * constant first line is what `file` and mail readers know a patch by.
 * @param stat what stands above the diff, ending in the line that is checked when the file is read
 */
export function formatPatch(patch: Pick<Patch, 'subject' | 'author' | 'body' | 'notes' | 'diff' | 'files'>, stat = shortstat(patch.files)): string {
  const head = [MAIL_LINE, `From: ${patch.author}`, `Subject: ${patch.subject}`];
  // without it git would have to guess the charset of the message
  const plain = /^[\x00-\x7f]*$/.test(patch.author + patch.subject + patch.body);
  if (!plain) head.push('MIME-Version: 1.0', 'Content-Type: text/plain; charset=UTF-8', 'Content-Transfer-Encoding: 8bit');
  const body = patch.body === '' ? [] : [patch.body];
  const notes = patch.notes === '' ? [] : [patch.notes, ''];
  return [...head, '', ...body, '---', '', ...notes, stat, '', patch.diff].join('\n');
}

/** The mail that `git am` gets: the stored text with the date that makes the commit's id the same everywhere. */
export function mailFor(patch: Patch, epochSeconds: number): string {
  const [first = '', ...rest] = formatPatch(patch).split('\n');
  return [first, `Date: ${new Date(epochSeconds * 1000).toUTCString().replace('GMT', '+0000')}`, ...rest].join('\n');
}

/** A message line at which `git am` would end the message or read a header; undefined when there is none. */
export function unstableLine(body: string): string | undefined {
  const lines = body.split('\n');
  if (/^(From|Date|Subject):/i.test(lines[0] ?? '')) return lines[0];
  return lines.find((line) => /^(diff -|Index: |---( |$)|--- [^ ])/.test(line) || MAIL_START.test(line) || /^(>8|8<|-+ *(>8|8<))/.test(line));
}

/** `0003-bpf-do-the-thing.patch`, as git format-patch would name it. */
export function patchFileName(number: number, subject: string): string {
  const slug = subject.replace(/[^A-Za-z0-9._]+/g, '-').replace(/\.{2,}/g, '.').replace(/^[-.]+/, '').slice(0, SLUG_LENGTH).replace(/[-.]+$/, '');
  return `${String(number).padStart(4, '0')}-${slug}.patch`;
}

/** format-patch keeps a whole name, number and suffix included, within 64 characters. */
const SLUG_LENGTH = 52;
