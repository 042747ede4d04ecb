import { existsSync, renameSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fullDisk } from '../lib/disk.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { exec, execError, formatArgv } from '../lib/exec.ts';
import { follow } from '../lib/follow.ts';
import { gitArgv, gitText } from '../lib/git.ts';
import { makeDir } from '../lib/make-dir.ts';
import { readJson, writeJson } from '../lib/record.ts';
import type { BaseContext } from './context.ts';
import type { Imported } from './debian.ts';
import { removeLeftovers, temporaryBase } from './temporary.ts';

export function gitKey(name: string, url: string, ref: string): string {
  const digest = createHash('sha256').update(`${url}\n${ref}`).digest('hex').slice(0, 12);
  return `${name.replace(/[^A-Za-z0-9.+-]/g, '_')}_${digest}`;
}

/** One ref of a remote repository, without its history; fetched once, then the cached commit is the base. */
export async function gitBase(name: string, url: string, ref: string, context: BaseContext): Promise<Imported> {
  const { cache, log } = context;
  const key = gitKey(name, url, ref);
  const final = join(cache.bases, key);
  const repo = join(final, 'repo.git');
  const known = readJson(join(final, 'base.json')) as { origin?: string; commit?: string } | undefined;
  if (known?.origin !== undefined && known.commit !== undefined && existsSync(join(repo, 'HEAD'))) {
    return { origin: known.origin, commit: known.commit, key, repo };
  }
  removeLeftovers(cache.bases);
  const temporary = temporaryBase(cache.bases);
  makeDir(temporary);
  try {
    const bare = join(temporary, 'repo.git');
    await gitText(cache.bases, ['init', '-q', '--bare', bare]);
    const argv = ['fetch', '--depth', '1', '--no-tags', '--progress', url, ref];
    log({ kind: 'stage', stage: 'base', text: `fetching ${ref} of ${url}` });
    log({ kind: 'command', text: formatArgv(['git', ...argv]) });
    const logFile = context.logFile('fetch');
    const work = exec(gitArgv(argv), {
      tool: 'git fetch',
      cwd: bare,
      log: logFile,
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    });
    const result = await follow(
      logFile,
      (line) => {
        const [, what, done, total] = /^(Receiving objects|Resolving deltas): .*\((\d+)\/(\d+)\)/.exec(line) ?? [];
        if (what !== undefined)
          log({ kind: 'progress', what: what.toLowerCase(), done: Number(done), total: Number(total) });
      },
      work,
    );
    if (result.aborted) throw execError(result);
    if (result.failed) {
      const error = execError(result);
      const detail = error.detail ?? '';
      const host = error.code === 'E_EXEC' ? fullDisk(cache.bases, { detail, cause: error }) : error;
      if (host !== undefined) throw host;
      const unknownRef = /couldn't find remote ref|not our ref/.test(detail);
      throw new WorkbenchError(unknownRef ? 'E_BASE' : 'E_HOST_NETWORK', `could not fetch ${ref} of ${url}`, {
        detail,
        next: unknownRef
          ? 'correct the ref of this base in patches/series.yaml'
          : 'check the network and the url in patches/series.yaml, then npm run apply',
      });
    }
    const commit = (await gitText(bare, ['rev-parse', 'FETCH_HEAD^{commit}'])).trim();
    await gitText(bare, ['update-ref', 'refs/heads/base', commit]);
    await gitText(bare, ['symbolic-ref', 'HEAD', 'refs/heads/base']);
    const origin = `${url} ${ref} ${commit.slice(0, 12)}`;
    writeJson(join(temporary, 'base.json'), { origin, commit, key });
    rmSync(final, { recursive: true, force: true });
    renameSync(temporary, final);
    return { origin, commit, key, repo };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
