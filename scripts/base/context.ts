import type { Log } from '../lib/log.ts';
import type { CachePaths } from '../lib/paths.ts';

/** What every way of getting a base needs from its caller. */
export interface BaseContext {
  readonly cache: CachePaths;
  readonly log: Log;
  /** Path of the log file of one step. */
  readonly logFile: (step: string) => string;
  readonly signal?: AbortSignal;
}
