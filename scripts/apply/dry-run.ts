import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { FILTER, IDENTITY } from '../base/debian.ts';
import { UNSANDBOXED } from '../base/apt.ts';
import { MIRROR_MARK, sourceLine, suitePlace, TARGET_FORMAT, type SuitePlace } from '../base/suite.ts';
import { gitKey } from '../base/git-base.ts';
import type { BaseChoice } from '../base/resolve.ts';
import { treeKey } from '../base/tree.ts';
import { formatArgv } from '../lib/exec.ts';
import type { CachePaths } from '../lib/paths.ts';
import type { Series } from '../series/load.ts';
import type { SeriesPatch } from '../series/patchfile.ts';
import type { BaseEntry } from '../series/schema.ts';
import { AM_ARGS } from './am.ts';
import { parseAuthor } from './worktree.ts';

const word = (text: string): string => formatArgv([text]);

/**
 * The commands of an apply from nothing, in order, to be pasted into bash in the project's directory. What only apt or
 * git knows is asked there; what is in the cache already, apply does not repeat.
 */
export function dryRunApply(series: Series, choice: BaseChoice, cache: CachePaths): string {
  const { name, version, bases, base, author } = series.data;
  const committer = parseAuthor(author);
  const entry = bases[choice.base ?? base];
  const lines =
    choice.tree !== undefined
      ? treeLines(choice.tree, choice.onto ?? 'HEAD')
      : entry === undefined
        ? []
        : baseLines(choice.base ?? base, entry, cache);
  return [
    ...lines,
    `git -C "$repo" worktree add -b ${name}-v${version} ${word(cache.worktrees)}/"$key" "$commit"`,
    `export ${formatArgv([`GIT_COMMITTER_NAME=${committer.name}`, `GIT_COMMITTER_EMAIL=${committer.email}`])}`,
    '# the mails get a Date: header, which makes the ids of the commits the same everywhere',
    ...series.patches.map((patch) => {
      const am = `git -C ${word(cache.worktrees)}/"$key" ${formatArgv(AM_ARGS)}`;
      return patch.diffFile === patch.file ? `${am} "$PWD"/patches/${patch.file}` : `${mailOfTwo(patch)} | ${am}`;
    }),
  ].join('\n');
}

/** The message of one file, and the diff of another. */
function mailOfTwo({ file, diffFile }: SeriesPatch): string {
  return `{ sed '/^diff --git /,$d' patches/${file}; cat patches/${diffFile}; }`;
}

function treeLines(tree: string, ref: string): string[] {
  const path = resolve(tree);
  const repo = existsSync(path) ? realpathSync(path) : path;
  return [
    `repo=${word(repo)} key=${treeKey(repo)}`,
    `commit=$(git -C "$repo" rev-parse --verify ${word(`${ref}^{commit}`)})`,
  ];
}

function baseLines(name: string, entry: BaseEntry, cache: CachePaths): string[] {
  if ('git' in entry) {
    return [
      `key=${gitKey(name, entry.git, entry.ref)}; repo=${word(cache.bases)}/"$key"/repo.git`,
      'git init -q --bare "$repo"',
      `git -C "$repo" ${formatArgv(['fetch', '--depth', '1', '--no-tags', entry.git, entry.ref])}`,
      'commit=$(git -C "$repo" rev-parse \'FETCH_HEAD^{commit}\')',
    ];
  }
  const source = entry.debian;
  const suite = entry.suite === undefined ? undefined : suitePlace(entry.suite, cache);
  const apt = suite === undefined ? '' : `${formatArgv([...UNSANDBOXED, ...suite.options])} `;
  const filter = formatArgv([process.execPath, '--import', import.meta.resolve('tsx'), FILTER]);
  return [
    ...(suite === undefined ? [] : suiteLines(suite, entry.suite ?? '')),
    `version=$(apt-cache ${apt}show --no-all-versions ${source} | sed -n 's/^Version: //p')`,
    `key=${source}_"\${version//[^A-Za-z0-9.+-]/_}"; repo=${word(cache.bases)}/"$key"/repo.git; ` +
      `deb=${word(cache.downloads)}/${source}_"\${version/:/%3a}"_all.deb`,
    `mkdir -p ${word(cache.downloads)} && (cd ${word(cache.downloads)} && apt-get ${apt}download ${source}="$version")`,
    'git init -q --bare "$repo"',
    `commit=$(dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/src/${source}.tar.xz | xz -dc -T0 | ` +
      `${filter} "$repo"/objects/pack ${word(IDENTITY)} "${source} $version" 2>&1 | sed -n 's/^commit //p')`,
    'git -C "$repo" update-ref refs/heads/base "$commit"',
  ];
}

/** Only for a package that apt's own lists do not know. */
function suiteLines({ lists, sources, options }: SuitePlace, suite: string): string[] {
  return [
    `mirror=$(apt-get indextargets --format ${word(TARGET_FORMAT)} | sed -n 's,^${MIRROR_MARK},,p' | sed 1q)`,
    `mkdir -p ${word(lists)}/partial && echo "${sourceLine('$mirror', suite)}" > ${word(sources)}`,
    `apt-get ${formatArgv([...UNSANDBOXED, ...options])} update`,
  ];
}
