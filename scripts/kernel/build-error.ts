/** What went wrong when a tool that builds something failed: the machine, or the sources. */
import { fullDisk } from '../lib/disk.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv, hostError, tail, type ExecResult } from '../lib/exec.ts';
import { findFailure } from './failure.ts';

const LOG_BYTES = 8 << 20;
/** Where a tool that could not write says so. */
const LAST_WORDS_BYTES = 16 << 10;

/** A full or read-only disk is no mistake of the sources, whatever else the tools say; undefined when it is neither. */
export function hostFailure(words: string, dir: string, what: string): WorkbenchError | undefined {
  return hostError(words, what) ?? fullDisk(dir, { detail: words });
}

/**
 * A tool that was interrupted, or that the machine failed, says nothing about the sources.
 * @param words what it said
 * @param interrupted the message when it was
 * @throws E_INTERRUPTED, E_HOST_SPACE, E_HOST_READONLY
 */
export function mustHaveRun(result: ExecResult, words: string, dir: string, what: string, interrupted: string): void {
  if (result.aborted) throw new WorkbenchError('E_INTERRUPTED', interrupted);
  const host = result.failed ? hostFailure(words, dir, what) : undefined;
  if (host !== undefined) throw host;
}

/**
 * @param what   what does not build, for the message
 * @param dir    where it is built
 * @returns E_HOST_SPACE, E_HOST_READONLY, or E_BUILD with the first compiler error
 */
export function buildError(what: string, logFile: string, dir: string): WorkbenchError {
  const host = hostFailure(tail(logFile, LAST_WORDS_BYTES), dir, what);
  if (host !== undefined) return host;
  const failure = findFailure(tail(logFile, LOG_BYTES));
  return new WorkbenchError('E_BUILD', `${what} does not build: ${failure.message}`, {
    ...(failure.position === undefined ? {} : { position: failure.position }),
    detail: failure.excerpt.join('\n'),
    next: formatArgv(['less', logFile]),
  });
}
