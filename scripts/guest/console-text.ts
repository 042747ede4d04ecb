/** From the bytes of a serial console to lines of one writer each; pure. */

const STAMP = String.raw`\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?`;
const AT_START = new RegExp(`^(?:<\\d+>)?(?:${STAMP})?`);
const BEGINS_WITH_STAMP = new RegExp(`^(?:<\\d+>)?${STAMP}`);
const INSIDE = new RegExp(`(?<!^(?:<\\d+>)?)(?=${STAMP})`);
/** What the harness and the agent print through /dev/kmsg; it may quote anything. */
const MARKER = /^dtrace-selftest: /;

/**
 * What moves, colours or names a terminal and shows nothing (ECMA-48): control sequences, strings with their end, and
 * escapes of a few characters. Not in their one-byte form, which is a part of letters in UTF-8.
 */
const CONTROL = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]/g;

/** Carriage returns, NULs, bells and backspaces: a service that shows how far it is prints them in ordinary text. */
export const HARMLESS = /[\r\0\x07\b]/g;

/** Without control sequences and what is harmless. */
export function clean(line: string): string {
  return line.replace(CONTROL, '').replace(HARMLESS, '');
}

/** "[   12.345678][  T123] text" -> "text" */
export function stripStamp(line: string): string {
  return clean(line).replace(AT_START, '');
}

/** Whether a line begins as the kernel begins one of its own. */
export function isStamped(line: string): boolean {
  return BEGINS_WITH_STAMP.test(clean(line));
}

export function isMarker(line: string): boolean {
  return MARKER.test(stripStamp(line));
}

/** More than a record of printk has. */
const RECORD_LETTERS = 2_048;

/**
 * A stamp, or a carriage return, in the middle of a line begins the kernel's own, behind what another writer has not
 * finished. Of text that is longer than any of the kernel's only the ends are left, where it can have one.
 */
export function splitWriters(line: string): string[] {
  if (isMarker(line)) return [line];
  const parts = line.split(/\r(?!$)/).flatMap((part) => clean(part).split(INSIDE));
  return parts.flatMap((part) =>
    part.length > 2 * RECORD_LETTERS ? [part.slice(0, RECORD_LETTERS), part.slice(-RECORD_LETTERS)] : [part],
  );
}
