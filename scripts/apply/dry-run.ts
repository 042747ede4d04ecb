import type { BaseChoice } from '../base/resolve.ts';
import { formatArgv } from '../lib/exec.ts';
import type { CachePaths } from '../lib/paths.ts';
import type { Series } from '../series/load.ts';
import { worktreePath } from './state.ts';

/** The commands of an apply from nothing, in order; what is in the cache already is not repeated. */
export function dryRunApply(series: Series, choice: BaseChoice, cache: CachePaths): string {
  const name = choice.base ?? series.data.base;
  const entry = series.data.bases[name];
  const lines: string[] = [];
  let repo = choice.tree ?? `${cache.bases}/KEY/repo.git`;
  let key = 'KEY';
  if (choice.tree !== undefined) {
    lines.push(formatArgv(['git', '-C', choice.tree, 'rev-parse', '--verify', `${choice.onto ?? 'HEAD'}^{commit}`]));
  } else if (entry !== undefined && 'debian' in entry) {
    key = `${entry.debian}_VERSION`;
    repo = `${cache.bases}/${key}/repo.git`;
    lines.push(`cd ${cache.downloads} && apt-get download ${entry.debian}`);
    lines.push(`git init --bare ${repo}`);
    lines.push(`dpkg-deb --fsys-tarfile ${entry.debian}_VERSION_all.deb | tar -xO ./usr/src/${entry.debian}.tar.xz | xz -dc -T0 | git -C ${repo} fast-import`);
  } else if (entry !== undefined) {
    lines.push(`git init --bare ${repo}`);
    lines.push(formatArgv(['git', '-C', repo, 'fetch', '--depth', '1', '--no-tags', entry.git, entry.ref]));
  }
  const path = worktreePath(cache, key);
  lines.push(`git -C ${repo} worktree add -b ${series.data.name}-v${series.data.version} ${path} base`);
  for (const { file } of series.patches) lines.push(formatArgv(['git', '-C', path, 'am', '--3way', `patches/${file}`]));
  return lines.join('\n');
}
