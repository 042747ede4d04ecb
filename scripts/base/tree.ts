import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { changedFiles, gitExec } from '../lib/git.ts';
import type { Log } from '../lib/log.ts';
import { refuseFormat } from '../series/reader.ts';
import type { Imported } from './debian.ts';

/**
 * A person's own checkout as a base: the commit of `ref`, never the files on disk. Everything here only reads; what
 * `apply` adds later is one branch and one worktree.
 */
export async function treeBase(path: string, ref: string, log: Log): Promise<Imported> {
  const absolute = resolve(path);
  const next = 'npm run apply -- --tree PATH, with the path of a git checkout of the kernel';
  if (!existsSync(absolute)) throw new WorkbenchError('E_TREE', `${path} does not exist`, { next });
  const repo = realpathSync(absolute);
  // git's answers are lines
  if (repo.includes('\n'))
    throw new WorkbenchError('E_TREE', `${JSON.stringify(path)} has a line break in its path`, {
      next: `${formatArgv(['mv', repo, repo.replaceAll('\n', '_')])}  # and the same command with that path`,
    });
  const asked = await gitExec(repo, [
    'rev-parse',
    '--show-object-format',
    '--is-shallow-repository',
    '--is-inside-work-tree',
    '--git-path',
    'info/attributes',
    `${ref}^{commit}`,
    '--',
  ]);
  if (asked.stdout === '')
    throw asked.stderr.includes('not a git repository')
      ? new WorkbenchError('E_TREE', `${path} is not a git repository`, { detail: asked.stderr, next })
      : new WorkbenchError('E_TREE', `git does not open ${path}`, {
          detail: asked.stderr,
          next: `${formatArgv(['git', '-C', repo, 'rev-parse', 'HEAD'])}  # when that works, the same command again`,
        });
  const [format = '', shallow, inside, attributes = '', commit = ''] = asked.stdout.split('\n');
  if (asked.failed) {
    throw new WorkbenchError('E_TREE', `${path} has no commit ${ref}`, {
      detail: asked.stderr,
      next: `${formatArgv(['git', '-C', repo, 'branch', '--all'])}  # one of these, a tag or a commit after --onto`,
    });
  }
  refuseFormat(format, path);
  refuseAttributes(resolve(repo, attributes));
  if (inside === 'true' && (await edited(repo)).length > 0) {
    log({ kind: 'note', text: `${path} has uncommitted changes; they stay as they are and are not part of the base` });
  }
  if (shallow === 'true') {
    log({ kind: 'note', text: `${path} is shallow: patches made for older files cannot be merged three-way there` });
  }
  return { origin: `${repo} ${ref}`, repo, commit, key: treeKey(repo) };
}

async function edited(repo: string): Promise<string[]> {
  try {
    return await changedFiles(repo);
  } catch (error: unknown) {
    if (!(error instanceof WorkbenchError) || error.code !== 'E_EXEC') throw error;
    const { detail = error.message, next } = error;
    throw new WorkbenchError('E_TREE', `git cannot look at ${repo}`, { detail, next, cause: error });
  }
}

/** .git/info/attributes has the last word over the tree's own, and no option of git turns it off. */
const CHANGES_FILES = /\s[-!]?(?:text|eol|crlf|binary|ident|filter|merge|working-tree-encoding)(?:=|\s|$)/;

function refuseAttributes(file: string): void {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const line = lines.findIndex((text) => !text.startsWith('#') && CHANGES_FILES.test(text));
  if (line < 0) return;
  throw new WorkbenchError(
    'E_TREE',
    'attributes of this repository change what git checks out: a worktree would not have the files of the commit',
    {
      position: { file, line: line + 1, col: 1 },
      detail: lines[line] ?? '',
      next: `${formatArgv(['mv', file, `${file}.off`])}  # or give another clone`,
    },
  );
}

/** @param repo its real path */
export function treeKey(repo: string): string {
  const id = createHash('sha256').update(repo).digest('hex').slice(0, 10);
  return `tree-${basename(repo).replace(/[^A-Za-z0-9.+-]/g, '_')}-${id}`;
}
