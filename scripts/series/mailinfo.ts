/**
 * How git reads a mail: git's mailsplit.c, mailinfo.c and strbuf.c, as of 2.39. Pure. Lines are bytes, one a character (latin1), without
 * their newline. What git would decode, drop or guess and this does not is refused by its name; mailinfo.test.ts compares both.
 */

/** A place that is not taken as it stands: a line, from 0, and what git would do there. */
export interface Fault {
  readonly code: 'PATCH_HEADER' | 'PATCH_ENCODING' | 'PATCH_NO_SUBJECT' | 'PATCH_SUBJECT' | 'PATCH_NO_AUTHOR' | 'PATCH_MESSAGE' | 'PATCH_BINARY';
  readonly line: number;
  readonly message: string;
  readonly hint?: string;
}

/** mailsplit begins a mail at such a line, wherever it stands: `From`, a time, a year past 1990. */
export function isMailStart(line: string): boolean {
  if (!line.startsWith('From ') || line.length < 19) return false;
  const colon = line.lastIndexOf(':', line.length - 2);
  if (colon < 5 || !/^\d.\d\d:\d\d$/.test(line.slice(colon - 4, colon + 3))) return false;
  return Number.parseInt(line.slice(colon + 3), 10) > 90;
}

/** mailinfo ends the message before such a line. `---` alone is what stands there on purpose. */
export function endsMessage(line: string): boolean {
  return /^diff -|^Index: |^--- [^ \t\r]|^---[ \t\r]*$/.test(line);
}

export function isSeparator(line: string): boolean {
  return /^---[ \t]*$/.test(line);
}

/** The first line of a message that git, or a reader of mails with usual options, takes for something else. */
export function messageFault(lines: readonly string[]): Fault | undefined {
  const first = lines.findIndex((line) => !/^[ \t\r]*$/.test(line));
  const line = lines.findIndex((text, index) => index === first && isInbodyHeader(text) || misreading(text) !== undefined);
  if (line < 0) return undefined;
  const text = lines[line] ?? '';
  const what = misreading(text) ?? 'takes the first line for a header';
  return { code: 'PATCH_MESSAGE', line, message: `git am ${what}: "${text}"`, hint: 'indent the line, or word it differently' };
}

function isInbodyHeader(line: string): boolean {
  return /^(?:From|Subject|Date):/i.test(line) || /^\[PATCH\](?:[ \t\r]|$)/.test(line);
}

function misreading(line: string): string | undefined {
  if (isMailStart(line)) return 'begins another mail here';
  if (endsMessage(line)) return 'ends the message here';
  if (isScissors(line)) return '--scissors drops everything above';
  // mboxrd readers take one mark off
  return /^>+From /.test(line) ? 'may take off the mark of this line' : undefined;
}

/** is_scissors_line(): dashes and scissors are a third of the line, and more than the blanks between them. */
function isScissors(line: string): boolean {
  const text = line.replace(/^[ \t\r]+|[ \t\r]+$/g, '');
  let [perforation, scissors, gap, inside] = [0, 0, 0, false];
  for (const [mark] of line.matchAll(/>8|8<|>%|%<|./gs)) {
    if (/^[ \t\r]$/.test(mark)) {
      if (inside) [perforation, gap] = [perforation + 1, gap + 1];
      continue;
    }
    inside = mark === '-' || mark.length === 2;
    if (inside) perforation += mark.length;
    if (mark.length === 2) scissors++;
  }
  // git counts the newline behind a mark as one more blank
  if (inside) [perforation, gap] = [perforation + 1, gap + 1];
  return scissors > 0 && text.length >= 8 && text.length < 3 * perforation && 2 * gap < perforation;
}

/** strbuf_stripspace(): no blanks at the ends of lines, no two empty lines in a row, none at either end. */
export function stripSpace(text: string): string {
  return text.split('\n').map(trimEnd).join('\n').replace(/\n{3,}/g, '\n\n').replace(/^\n+|\n+$/g, '');
}

/** undefined when the bytes are not UTF-8. */
export function fromUtf8(bytes: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return undefined;
  }
}

export interface Head {
  readonly subject: string;
  readonly author: string;
  /** Index of the first line of the message. */
  readonly end: number;
  readonly faults: readonly Fault[];
}

interface Header {
  readonly line: number;
  readonly value: string;
}

/** Headers that decide what git makes of a mail: two of a name are one too many. */
const MEANT = ['from', 'subject', 'date', 'content-type', 'content-transfer-encoding'];
const PLAIN_TEXT = /^text\/plain(?:[ \t]*;[ \t]*(?:charset=(?:"(?:utf-?8|us-ascii)"|utf-?8|us-ascii)|format=fixed))*[ \t]*;?$/i;
const AS_IS = /^(?:7bit|8bit|binary)$/i;
const INTO_PATCH = 'git am it in a checkout of the base, then npm run refresh -- --tree PATH --range BASE..BRANCH';

export function readHead(lines: readonly string[]): Head {
  const faults: Fault[] = [];
  const headers = new Map<string, Header>();
  let last: string | undefined;
  let end = lines[0]?.startsWith('From ') === true ? 1 : 0;
  for (; end < lines.length && lines[end] !== ''; end++) {
    const line = lines[end] ?? '';
    const [, name, value = ''] = /^([!-9;-~]+):[ \t]*(.*)$/s.exec(line) ?? [];
    const before = last === undefined ? undefined : headers.get(last);
    if (/^[ \t]/.test(line) && last !== undefined && before !== undefined) {
      headers.set(last, { ...before, value: `${before.value} ${trimEnd(line.slice(1))}` });
    } else if (name === undefined) {
      faults.push({ code: 'PATCH_HEADER', line: end, message: 'this is no header, and git would begin the message here', hint: 'an empty line ends the headers' });
      break;
    } else {
      last = name.toLowerCase();
      if (MEANT.includes(last) && headers.has(last)) faults.push({ code: 'PATCH_HEADER', line: end, message: `a second ${name}: header` });
      headers.set(last, { line: end, value: trimEnd(value) });
    }
  }
  faults.push(...encodingFaults(headers.get('content-type'), headers.get('content-transfer-encoding')));
  const subject = readSubject(headers.get('subject'));
  const author = readAuthor(headers.get('from'));
  for (const read of [subject, author]) if (typeof read !== 'string') faults.push(read);
  return { subject: typeof subject === 'string' ? subject : '', author: typeof author === 'string' ? author : '', end: end + 1, faults };
}

function encodingFaults(type: Header | undefined, transfer: Header | undefined): Fault[] {
  const faults: Fault[] = [];
  const refuse = ({ line }: Header, name: string): void => {
    faults.push({ code: 'PATCH_ENCODING', line, message: `${name} is not read here: a patch file is plain text in UTF-8`, hint: INTO_PATCH });
  };
  if (type !== undefined && !PLAIN_TEXT.test(type.value)) refuse(type, type.value);
  if (transfer !== undefined && !AS_IS.test(transfer.value)) refuse(transfer, transfer.value);
  return faults;
}

function readSubject(header: Header | undefined): string | Fault {
  const fault = (code: Fault['code'], message: string, hint?: string): Fault => ({ code, line: header?.line ?? 0, message, ...(hint === undefined ? {} : { hint }) });
  if (header === undefined) return fault('PATCH_NO_SUBJECT', 'there is no Subject: header');
  const decoded = decodeHeader(header);
  if (typeof decoded !== 'string') return decoded;
  const subject = cleanSubject(decoded);
  if (subject === '') return fault('PATCH_NO_SUBJECT', 'the subject is empty');
  if (subject.startsWith('[') && subject.includes(']')) return fault('PATCH_SUBJECT', `git am drops the brackets of "${subject}", or keeps them, as it is asked`, 'the prefix is in series.yaml, not in the subject');
  return subject;
}

/** cleanup_subject() and cleanup_space(), with the brackets kept in which PATCH does not stand. */
function cleanSubject(text: string): string {
  let at = 0;
  let subject = text;
  const remove = (length: number): void => void (subject = subject.slice(0, at) + subject.slice(at + length));
  for (; at < subject.length;) {
    const rest = subject.slice(at);
    const bracket = /^\[[^\]]*\]/.exec(rest)?.[0];
    if (/^re:./is.test(rest)) remove(3);
    else if (/^[ \t:]/.test(rest)) remove(1);
    else if (bracket === undefined) break;
    else if (bracket.length >= 7 && bracket.includes('PATCH')) remove(bracket.length);
    else break;
  }
  return oneSpace(subject);
}

/** What handle_from() makes of an ordinary address; git has guesses for all others. */
function readAuthor(header: Header | undefined): string | Fault {
  const fault = (message: string): Fault => ({ code: 'PATCH_NO_AUTHOR', line: header?.line ?? 0, message, hint: 'From: Name <address>' });
  if (header === undefined) return fault('there is no From: header');
  const decoded = decodeHeader(header);
  if (typeof decoded !== 'string') return decoded;
  const [, quoted, bare, address = ''] = /^(?:"([^"\\()<>@]*)"|([^"\\()<>@]*))[ \t]*<([^<>@\s"\\()]+@[^<>@\s"\\()]+)>$/.exec(oneSpace(decoded)) ?? [];
  const name = oneSpace(quoted ?? bare ?? '');
  // get_sane_name() takes the address for a name that is longer
  if (name === '' || Buffer.byteLength(name) > 60) return fault(`git would guess at the author "${decoded}"`);
  return `${name} <${address}>`;
}

function oneSpace(text: string): string {
  return text.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '');
}

function trimEnd(text: string): string {
  return text.replace(/[ \t\r]+$/, '');
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** decode_header(): words of RFC 2047, in UTF-8. */
function decodeHeader({ line, value }: Header): string | Fault {
  let [from, bytes] = [0, ''];
  for (;;) {
    const start = value.indexOf('=?', from);
    if (start < 0) break;
    const gap = value.slice(from, start);
    if (from === 0 || /[^ \t]/.test(gap)) bytes += gap;
    const [word, charset = '', kind = '', text = ''] = /^=\?([^?]*)\?([bq])\?(.*?)\?=/is.exec(value.slice(start)) ?? [];
    if (word === undefined) return { code: 'PATCH_ENCODING', line, message: `git cannot read the encoded word "${value.slice(start)}"` };
    if (!/^(?:utf-?8|us-ascii)$/i.test(charset)) return { code: 'PATCH_ENCODING', line, message: `the charset ${charset} is not read here: write the header in UTF-8` };
    if (kind.toLowerCase() === 'b' && !BASE64.test(text)) return { code: 'PATCH_ENCODING', line, message: `this is not base64: "${text}"` };
    bytes += kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString('latin1') : unquote(text);
    from = start + word.length;
  }
  const decoded = fromUtf8(bytes + value.slice(from));
  // a newline would be folded into a blank, a NUL refused: none of them is in a header that a person wrote
  return decoded === undefined || /[\0-\x08\n-\x1f\x7f]/.test(decoded) ? { code: 'PATCH_BINARY', line, message: 'the header holds bytes that are not text' } : decoded;
}

function unquote(text: string): string {
  return text.replace(/=$/, '').replace(/_/g, ' ').replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
