/** Whether a console can be trusted to show a report at all; pure. */
import { clean, HARMLESS, isMarker, isStamped, splitWriters, stripStamp } from './console-text.ts';
import { isMixedInto } from './mixed-letters.ts';
import { PHRASES } from './phrases.ts';
import { isSplatHead } from './splat-heads.ts';

/** Without tab, newline and escape; what clean() takes out as harmless is not looked at. */
const CONTROL = /[\x01-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]/g;
const CONTROL_BYTES = 3;
/** What is no UTF-8 becomes this character. */
const NO_TEXT = /\ufffd/g;
/** More than a task's name has, which may be anything. */
const NO_TEXT_BYTES = 16;
const NULS = /\0{16,}/;
/** "[   12.345678]" with letters of another writer in it. */
const BROKEN_STAMP = /^[^[]{0,8}\[(?:[^\]\d]{0,24}\d)+[^\]\d]{0,16}\.(?:[^\]\d]{0,16}\d){6,}[^\]\d]{0,16}\]/;
/** The kernel's own word for what it could not print. */
const DROPPED = /^\*\* \d+ printk messages dropped \*\*/;
const ORDINARY_STAMP = /\[ *\d+\.\d{6}\]/;
/** The words of one report may go on in lines that the newlines of the other writer begin. */
const NEXT_LINES = 2;
const TEXT_LETTERS = 400;

/** A line with what follows it and has no beginning of its own. */
function textFrom(lines: readonly string[], index: number): string {
  const following = lines.slice(index + 1, index + 1 + NEXT_LINES).map(clean);
  const own = following.findIndex((line) => isStamped(line) || splitWriters(line).length > 1 || isSplatHead(line));
  const all = [clean(lines[index] ?? ''), ...(own < 0 ? following : following.slice(0, own))];
  return all.join('\n').slice(0, TEXT_LETTERS);
}

function whyUnreadable(lines: readonly string[], index: number): string | undefined {
  const line = lines[index] ?? '';
  if ((line.replace(HARMLESS, '').match(CONTROL)?.length ?? 0) >= CONTROL_BYTES) return 'control characters';
  const decoded = Buffer.from(line, 'latin1').toString('utf8');
  if ((decoded.match(NO_TEXT)?.length ?? 0) >= NO_TEXT_BYTES) return 'bytes that are no text';
  if (NULS.test(line)) return 'NUL bytes where text was';
  const words = clean(line);
  if (splitWriters(line).some((part) => DROPPED.test(stripStamp(part)))) return 'the kernel dropped messages';
  if (BROKEN_STAMP.test(words) && !ORDINARY_STAMP.test(words)) {
    return 'a time stamp has letters of another writer in it';
  }
  if (isSplatHead(line)) return undefined;
  const text = textFrom(lines, index);
  return PHRASES.some((phrase) => isMixedInto(text, phrase)) ? 'the letters of two writers are mixed' : undefined;
}

export interface Unreadable {
  readonly index: number;
  readonly why: string;
}

/** The first line that cannot be read; undefined when all can. */
export function findUnreadable(lines: readonly string[]): Unreadable | undefined {
  for (const [index, line] of lines.entries()) {
    const why = isMarker(splitWriters(line).at(-1) ?? '') ? undefined : whyUnreadable(lines, index);
    if (why !== undefined) return { index, why };
  }
  return undefined;
}
