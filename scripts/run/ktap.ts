/**
 * KTAP, as the kernel's own tests print it, in the form of TAP 14: children are indented by 4 columns, and what only
 * KTAP knows is a failure. Children of KTAP are indented by 2 columns, those of KUnit by 4, other programs do as they
 * like, and kselftest puts "# " before them. Pure.
 */

const VERSION = /^(K?)TAP version \d+$/;
const PLAN = /^1\.\.\d+(?:\s+#.*)?$/;
const NOTHING = /^1\.\.0\b/;
const RESULT = /^(?:not )?ok\b/;
const SKIPPED = /^1\.\.0 +# *SKIP\b/i;
/** These say that it is not ok, whatever stands before. */
const FAILED = /^([#\s]*)ok\b(?=.*[^\\]# *(?:TIMEOUT|ERROR)\b)/i;
const SUBTEST = /^# Subtest\b/;
/** What begins a child where TAP nests none; "ok" without a number may be the words of a program. */
const BEGINS = /^(?:K?TAP version \d+$|1\.\.\d+(?:\s+#.*)?$|(?:not )?ok \d|# Subtest\b)/;
/** TAP nests at the multiples of it only, and takes all that is between them for noise. */
const STEP = 4;
const TAB = 8;

/** What is being read: how far it is indented, and what came of it. */
interface Level {
  readonly indent: number;
  /** Neither a test, nor that all are skipped. */
  empty: boolean;
  tests: number;
  planned: boolean;
  versioned: boolean;
  /** KUnit does not know how many values a test will have, and prints no plan for them. */
  mayHaveNoPlan: boolean;
}

const newLevel = (indent: number, empty: boolean): Level => ({
  indent,
  empty,
  tests: 0,
  planned: false,
  versioned: false,
  mayHaveNoPlan: false,
});

/** kselftest's prefix, from the child's version to the end of the comments; as often as it runs within itself. */
function withoutPrefix(lines: readonly string[]): string[] {
  let inside: string | undefined;
  let found = false;
  const stripped = lines.map((line) => {
    if (inside === undefined || !line.startsWith(inside)) {
      inside = /^(\s*#) K?TAP version \d+$/.exec(line)?.[1];
      if (inside === undefined) return line;
      found = true;
    }
    return `${inside.slice(0, -1)}  ${line.slice(inside.length).replace(/^ /, '')}`;
  });
  return found ? withoutPrefix(stripped) : stripped;
}

function columnsOf(blank: string): number {
  return [...blank].reduce((column, letter) => (letter === '\t' ? column - (column % TAB) + TAB : column + 1), 0);
}

const isStructure = (words: string): boolean =>
  VERSION.test(words) || PLAN.test(words) || RESULT.test(words) || /^bail out!/i.test(words);

/** Every line stays one; what is not KTAP stays as it is, but for what FAILED says. */
export function fromKtap(text: string): string {
  const out: string[] = [];
  /** Without any it is TAP; of a child of TAP, the first is TAP's own. */
  let levels: Level[] = [];
  let isRoot = false;
  /** Where TAP was last, for the parent of what begins. */
  let tapIndent = 0;
  /** Diagnostics stand behind a result only, and deeper than it. */
  let result: number | undefined;
  let yaml: string | undefined;
  const pad = (): string => ' '.repeat((levels[0]?.indent ?? 0) + STEP * Math.max(levels.length - 1, 0));
  const leave = (): void => {
    const level = levels.at(-1);
    if (level !== undefined && levels.length > 1) {
      if (level.empty) out.push(`${pad()}not ok 1 - a stream without a test`, `${pad()}1..1`);
      else if (!level.planned && level.mayHaveNoPlan) out.push(`${pad()}1..${level.tests}`);
    }
    levels.pop();
  };
  for (const raw of withoutPrefix(text.replaceAll('\r\n', '\n').split('\n'))) {
    const blank = /^\s*/.exec(raw)?.[0] ?? '';
    const indent = columnsOf(blank);
    if (yaml !== undefined && raw !== '' && !raw.startsWith(yaml)) yaml = undefined;
    if (yaml === undefined && result !== undefined && indent > result && raw.trim() === '---') yaml = blank;
    if (yaml !== undefined) {
      out.push(levels.length === 0 ? raw : `${pad()}  ${raw.slice(yaml.length)}`);
      if (raw === `${yaml}...`) yaml = undefined;
      continue;
    }
    const line = raw.replace(FAILED, '$1not ok');
    const words = line.trim();
    const version = VERSION.exec(words);
    if (levels.length === 0) {
      const isOdd = indent % STEP !== 0 || blank.includes('\t');
      isRoot = indent === 0 && version?.[1] === 'K';
      if (isRoot) levels = [newLevel(0, false)];
      else if (version?.[1] === 'K' || (isOdd && BEGINS.test(words)))
        levels = [newLevel(Math.min(tapIndent, STEP * Math.floor((indent - 1) / STEP)), false)];
      else if (isStructure(words) || SUBTEST.test(words)) tapIndent = indent - (indent % STEP);
    }
    if (isStructure(words)) result = RESULT.test(words) ? indent : undefined;
    if (levels.length === 0 || words === '') {
      out.push(line);
      continue;
    }
    if (!isStructure(words)) {
      const level = levels.at(-1);
      if (SUBTEST.test(words) && level?.indent === indent && level.versioned) level.mayHaveNoPlan = true;
      out.push(`${pad()}${words.startsWith('#') ? words : `# ${words}`}`);
      continue;
    }
    while (levels.length > 0 && indent < (levels.at(-1)?.indent ?? 0)) leave();
    if (levels.length === 0) {
      out.push(line);
      continue;
    }
    if (indent > (levels.at(-1)?.indent ?? 0)) levels.push(newLevel(indent, true));
    const level = levels.at(-1) ?? newLevel(indent, true);
    if (RESULT.test(words)) level.tests++;
    if (PLAN.test(words)) level.planned = true;
    if (version?.[1] === 'K') level.versioned = true;
    if (RESULT.test(words) || SKIPPED.test(words)) level.empty = false;
    if (version !== null) out.push(`${pad()}${levels.length === 1 ? 'TAP version 14' : '# Subtest'}`);
    // a plan of nothing is put right when the child ends
    else if (!NOTHING.test(words) || !level.empty) out.push(`${pad()}${words}`);
    // it was the child of one test of TAP
    if (!isRoot && levels.length === 1 && RESULT.test(words)) [levels, tapIndent] = [[], level.indent];
  }
  while (levels.length > 0) leave();
  return out.join('\n');
}
