/**
 * How git reads the message of a mail: git's mailsplit.c, mailinfo.c and strbuf.c, as of 2.39; mail-head.ts has the
 * headers, diff.ts what follows. Pure. Lines are bytes, one a character (latin1), without their newline. What git would
 * decode, drop or guess and this does not is refused by its name; mailinfo.test.ts compares both.
 */

/** A place that is not taken as it stands: a line, from 0, and what git would do there. */
export interface Fault {
  readonly code:
    | 'PATCH_HEADER'
    | 'PATCH_ENCODING'
    | 'PATCH_NO_SUBJECT'
    | 'PATCH_SUBJECT'
    | 'PATCH_NO_AUTHOR'
    | 'PATCH_MESSAGE'
    | 'PATCH_BINARY';
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
  const line = lines.findIndex(
    (text, index) => (index === first && isInbodyHeader(text)) || misreading(text) !== undefined,
  );
  if (line < 0) return undefined;
  const text = lines[line] ?? '';
  const wrong = misreading(text);
  const what = wrong ?? 'takes the first line for a header';
  return {
    code: 'PATCH_MESSAGE',
    line,
    message: `git am ${what}: "${text}"`,
    hint: wrong === undefined ? 'move it up to the headers, or indent it' : 'indent the line, or word it differently',
  };
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
  return text
    .split('\n')
    .map(trimEnd)
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}

/** undefined when the bytes are not UTF-8. */
export function fromUtf8(bytes: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return undefined;
  }
}

export function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

/** strbuf_rtrim(). */
export function trimEnd(text: string): string {
  return text.replace(/[ \t\r]+$/, '');
}
