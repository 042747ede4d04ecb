/** What in a kernel log is a complaint of the kernel about itself; pure. */

/** Anchored after the optional timestamp and printk caller, so that text which only quotes a splat is none. */
const PATTERNS: readonly RegExp[] = [
  /^BUG: /,
  /^WARNING: /,
  /^-+\[ cut here \]-+$/,
  /^Oops: /,
  /^Oops:? /,
  /^(?:invalid opcode|divide error|double fault|general protection fault|stack segment|int3|traps: PANIC)\b.*(?:\[#\d+\]|:)/,
  /^KASAN: /,
  /^UBSAN: /,
  /^(?:BUG: )?KFENCE: /,
  /^BUG: KCSAN: /,
  /possible (?:recursive locking|circular locking dependency|irq lock inversion) detected/,
  /inconsistent lock state$/,
  /suspicious RCU usage/,
  /^INFO: trying to register non-static key/,
  /^DEBUG_LOCKS_WARN_ON/,
  /^ODEBUG: /,
  /^rcu: INFO: .*(?:self-)?detected (?:expedited )?stalls?/,
  /^INFO: rcu_.*detected (?:expedited )?stalls?/,
  /^INFO: task .* blocked for more than \d+ seconds/,
  /^watchdog: BUG: soft lockup/,
  /^(?:NMI )?[Ww]atchdog(?:: | )?.*[Hh]ard LOCKUP/,
  /^Kernel panic - not syncing/,
  /^Bad page state/,
  /^kmemleak: \d+ new suspected memory leaks/,
  /^list_(?:add|del) corruption/,
  /^refcount_t: /,
  /^unregister_netdevice: waiting for/,
];

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

const END_OF_TRACE = /^---\[ end (?:trace|Kernel panic)/;
const MARKER = /^dtrace-selftest: /;
const EXCERPT_LINES = 60;
/** One event prints several heads ("cut here", WARNING; BUG, #PF, Oops) within so many lines. */
const SAME_EVENT_LINES = 12;

/** "[   12.345678][  T123] text" -> "text"; the colour codes and carriage returns of a console go too. */
export function stripStamp(line: string): string {
  return line.replace(/\x1b\[[\d;]*[A-Za-z]|\r/g, '').replace(/^(?:<\d+>)?(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?)?/, '');
}

export function isSplatHead(line: string): boolean {
  const text = stripStamp(line);
  return PATTERNS.some((pattern) => pattern.test(text));
}

export function findSplats(lines: readonly string[]): Splat[] {
  const splats: { heads: string[]; excerpt: string[]; from: number; last: number; closed: boolean }[] = [];
  lines.forEach((line, index) => {
    const text = stripStamp(line);
    const current = splats.at(-1);
    const inside = current !== undefined && !current.closed && index - current.from < EXCERPT_LINES;
    if (MARKER.test(text)) {
      if (current !== undefined) current.closed = true;
      return;
    }
    if (isSplatHead(line)) {
      if (inside && index - current.last <= SAME_EVENT_LINES) {
        current.heads.push(text);
        current.excerpt.push(line);
        current.last = index;
      } else {
        splats.push({ heads: [text], excerpt: [line], from: index, last: index, closed: false });
      }
      return;
    }
    if (!inside) return;
    current.excerpt.push(line);
    if (END_OF_TRACE.test(text)) current.closed = true;
  });
  return splats.map(({ heads, excerpt }) => ({ title: heads.find((head) => !head.includes('cut here')) ?? heads[0] ?? '', heads, excerpt }));
}

export interface SplatVerdict {
  readonly unexpected: readonly Splat[];
  /** Declared, and did not come. */
  readonly missing: readonly ExpectedSplatPattern[];
}

export function judgeSplats(splats: readonly Splat[], expected: readonly ExpectedSplatPattern[]): SplatVerdict {
  const meets = (splat: Splat, { pattern }: ExpectedSplatPattern): boolean => splat.heads.some((head) => pattern.test(head));
  return {
    unexpected: splats.filter((splat) => !expected.some((candidate) => meets(splat, candidate))),
    missing: expected.filter((candidate) => !splats.some((splat) => meets(splat, candidate))),
  };
}
