/** What in a kernel log is a complaint of the kernel about itself; pure. */
import { isMarker, isStamped, splitWriters, stripStamp } from './console-text.ts';
import { isPlainWarning, isSplatHead } from './splat-heads.ts';
import { isTraceless } from './traceless.ts';
import { findUnreadable, type Unreadable } from './unreadable.ts';

/** Parts of the log, as the console has it. */
export interface Splat {
  /** The line that says most: the first that is not "cut here". */
  readonly title: string;
  /** Every line that matched a pattern. */
  readonly heads: readonly string[];
  readonly excerpt: readonly string[];
}

export interface ExpectedSplatPattern {
  readonly pattern: RegExp;
  readonly reason: string;
}

/** What an oops leaves behind is said last, behind the end of its trace. */
const AFTER_OOPS = /^note: .*\[\d+\] exited with /;
const OOPS = /\[#\d+\]/;
const END_OF_TRACE = /^---\[ end (?:trace|Kernel panic)/;
const EXCERPT_LINES = 60;
/** One event prints several heads ("cut here", WARNING; BUG, #PF, Oops) within so many lines. */
const SAME_EVENT_LINES = 12;
const CUT_HERE = /^-+\[ cut here \]-+$/;
/** Heads with which an event begins; what an oops or a panic goes on with is none of them. */
const BEGINS = /^(?:\[ )?(?:BUG: |WARNING: |general protection fault)/;
/** Of the kernel's own code: a trace, or where it was. */
const TRACE = /^(?:Call [Tt]race:|RIP: 0010:\S+\+0x)/;
/** What stands between a report's words and its trace. */
const TRACE_PREAMBLE = new RegExp(
  [
    '$',
    'CPU: ',
    'Hardware name: ',
    'Tainted: ',
    'Workqueue: ',
    'Modules linked in:',
    'Sending NMI',
    'Call [Tt]race:',
    // the registers, of x86 and arm64; functions, and the stacks that they are on
    String.raw`(?:RIP|Code|RSP|RAX|RDX|RBP|R\d\d|FS|CS|CR\d|DR\d|PKRU|pstate|pc|lr|sp|x\d+) ?:`,
    String.raw` +(?:\? )?[\w.]+\+0x[0-9a-f]+/0x[0-9a-f]+`,
    ' *</?[A-Z#]+>$',
  ]
    .map((begin) => `^${begin}`)
    .join('|'),
);
const PREAMBLE_LINES = 60;
/** One dump of a stack, with registers or not, begins with it. */
const DUMP = /^CPU: /;
const END_OF_STACK = /^ *<\/[A-Z#]+>$/;
/**
 * What a report may say before its trace. Its lists of functions and of bytes, which are indented or have a name and
 * bytes, are not counted: SLUB's are long.
 */
const WORDS_BEFORE_TRACE = 20;
const LIST = /^(?:\s|(?:Redzone|Object|Padding|Bytes b4) +[0-9a-f]+: )/;
/** Within a stack, where an interrupt met the kernel. */
const FRAME = /^ +(?:\? )?[\w.]+\+0x[0-9a-f]+\/0x[0-9a-f]+/;
/** Traces that were asked for: by sysrq, by an NMI to all CPUs. */
const ASKED_FOR = /^(?:sysrq: |NMI backtrace for cpu|Sending NMI from CPU)|^task:\S+ +state:/;
/** lockdep prints its chains first, which may be long, and the trace last. */
const LAST_OF_REPORT = /^(?:stack backtrace:|(?:-> #\d+ .*|the existing dependency chain.*):?)$/;

/** The line that a bare trace belongs to; undefined when the trace was asked for or ends a report above. */
function titleOfTrace(texts: readonly string[], index: number): string | undefined {
  if (texts[index]?.startsWith('RIP: ') === true && FRAME.test(texts[index - 1] ?? '')) return undefined;
  let dumped = false;
  for (let at = index - 1; at >= Math.max(0, index - PREAMBLE_LINES); at--) {
    const text = texts[at] ?? '';
    if ([ASKED_FOR, LAST_OF_REPORT, END_OF_TRACE].some((above) => above.test(text))) return undefined;
    // above a dump's first line the stack of another one ends
    if (dumped && END_OF_STACK.test(text)) return texts[index];
    dumped ||= DUMP.test(text);
    if (!TRACE_PREAMBLE.test(text)) return text;
  }
  return texts[index];
}

/** Where a report is with its one trace: another one belongs to something else. */
class OwnTrace {
  #state: 'due' | 'running' | 'over';
  #words = 0;

  constructor(head: string) {
    this.#state = TRACE.test(head) ? 'running' : isTraceless(head) ? 'over' : 'due';
  }

  /** Whether a trace that begins here is the report's own. @param text the line, which is none of its heads */
  takes(text: string): boolean {
    if (this.#state === 'running' && (DUMP.test(text) || !(TRACE.test(text) || TRACE_PREAMBLE.test(text))))
      this.#state = 'over';
    if (this.#state === 'due' && !TRACE_PREAMBLE.test(text) && !LIST.test(text)) this.#words++;
    if (!TRACE.test(text)) return true;
    if (this.#state === 'due') this.#state = this.#words > WORDS_BEFORE_TRACE ? 'over' : 'running';
    return this.#state === 'running';
  }
}

/** The kernel's line that begins here, with its end when the newline of another writer broke it. */
function wholeLine(lines: readonly string[], index: number): string {
  const [line = '', next = ''] = lines.slice(index, index + 2);
  const broken = !isStamped(next) && !isSplatHead(next) && isStamped(line + next) && isSplatHead(line + next);
  return broken ? line + next : line;
}

/** A warning as programs begin theirs, too, on a console where the kernel's lines have stamps. */
function isOfProgram(lines: readonly string[], index: number): boolean {
  const [before = '', line = ''] = [lines[index - 1], lines[index]];
  const broken = isStamped(before) && stripStamp(before).trim() === '';
  return !isStamped(line) && !broken && isPlainWarning(line);
}

/** Two reports that follow each other closely are two: one that is declared must not excuse the other. */
function beginsAnother([first = '', ...more]: readonly string[], text: string): boolean {
  const cut = CUT_HERE.test(first);
  return CUT_HERE.test(text) ? !cut || more.length > 0 : !cut && BEGINS.test(text);
}

/** All of them in order; a console that cannot be read counts as one. */
export function findSplats(raw: readonly string[]): Splat[] {
  const lines = raw.flatMap(splitWriters);
  const texts = lines.map(stripStamp);
  const stamped = lines.some(isStamped);
  const splats: { heads: string[]; excerpt: string[]; from: number; last: number; closed: boolean; trace: OwnTrace }[] =
    [];
  lines.forEach((line, index) => {
    const whole = wholeLine(lines, index);
    const text = whole === line ? (texts[index] ?? '') : stripStamp(whole);
    const current = splats.at(-1);
    const inside = current !== undefined && !current.closed && index - current.from < EXCERPT_LINES;
    if (isMarker(line)) {
      if (current !== undefined) current.closed = true;
      return;
    }
    const head = isSplatHead(whole) && !(stamped && isOfProgram(lines, index));
    if (head && AFTER_OOPS.test(text) && current?.heads.some((above) => OOPS.test(above)) === true) {
      current.heads.push(text);
      current.excerpt.push(line);
      return;
    }
    const own = inside && (head || current.trace.takes(text));
    const bare = !own && TRACE.test(text) ? titleOfTrace(texts, index) : undefined;
    if (head || bare !== undefined) {
      if (own && index - current.last <= SAME_EVENT_LINES && !beginsAnother(current.heads, text)) {
        current.heads.push(text);
        current.excerpt.push(line);
        current.last = index;
        current.trace = new OwnTrace(text);
      } else {
        const trace = new OwnTrace(text);
        splats.push({ heads: [bare ?? text], excerpt: [line], from: index, last: index, closed: false, trace });
      }
      return;
    }
    if (!inside) return;
    current.excerpt.push(line);
    if (END_OF_TRACE.test(text)) current.closed = true;
  });
  const unreadable = findUnreadable(raw);
  return [
    ...splats.map(({ heads, excerpt }) => ({
      title: heads.find((head) => !head.includes('cut here')) ?? heads[0] ?? '',
      heads,
      excerpt,
    })),
    ...(unreadable === undefined ? [] : [unreadableSplat(raw, unreadable)]),
  ];
}

function unreadableSplat(lines: readonly string[], { index, why }: Unreadable): Splat {
  const title = `the console cannot be read: ${why}`;
  return { title, heads: [title], excerpt: lines.slice(Math.max(0, index - 3), index + 10) };
}

export interface SplatVerdict {
  readonly unexpected: readonly Splat[];
  /** Declared, and did not come. */
  readonly missing: readonly ExpectedSplatPattern[];
}

export function judgeSplats(splats: readonly Splat[], expected: readonly ExpectedSplatPattern[]): SplatVerdict {
  const meets = (splat: Splat, { pattern }: ExpectedSplatPattern): boolean =>
    splat.heads.some((head) => pattern.test(head));
  return {
    unexpected: splats.filter((splat) => !expected.some((candidate) => meets(splat, candidate))),
    missing: expected.filter((candidate) => !splats.some((splat) => meets(splat, candidate))),
  };
}
