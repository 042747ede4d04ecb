/** Turns kbuild's output into progress: how much is done, how much is expected, how long it will take. */

/** One line of kbuild such as `  CC [M]  fs/foo.o`. */
interface KbuildStep {
  readonly action: string;
  readonly target: string;
}

const STEP = /^ {2}([A-Z][A-Z0-9_]*)(?: \[M\])? +(\S+)/;

/** A thousand headers are copied in a second: counted as work they would make the time left a lie. */
const NOT_WORK = new Set(['HDRINST', 'WRAP', 'SYSHDR', 'UPD']);

export function parseStep(line: string): KbuildStep | undefined {
  const match = STEP.exec(line);
  return match && !NOT_WORK.has(match[1] ?? '') ? { action: match[1] ?? '', target: match[2] ?? '' } : undefined;
}

/**
 * Lines that a full build prints for each symbol that is set in its `.config`. Measured on the default
 * configuration of 6.12; it is asked only when no earlier build of the configuration is known.
 */
const LINES_PER_SYMBOL = 2.3;

export function estimateSteps(enabledSymbols: number): number {
  return Math.round(enabledSymbols * LINES_PER_SYMBOL);
}

/**
 * Milliseconds left, or undefined while there is too little to tell from (a ccache hit at the start says
 * nothing about the rest). More steps than expected: the estimate was short, so say nothing.
 */
export function timeLeft(done: number, expected: number, elapsedMs: number): number | undefined {
  if (expected <= 0 || done >= expected) return undefined;
  if (elapsedMs < 5_000 || done < expected / 50) return undefined;
  return Math.round((elapsedMs / done) * (expected - done));
}
