import { simpleGit, type SimpleGit } from 'simple-git';
import { exec, execError, formatArgv, hostError, toolEnvironment, type ExecOptions, type ExecResult } from './exec.ts';
import { messageOf, WorkbenchError } from './errors.ts';

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
  return exec(gitArgv(args), { ...options, cwd: dir });
}

/** git's standard output; a non-zero exit is thrown with git's own text. */
export async function gitText(dir: string, args: readonly string[], options: ExecOptions = {}): Promise<string> {
  const result = await gitExec(dir, args, options);
  if (!result.failed) return result.stdout;
  if (result.aborted) throw new WorkbenchError('E_INTERRUPTED', `interrupted: git ${args[0] ?? ''}`);
  const general = execError(result);
  if (general.code === 'E_HOST_TOOL') throw general;
  const detail = result.stderr || result.stdout;
  const host = hostError(detail, `git ${args.join(' ')} in ${dir}`);
  if (host !== undefined) throw host;
  throw (
    missingObjects(detail, dir) ??
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
export function openGit(dir: string): SimpleGit {
  const env = toolEnvironment(['git']);
  return simpleGit({
    baseDir: dir,
    config: Object.entries(GIT_SETTINGS).map(([key, value]) => `${key}=${value}`),
    unsafe: {
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeConfigPaths: true,
      allowUnsafeEditor: true,
      allowUnsafePager: true,
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
    return await ask(openGit(dir));
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

/** A partial clone asks its server for the files that it has not; undefined when `words` of git are about something else. */
export function missingObjects(words: string, dir: string): WorkbenchError | undefined {
  if (!/from promisor remote|could not fetch [0-9a-f]{40}/.test(words)) return undefined;
  return new WorkbenchError(
    'E_TREE',
    `${dir} is a partial clone, and its server did not give the files that are missing`,
    {
      detail: words,
      next: `${formatArgv(['git', '-C', dir, 'fetch'])}  # when that works, the same command again; or give a whole clone`,
    },
  );
}
