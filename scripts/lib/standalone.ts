/** Scripts that are no command of `npm run`: a signal interrupts them, and an error is told as a command's is. */
import { asWorkbenchError, EXIT, fromSystemError } from './errors.ts';
import { formatError, type Log, type Sink } from './log.ts';
import { createLog } from './sink-log.ts';

export interface Standalone {
  readonly args: readonly string[];
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Resolves to the exit code. @param stop interrupts the work; a test has its own */
export async function standalone(
  args: readonly string[],
  work: (script: Standalone) => Promise<number>,
  stderr: Sink = process.stderr,
  stop = signalled(),
): Promise<number> {
  const log = createLog(stderr);
  const complain = (text: string): void => {
    log.settle();
    stderr.write(text);
  };
  try {
    const code = await work({ args, log, signal: stop });
    return stop.aborted ? EXIT.interrupted : code;
  } catch (thrown: unknown) {
    const error = fromSystemError(thrown, 'a file of the cache or of out/');
    if (stop.aborted) {
      complain('interrupted\n');
      return EXIT.interrupted;
    }
    const known = asWorkbenchError(error);
    complain(`${formatError(known)}\n`);
    return known.exitCode;
  }
}

/** The first signal; a second one ends the process. */
function signalled(): AbortSignal {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  return abort.signal;
}
