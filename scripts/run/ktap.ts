/**
 * KTAP, as the kernel's own tests print it, in the form of TAP 14: children are indented by 4 columns, and what only
 * KTAP knows is a failure. Children of KTAP are indented by 2 columns, those of KUnit by 4, and kselftest puts "# "
 * before them. Pure.
 */

const VERSION = /^K?TAP version \d+$/;
const NOTHING = /^1\.\.0\b/;
const RESULT = /^(?:not )?ok\b/;
const SKIPPED = /^1\.\.0 +# *SKIP\b/i;
/** These say that it is not ok, whatever stands before. */
const FAILED = /^ok\b(?=.*[^\\]# *(?:TIMEOUT|ERROR)\b)/i;
const STRUCTURE = /^(?:K?TAP version \d+$|1\.\.\d+|(?:not )?ok\b|Bail out!)/;
/** A child that the parser of TAP would take for a comment: with a version, or indented by what is no step of TAP's. */
const BEGINS = /^( *)KTAP version \d+$|^((?: {4})*) {2}(?:K?TAP version \d+$|1\.\.\d+|(?:not )?ok \d|# Subtest)/;

/** What is being read: how far it is indented, and whether a test of it came. */
interface Level {
  readonly indent: number;
  empty: boolean;
}

/** kselftest's prefix, from the child's version to the end of the comments. */
function withoutPrefix(lines: readonly string[]): string[] {
  let inside = false;
  return lines.map((line) => {
    inside = inside ? line.startsWith('#') : /^# K?TAP version \d+$/.test(line);
    return inside ? line.replace(/^# ?/, '  ') : line;
  });
}

/** What is not KTAP stays as it is. */
export function fromKtap(text: string): string {
  const out: string[] = [];
  let levels: Level[] = [];
  let named = false;
  let yaml = false;
  const pad = (depth = levels.length - 1): string => ' '.repeat((levels[0]?.indent ?? 0) + 4 * depth);
  const leave = (): void => {
    if (levels.at(-1)?.empty === true && levels.length > 1) {
      out.push(`${pad()}not ok 1 - a stream without a test`, `${pad()}1..1`);
    }
    levels.pop();
  };
  for (const line of withoutPrefix(text.split('\n'))) {
    const words = line.trim();
    const indent = line.length - line.trimStart().length;
    if (yaml || words === '---') {
      yaml = words !== '...';
      out.push(levels.length === 0 ? line : `${pad()}  ${line.slice((levels.at(-1)?.indent ?? 0) + 2)}`);
      continue;
    }
    if (levels.length === 0) {
      const [, own, parent] = BEGINS.exec(line) ?? [];
      named = own !== undefined;
      const at = own ?? parent;
      if (at !== undefined) levels = [{ indent: at.length, empty: false }];
    }
    if (levels.length === 0 || words === '') {
      out.push(line);
      continue;
    }
    if (!STRUCTURE.test(words)) {
      out.push(`${pad()}${words.startsWith('#') ? words : `# ${words}`}`);
      continue;
    }
    while (levels.length > 0 && indent < (levels.at(-1)?.indent ?? 0)) leave();
    if (levels.length === 0) {
      out.push(line);
      continue;
    }
    if (indent > (levels.at(-1)?.indent ?? 0)) levels.push({ indent, empty: true });
    const level = levels.at(-1);
    if (level !== undefined && (RESULT.test(words) || SKIPPED.test(words))) level.empty = false;
    if (VERSION.test(words)) out.push(`${pad()}${levels.length === 1 ? 'TAP version 14' : '# Subtest'}`);
    // a plan of nothing is put right when the child ends
    else if (!NOTHING.test(words) || level?.empty !== true) out.push(`${pad()}${words.replace(FAILED, 'not ok')}`);
    // without a version of its own it is the child of one test of TAP
    if (!named && levels.length === 1 && RESULT.test(words)) levels = [];
  }
  while (levels.length > 0) leave();
  return out.join('\n');
}
