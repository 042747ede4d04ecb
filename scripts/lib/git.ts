import { simpleGit, type SimpleGit } from 'simple-git';
import type { Environment } from './environment.ts';
import { exec, execError, formatArgv, hostError, toolEnvironment, type ExecOptions, type ExecResult } from './exec.ts';
import { messageOf, WorkbenchError } from './errors.ts';
import { overriding } from './git-drivers.ts';

/**
 * Settings that override a repository's own configuration wherever it could change a result: no hooks, no list of a
 * person's own, and never a background gc on a tree that is about to be built.
 */
export const GIT_SETTINGS: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.autocrlf': 'false',
  'core.fsmonitor': 'false',
  'core.quotePath': 'false',
  'core.attributesFile': '/dev/null',
  // every file, as it is in the repository
  'core.sparseCheckout': 'false',
  'core.symlinks': 'true',
  'core.eol': 'lf',
  // a file that is not there stops every diff
  'diff.orderFile': '/dev/null',
  'core.excludesFile': '/dev/null',
  // what is asked for changes, and what is taken for one
  'core.fileMode': 'true',
  'core.ignoreCase': 'false',
  'core.ignoreStat': 'false',
  'core.checkStat': 'default',
  'core.trustctime': 'true',
  'core.safecrlf': 'false',
  'core.bigFileThreshold': '512m',
  'submodule.recurse': 'false',
  // attributes are those of what is checked out
  'attr.tree': '',
  'merge.default': 'text',
  // what is read here is UTF-8
  'i18n.commitEncoding': 'UTF-8',
  'i18n.logOutputEncoding': 'UTF-8',
  'apply.whitespace': 'nowarn',
  'apply.ignoreWhitespace': 'no',
  'color.ui': 'false',
  'color.diff': 'false',
  'commit.gpgSign': 'false',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'advice.detachedHead': 'false',
  // trees of other owners (a mounted checkout, sudo) are read, never run
  'safe.directory': '*',
};

export function gitArgv(args: readonly string[], settings: Readonly<Record<string, string>> = {}): string[] {
  const pairs = Object.entries({ ...GIT_SETTINGS, ...settings }).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  return ['git', ...pairs, ...args];
}

/** git with its full result record, for the calls whose failure is an answer. */
export async function gitExec(dir: string, args: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const env = { ...(await withoutDrivers(dir)), ...options.env };
  return exec(gitArgv(args), { ...options, env, cwd: dir });
}

/** By directory; a configuration that changes while a command runs is none that it has to follow. */
const known = new Map<string, Environment>();

/** What keeps the programs of `dir`'s own configuration out, see git-drivers.ts. */
async function withoutDrivers(dir: string): Promise<Environment> {
  const found = known.get(dir);
  if (found !== undefined) return found;
  // a configuration that cannot be read is what the command itself will say
  const { stdout } = await exec(gitArgv(['config', '--list', '--name-only', '-z']), { cwd: dir });
  const names = stdout.split('\0');
  const env = overriding(names);
  // every repository has it; what is none yet may become one
  if (names.includes('core.repositoryformatversion')) known.set(dir, env);
  return env;
}

interface GitOptions extends ExecOptions {
  /** The repository whose objects are read, when it is another than `dir`. */
  readonly objectsOf?: string;
}

/** git's standard output; a non-zero exit is thrown with git's own text. */
export async function gitText(dir: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  const result = await gitExec(dir, args, options);
  if (!result.failed) return result.stdout;
  if (result.aborted) throw new WorkbenchError('E_INTERRUPTED', `interrupted: git ${args[0] ?? ''}`);
  const general = execError(result);
  if (general.code === 'E_HOST_TOOL') throw general;
  const detail = result.stderr || result.stdout;
  const host = hostError(detail, `git ${args.join(' ')} in ${dir}`);
  if (host !== undefined) throw host;
  throw (
    missingObjects(detail, options.objectsOf ?? dir) ??
    new WorkbenchError('E_EXEC', `git ${args.join(' ')} exited with ${result.exitCode} in ${dir}`, {
      detail,
      next: formatArgv(['git', '-C', dir, ...args]),
    })
  );
}

/**
 * simple-git, for queries whose parsed answer is worth having; what streams, takes input or is long goes through
 * gitExec.
 */
export function openGit(dir: string, more: Environment = {}): SimpleGit {
  const env = { ...toolEnvironment(['git']), ...more };
  return simpleGit({
    baseDir: dir,
    config: Object.entries(GIT_SETTINGS).map(([key, value]) => `${key}=${value}`),
    unsafe: {
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeConfigPaths: true,
      allowUnsafeEditor: true,
      allowUnsafePager: true,
      allowUnsafeConfigEnvCount: true,
      allowUnsafeFilter: true,
      allowUnsafeMergeDriver: true,
    },
    allowEnvironment: Object.keys(env),
    // simple-git takes a non-zero exit with an empty stderr for success (diff --quiet, merge-base --is-ancestor)
    errors: (error, result) => {
      if (error !== undefined) return error;
      if (result.exitCode === 0) return undefined;
      return Buffer.concat([...result.stdErr, Buffer.from(`git exited with ${result.exitCode}`)]);
    },
  }).env(env);
}

/** Asks simple-git; its failure is thrown as every other one. */
async function query<T>(dir: string, args: readonly string[], ask: (git: SimpleGit) => PromiseLike<T>): Promise<T> {
  try {
    return await ask(openGit(dir, await withoutDrivers(dir)));
  } catch (error: unknown) {
    if (messageOf(error).includes('spawn git ENOENT'))
      throw new WorkbenchError('E_HOST_TOOL', 'git is not installed', { next: 'npm run doctor', cause: error });
    const what = `git ${args.join(' ')}`;
    throw (
      hostError(messageOf(error), what) ??
      missingObjects(messageOf(error), dir) ??
      new WorkbenchError('E_EXEC', `${what} failed in ${dir}`, {
        detail: messageOf(error),
        next: formatArgv(['git', '-C', dir, ...args]),
        cause: error,
      })
    );
  }
}

/** Tracked files that differ from HEAD, a renamed one by its new name; untracked ones are not looked at here. */
export async function changedFiles(dir: string): Promise<string[]> {
  const { files } = await query(dir, ['status'], (git) => git.status(['--untracked-files=no']));
  return files.map(({ path }) => path);
}

/** What git says of an object that is not there, or is not what it was. */
const UNREADABLE = new RegExp(
  [
    'unable to (?:read|unpack|parse)',
    'nonexistent object',
    '[Cc]ould not (?:read|parse) (?:object|commit|tree|[0-9a-f]{40})',
    'failed to (?:read|unpack)',
    'cannot read object',
    'object file .* is empty',
    'object .* is corrupt',
    '(?:bad|missing|corrupt|broken) (?:loose )?(?:object|blob|tree|commit)',
    'garbage at end of loose object',
    'inflate: ',
    'hash mismatch',
    'packfile ',
    'index file .*\\.idx',
  ]
    .map((words) => `^(?:error|fatal|warning): .*${words}`)
    .join('|'),
  'm',
);

/** Whether what was thrown is about objects of a repository. */
export function isLostObjects(error: unknown): error is WorkbenchError {
  return error instanceof WorkbenchError && error.code === 'E_TREE' && UNREADABLE.test(error.detail ?? '');
}

/**
 * Whether every object that is named in git's words is there, and whole: then it is what stands in them that git cannot
 * use, such as a tree with a file for a directory.
 */
export async function areStored(dir: string, words: string): Promise<boolean> {
  const ids = [...new Set(words.match(/\b[0-9a-f]{40}\b/g))];
  const input = Buffer.from(ids.map((id) => `${id}\n`).join(''));
  const { failed, stdout } = await gitExec(dir, ['cat-file', '--batch'], { input });
  return ids.length > 0 && !failed && !/^[0-9a-f]{40} missing$/m.test(stdout);
}

/** A repository that does not have all of its objects; undefined when `words` of git are about something else. */
export function missingObjects(words: string, dir: string): WorkbenchError | undefined {
  // a partial clone asks its server for the files that it has not
  if (/from promisor remote|could not fetch [0-9a-f]{40}/.test(words)) {
    return new WorkbenchError(
      'E_TREE',
      `${dir} is a partial clone, and its server did not give the files that are missing`,
      {
        detail: words,
        next:
          `${formatArgv(['git', '-C', dir, 'fetch'])}  # when that works, the same command again; ` +
          'or give a whole clone',
      },
    );
  }
  if (!UNREADABLE.test(words)) return undefined;
  return new WorkbenchError('E_TREE', `${dir} has lost objects, or has damaged ones`, {
    detail: words,
    next: `${formatArgv(['git', '-C', dir, 'fsck'])}  # names them; when they are back, the same command again`,
  });
}
