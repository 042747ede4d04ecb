import { quote } from 'zx';

/** Exit codes of every command; the numbers are interface and are listed in the README. */
export const EXIT = {
  pass: 0,
  test: 1,
  usage: 2,
  check: 10,
  apply: 11,
  config: 12,
  build: 13,
  boot: 14,
  host: 69,
  interrupted: 130,
} as const;

export type ExitName = keyof typeof EXIT;

/** Closed set of error codes, each with the exit code it ends in. A new kind of failure is a new row. */
const CODES = {
  E_USAGE: 'usage',
  E_UNKNOWN_COMMAND: 'usage',
  E_UNKNOWN_OPTION: 'usage',
  E_SERIES: 'usage',
  E_RECORD_MISSING: 'usage',
  E_CHECK: 'check',
  E_PATCH_FORMAT: 'apply',
  E_PATCH_CONFLICT: 'apply',
  E_PATCH_IN_BASE: 'apply',
  E_BASE: 'apply',
  E_BASE_VERSION: 'apply',
  E_TREE: 'apply',
  E_WORKTREE_EDITED: 'apply',
  E_AM_IN_PROGRESS: 'apply',
  E_REFRESH: 'apply',
  E_CONFIG: 'config',
  E_CONFIG_DROPPED: 'config',
  E_BUILD: 'build',
  E_BUILD_WARNING: 'build',
  E_BOOT: 'boot',
  E_TEST: 'test',
  E_HOST_TOOL: 'host',
  E_HOST_PACKAGES: 'host',
  E_HOST_SPACE: 'host',
  E_HOST_READONLY: 'host',
  E_HOST_PATH: 'host',
  E_HOST_NETWORK: 'host',
  E_HOST_KVM: 'host',
  E_LOCKED: 'host',
  E_EXEC: 'host',
  E_INTERRUPTED: 'interrupted',
  E_INTERNAL: 'host',
} as const satisfies Record<string, ExitName>;

export type ErrorCode = keyof typeof CODES;
export const ERROR_CODES = Object.keys(CODES) as ErrorCode[];

/** What to type when the code that throws knows nothing better. */
const NEXT: Readonly<Record<Exclude<ExitName, 'pass'>, string>> = {
  usage: 'npm run apply -- --help',
  check: 'npm run check',
  apply: 'npm run apply',
  config: 'npm run config',
  build: 'npm run build',
  boot: 'npm run doctor',
  test: 'npm run report',
  host: 'npm run doctor',
  interrupted: 'run the same command again to go on',
};

/** Where the problem is; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line?: number;
  readonly col?: number;
}

/** One finding of a check that collects them all before it fails. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly position?: Position;
  readonly hint?: string;
}

export interface ErrorDetails {
  readonly position?: Position;
  /** The command, or the short advice, that gets the person further. */
  readonly next?: string;
  /** Lines below the message: git's own text, a compiler error, a console excerpt. */
  readonly detail?: string;
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

export class WorkbenchError extends Error {
  override readonly name = 'WorkbenchError';
  readonly code: ErrorCode;
  readonly exitCode: number;
  readonly position: Position | undefined;
  readonly next: string;
  readonly detail: string | undefined;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.exitCode = EXIT[CODES[code]];
    this.position = details.position;
    this.next = details.next ?? NEXT[CODES[code]];
    this.detail = details.detail;
    this.problems = details.problems ?? [];
  }
}

/** The same error with another command, and a place where the caller knows one. */
export function withNext(error: WorkbenchError, next: string, at?: Position): WorkbenchError {
  const { code, message, detail, problems, cause } = error;
  const position = at ?? error.position;
  return new WorkbenchError(code, message, {
    ...(position === undefined ? {} : { position }),
    ...(detail === undefined ? {} : { detail }),
    problems,
    cause,
    next,
  });
}

export function formatPosition(position: Position): string {
  const { file, line, col } = position;
  if (line === undefined) return file;
  return col === undefined ? `${file}:${line}` : `${file}:${line}:${col}`;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What was thrown as an error of the closed set; any other is a mistake of ours, and comes with its stack. */
export function asWorkbenchError(thrown: unknown): WorkbenchError {
  if (thrown instanceof WorkbenchError) return thrown;
  const text = String(thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown);
  return new WorkbenchError('E_INTERNAL', text, { cause: thrown });
}

/** The errno name (`ENOSPC`, ...) of a Node system error, if it is one. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function pathOf(error: unknown): string | undefined {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

/** What a person can see to: full disk, read-only place, a path of the other kind; everything else unchanged. */
export function fromSystemError(error: unknown, path: string): unknown {
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new WorkbenchError('E_HOST_SPACE', `no space left while writing ${path}`, {
        next: 'free some space, or set XDG_CACHE_HOME to a larger place, and run the command again',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new WorkbenchError('E_HOST_READONLY', `no permission: ${messageOf(error)}`, {
        next: `namei -l ${quote(pathOf(error) ?? path)}  # or set XDG_CACHE_HOME to a place of yours`,
        cause: error,
      });
    case 'EROFS':
      return new WorkbenchError('E_HOST_READONLY', `cannot write ${path}: ${messageOf(error)}`, {
        next: 'make it writable, or set XDG_CACHE_HOME to a place that is',
        cause: error,
      });
    case 'EISDIR':
    case 'ENOTDIR':
      return new WorkbenchError('E_USAGE', `a directory where a file should be, or a file: ${messageOf(error)}`, {
        next: `namei -l ${quote(pathOf(error) ?? '.')}`,
        cause: error,
      });
    default:
      return error;
  }
}
