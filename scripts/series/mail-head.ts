/** How git reads the headers of a mail: mailinfo.c, as of 2.39. Pure. Lines are bytes, one a character (latin1). */
import { fromUtf8, isAscii, trimEnd, type Fault } from './mailinfo.ts';

export interface Head {
  readonly subject: string;
  readonly author: string;
  /** Index of the first line of the message. */
  readonly end: number;
  /** Whether git takes every byte of the message for ASCII. */
  readonly ascii: boolean;
  readonly faults: readonly Fault[];
}

interface Header {
  readonly line: number;
  readonly value: string;
}

/** Headers that decide what git makes of a mail: two of a name are one too many. */
const MEANT = ['from', 'subject', 'date', 'content-type', 'content-transfer-encoding'];
const PLAIN_TEXT =
  /^text\/plain(?:[ \t]*;[ \t]*(?:charset=(?:"(?:utf-?8|us-ascii)"|utf-?8|us-ascii)|format=fixed))*[ \t]*;?$/i;
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
      faults.push({
        code: 'PATCH_HEADER',
        line: end,
        message: 'this is no header, and git would begin the message here',
        hint: 'an empty line ends the headers',
      });
      break;
    } else {
      last = name.toLowerCase();
      if (MEANT.includes(last) && headers.has(last))
        faults.push({ code: 'PATCH_HEADER', line: end, message: `a second ${name}: header` });
      headers.set(last, { line: end, value: trimEnd(value) });
    }
  }
  faults.push(...encodingFaults(headers.get('content-type'), headers.get('content-transfer-encoding')));
  const subject = readSubject(headers.get('subject'));
  const author = readAuthor(headers.get('from'));
  for (const read of [subject, author]) if (typeof read !== 'string') faults.push(read);
  return {
    subject: typeof subject === 'string' ? subject : '',
    author: typeof author === 'string' ? author : '',
    end: end + 1,
    ascii: /^[^;]*;[ \t]*(?:format=fixed[ \t]*;[ \t]*)*charset="?us-ascii/i.test(
      headers.get('content-type')?.value ?? '',
    ),
    faults,
  };
}

function encodingFaults(type: Header | undefined, transfer: Header | undefined): Fault[] {
  const faults: Fault[] = [];
  const refuse = ({ line }: Header, name: string): void => {
    faults.push({
      code: 'PATCH_ENCODING',
      line,
      message: `${name} is not read here: a patch file is plain text in UTF-8`,
      hint: INTO_PATCH,
    });
  };
  if (type !== undefined && !PLAIN_TEXT.test(type.value)) refuse(type, type.value);
  if (transfer !== undefined && !AS_IS.test(transfer.value)) refuse(transfer, transfer.value);
  return faults;
}

function readSubject(header: Header | undefined): string | Fault {
  const fault = (code: Fault['code'], message: string, hint?: string): Fault => ({
    code,
    line: header?.line ?? 0,
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  if (header === undefined) return fault('PATCH_NO_SUBJECT', 'there is no Subject: header');
  const decoded = decodeHeader(header);
  if (typeof decoded !== 'string') return decoded;
  const subject = cleanSubject(decoded);
  if (subject === '') return fault('PATCH_NO_SUBJECT', 'the subject is empty');
  if (subject.startsWith('[') && subject.includes(']'))
    return fault(
      'PATCH_SUBJECT',
      `git am drops the brackets of "${subject}", or keeps them, as it is asked`,
      'the prefix is in series.yaml, not in the subject',
    );
  return subject;
}

/** cleanup_subject() and cleanup_space(), with the brackets kept in which PATCH does not stand. */
function cleanSubject(text: string): string {
  let subject = text;
  for (;;) {
    const bracket = /^\[[^\]]*\]/.exec(subject)?.[0] ?? '';
    if (/^re:./is.test(subject)) subject = subject.slice(3);
    else if (/^[ \t:]/.test(subject)) subject = subject.slice(1);
    else if (bracket.length >= 7 && bracket.includes('PATCH')) subject = subject.slice(bracket.length);
    else break;
  }
  return oneSpace(subject);
}

/** What handle_from() makes of an ordinary address; git has guesses for all others. */
function readAuthor(header: Header | undefined): string | Fault {
  const fault = (message: string): Fault => ({
    code: 'PATCH_NO_AUTHOR',
    line: header?.line ?? 0,
    message,
    hint: 'From: Name <address>',
  });
  if (header === undefined) return fault('there is no From: header');
  const decoded = decodeHeader(header);
  if (typeof decoded !== 'string') return decoded;
  const [, quoted, bare, address = ''] =
    /^(?:"([^"\\()<>@]*)"|([^"\\()<>@]*))[ \t]*<([^<>@\s"\\()]+@[^<>@\s"\\()]+)>$/.exec(oneSpace(decoded)) ?? [];
  const name = oneSpace(quoted ?? bare ?? '');
  // get_sane_name() takes the address for a name that is longer
  if (name === '' || Buffer.byteLength(name) > 60 || [name, address].some((part) => CRUD.test(part)))
    return fault(`git would guess at the author "${decoded}"`);
  return `${name} <${address}>`;
}

function oneSpace(text: string): string {
  return text.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '');
}

/** What ident.c takes off either end of a name or an address; newer versions of git leave a dot. */
const CRUD = /^[.,:;<>"\\']|[.,:;<>"\\']$/;

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
    if (word === undefined)
      return { code: 'PATCH_ENCODING', line, message: `git cannot read the encoded word "${value.slice(start)}"` };
    if (!/^(?:utf-?8|us-ascii)$/i.test(charset))
      return {
        code: 'PATCH_ENCODING',
        line,
        message: `the charset ${charset} is not read here: write the header in UTF-8`,
      };
    if (kind.toLowerCase() === 'b' && !BASE64.test(text))
      return { code: 'PATCH_ENCODING', line, message: `this is not base64: "${text}"` };
    const decoded = kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString('latin1') : unquote(text);
    if (/^us-ascii$/i.test(charset) && !isAscii(decoded))
      return { code: 'PATCH_ENCODING', line, message: `this is not ${charset}, as it says: "${word}"` };
    bytes += decoded;
    from = start + word.length;
  }
  const decoded = fromUtf8(bytes + value.slice(from));
  // the text of an encoded word is text; stored without its encoding, and mailed, it would be decoded once more
  if (decoded?.includes('=?') === true)
    return { code: 'PATCH_ENCODING', line, message: `the header is "${decoded}", which git would decode once more` };
  // a newline would be folded into a blank, a NUL refused: none of them is in a header that a person wrote
  return decoded === undefined || /[\0-\x08\n-\x1f\x7f]/.test(decoded)
    ? { code: 'PATCH_BINARY', line, message: 'the header holds bytes that are not text' }
    : decoded;
}

function unquote(text: string): string {
  return text
    .replace(/=$/, '')
    .replace(/_/g, ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
