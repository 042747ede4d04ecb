/** From the bytes of a serial console to lines of one writer each; pure. */

const STAMP = String.raw`\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?`;
const AT_START = new RegExp(`^(?:<\\d+>)?(?:${STAMP})?`);
const BEGINS_WITH_STAMP = new RegExp(`^(?:<\\d+>)?${STAMP}`);
const INSIDE = new RegExp(`(?<!^(?:<\\d+>)?)(?=${STAMP})`);
/** What the harness and the agent print through /dev/kmsg; it may quote anything. */
const MARKER = /^dtrace-selftest: /;

/** Without colour codes, NULs and carriage returns. */
export function clean(line: string): string {
  return line.replace(/\x1b\[[\d;?]*[A-Za-z]|[\r\0]/g, '');
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

/** A stamp in the middle of a line begins the kernel's own, behind what another writer has not finished. */
export function splitWriters(line: string): string[] {
  return isMarker(line) ? [line] : clean(line).split(INSIDE);
}
