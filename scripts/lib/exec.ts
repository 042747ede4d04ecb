import { spawn, type SpawnOptions } from 'node:child_process';
import { closeSync, openSync, readSync, fstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { $, quote } from 'zx';
import { environmentOf, toolOf } from './environment.ts';
import { WorkbenchError, fromSystemError } from './errors.ts';
import { afterGiven, givenTime, type Clock } from './given-time.ts';
import { endGroup, guard, guardianPipe, introduced, killGroup } from './guardian.ts';
import { makeDir } from './make-dir.ts';
import { makeNice } from './priority.ts';
import { temporaryRoot } from './temporary.ts';

/** Everything there is to know about a process that ended; no caller matches on message text. */
export interface ExecResult {
  readonly argv: readonly string[];
  readonly cwd: string | undefined;
  /** null when a signal ended it or it never ran. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Empty when the output went to `log`. */
  readonly stdout: string;
  readonly stderr: string;
  readonly log: string | undefined;
  readonly durationMs: number;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  /** Anything but a normal exit with 0. */
  readonly failed: boolean;
}

export interface ExecOptions {
  readonly cwd?: string;
  /** Whose environment it gets, where the command's first word does not say; see environment.ts. */
  readonly tool?: string;
  /** Added to the tool's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Buffer;
  /** Standard output and error go to this file's descriptor and never through this process. */
  readonly log?: string;
  /** By `clock`. */
  readonly timeoutMs?: number;
  /** By default that of the command and all that it starts; see given-time.ts. */
  readonly clock?: Clock;
  /** Gets the id of the group's leader as soon as there is one. */
  readonly onStart?: (pid: number) => void;
  readonly signal?: AbortSignal;
  /** How much nicer than this process the command is to other sessions; see priority.ts. */
  readonly nice?: number;
  /** How long a group may take to end after SIGTERM before it gets SIGKILL. */
  readonly graceMs?: number;
}

const DEFAULT_GRACE_MS = 3_000;
const TAIL_BYTES = 4_096;
/** The first descriptor behind the standard ones. */
const GUARDIAN_FD = 3;

/** The command as one can paste it into a shell. */
export function formatArgv(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quote(word))).join(' ');
}

/**
 * Runs one command in its own process group and resolves to its record, whatever happened.
 * Every ending kills the whole group, and so does the death of this process; see guardian.ts.
 */
export async function exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const started = performance.now();
  let fd: number | undefined;
  if (options.log !== undefined) {
    try {
      makeDir(dirname(options.log));
      fd = openSync(options.log, 'a');
    } catch (error: unknown) {
      throw fromSystemError(error, options.log);
    }
  }
  // zx takes an empty text for none, and leaves the pipe open
  const input = options.input?.length === 0 ? undefined : options.input;
  let timedOut = false;
  let aborted = options.signal?.aborted === true;
  let exitCode: number | null = null;
  let signal: NodeJS.Signals | null = null;
  let stdout = '';
  let stderr = '';
  if (!aborted) {
    const shell = $({
      // no shell that stays: the group's leader becomes the command itself
      spawn: ((_command: string, _args: readonly string[], spawnOptions: SpawnOptions) => {
        const [leader = '', ...args] = introduced(argv, GUARDIAN_FD);
        return spawn(leader, args, { ...spawnOptions, shell: false });
      }) as typeof spawn,
      quiet: true,
      nothrow: true,
      detached: true,
      env: toolEnvironment(argv, options),
      stdio: [input === undefined ? 'ignore' : 'pipe', fd ?? 'pipe', fd ?? 'pipe', guardianPipe()],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(input === undefined ? {} : { input }),
    });
    const child = shell`${argv}`;
    // a command that ends before it has read all is judged by its exit code
    child.child?.stdin?.on('error', () => undefined);
    const pid = child.pid;
    if (pid !== undefined) guard(pid);
    if (pid !== undefined) makeNice(pid, options.nice);
    if (pid !== undefined) options.onStart?.(pid);
    const grace = options.graceMs ?? DEFAULT_GRACE_MS;
    let killer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      if (pid === undefined) return;
      killGroup(pid, 'SIGTERM');
      killer ??= setTimeout(() => killGroup(pid, 'SIGKILL'), grace);
    };
    const onAbort = (): void => {
      aborted = true;
      stop();
    };
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const onTimeout = (): void => {
      timedOut = true;
      stop();
    };
    const clock = (): Clock => options.clock ?? givenTime(() => (pid === undefined ? [] : [pid]));
    const cancel = options.timeoutMs === undefined ? undefined : afterGiven(clock(), options.timeoutMs, onTimeout);
    try {
      const output = await child;
      exitCode = output.exitCode;
      signal = output.signal;
      stdout = output.stdout;
      stderr = output.stderr;
    } finally {
      cancel?.();
      clearTimeout(killer);
      options.signal?.removeEventListener('abort', onAbort);
      if (pid !== undefined) endGroup(pid);
    }
  }
  if (fd !== undefined) closeSync(fd);
  return {
    argv,
    cwd: options.cwd,
    exitCode,
    signal,
    stdout,
    stderr,
    log: options.log,
    durationMs: performance.now() - started,
    timedOut,
    aborted,
    failed: exitCode !== 0 || timedOut || aborted,
  };
}

/** Like exec, but anything except success is thrown with the end of its output. */
export async function must(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const result = await exec(argv, options);
  if (result.failed) throw execError(result);
  return result;
}

export function execError(result: ExecResult): WorkbenchError {
  const command = formatArgv(result.argv);
  if (result.aborted) return new WorkbenchError('E_INTERRUPTED', `interrupted: ${command}`);
  const how = result.timedOut
    ? `took longer than ${Math.round(result.durationMs / 1000)} s`
    : result.signal === null
      ? `exited with ${result.exitCode}`
      : `was ended by ${result.signal}`;
  const detail =
    result.log === undefined ? result.stderr.slice(-TAIL_BYTES) || result.stdout.slice(-TAIL_BYTES) : tail(result.log);
  if (result.exitCode === 127 || /failed to execute .*: No such file/.test(result.stderr)) {
    return new WorkbenchError('E_HOST_TOOL', `${result.argv[0]} is not installed`, { detail, next: 'npm run doctor' });
  }
  const host = hostError(detail, command);
  if (host !== undefined) return host;
  return new WorkbenchError('E_EXEC', `${command} ${how}`, {
    detail,
    ...(result.log === undefined ? {} : { position: { file: result.log } }),
    next: result.log === undefined ? commandIn(result.cwd, result.argv) : formatArgv(['less', result.log]),
  });
}

/** The same command from wherever one is. */
function commandIn(cwd: string | undefined, argv: readonly string[]): string {
  return cwd === undefined ? formatArgv(argv) : `(cd ${formatArgv([cwd])} && ${formatArgv(argv)})`;
}

/**
 * A full or read-only disk, told by the words that programs have for it (Node writes them small); undefined when it is
 * neither.
 */
export function hostError(words: string, command: string): WorkbenchError | undefined {
  if (/no space left on device|disk quota exceeded|enough free space/i.test(words)) {
    return new WorkbenchError('E_HOST_SPACE', `no space left on the device: ${command}`, {
      detail: words,
      next: 'free some space, or set XDG_CACHE_HOME to a larger place, and run the command again',
    });
  }
  if (/read-only file system/i.test(words)) {
    return new WorkbenchError('E_HOST_READONLY', `the file system is read-only: ${command}`, {
      detail: words,
      next: 'make it writable, or set XDG_CACHE_HOME to a place that is, and run the command again',
    });
  }
  return undefined;
}

/** The last lines of a file, at most `bytes`. */
export function tail(path: string, bytes = TAIL_BYTES): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(fd);
    const length = Math.min(size, bytes);
    const buffer = Buffer.alloc(length);
    readSync(fd, buffer, 0, length, size - length);
    const text = buffer.toString('utf8');
    return size > length ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    closeSync(fd);
  }
}

/** The one place where a tool's environment meets the shell's; for what is started without exec, too. */
export function toolEnvironment(
  argv: readonly string[],
  { tool = toolOf(argv), env = {} }: Pick<ExecOptions, 'tool' | 'env'> = {},
): NodeJS.ProcessEnv {
  return { ...environmentOf(tool, process.env, temporaryRoot()), ...env };
}
