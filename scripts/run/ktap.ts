/** KTAP, as the kernel's own tests print it, in the form of TAP 14: children are indented by 4 columns instead of 2. Pure. */

const VERSION = /^( *)KTAP version \d+$/;
/** An indented line of a child's: the parser takes it for a comment when the indentation is not its own. */
const CHILD_STEP = 2;

/** What is not KTAP stays as it is. A stream of KTAP ends where a line is indented less than its first. */
export function fromKtap(text: string): string {
  if (!/^ *KTAP version /m.test(text)) return text;
  let base: number | undefined;
  return text.split('\n').map((line) => {
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    if (base !== undefined && line.trim() !== '' && indent < base) base = undefined;
    const [, margin] = VERSION.exec(line) ?? [];
    if (base === undefined) base = margin?.length;
    if (base === undefined) return line;
    const depth = Math.floor((indent - base) / CHILD_STEP);
    const words = line.trim().replace(/^KTAP version \d+$/, depth === 0 ? 'TAP version 14' : '# Subtest');
    return words === '' ? '' : ' '.repeat(base + 4 * depth) + words;
  }).join('\n');
}
