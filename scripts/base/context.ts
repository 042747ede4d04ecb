import type { Log } from '../lib/log.ts';
import type { CachePaths } from '../lib/paths.ts';

/** What every way of getting a base needs from its caller. */
export interface BaseContext {
  readonly cache: CachePaths;
  readonly log: Log;
  /** Path of the log file of one step. */
  readonly logFile: (step: string) => string;
  readonly signal?: AbortSignal;
  /** What is asked of the machine, when it is not the usual. */
  readonly machine?: Partial<Machine>;
}

export interface Machine {
  /** Room that must be free before a source is imported. */
  readonly neededBytes: number;
  /** Change whenever apt or dpkg may know other versions than before. */
  readonly packageFiles: readonly string[];
  /** Held by the process that installs: packages are the machine's, and processes of any cache meet here. */
  readonly packagesLock: string;
}

export const MACHINE: Machine = {
  // a 6.12 tree: 1.4 GB in git, 1.5 GB checked out
  neededBytes: 3_500_000_000,
  packageFiles: ['/var/lib/apt/lists', '/var/lib/dpkg/status'],
  // a directory of root's, as only root installs
  packagesLock: '/run/dtrace-bpf-packages.lock',
};
