/** What the headers and the size of a patch are judged by: texts of two commits, read from git. */
import { gitText } from '../lib/git.ts';
import type { Finding } from '../records/series.ts';
import { copyOf, mirrorFindings, mirrorsOf } from './mirrors.ts';
import { namedIn, type Named } from './references.ts';
import { sizeFindings } from './size.ts';
import { uapiFindings, uapiHeaders } from './uapi.ts';

/** Two commits of a repository, one patch apart. */
export interface Step {
  readonly repository: string;
  readonly parent: string;
  readonly commit: string;
  readonly touched: readonly string[];
}

/** Those of `paths` that a commit has. */
async function present(repository: string, commit: string, paths: readonly string[]): Promise<string[]> {
  return (await gitText(repository, ['ls-tree', '-r', '--name-only', commit, '--', ...paths]))
    .split('\n')
    .filter(Boolean);
}

async function textAt(repository: string, commit: string, path: string): Promise<string> {
  const [found] = await present(repository, commit, [path]);
  return found === undefined ? '' : gitText(repository, ['show', `${commit}:${path}`]);
}

/** How a header and its copy differ; a header that has no copy differs from none. */
async function apart(repository: string, commit: string, header: string): Promise<string> {
  const pair = [header, copyOf(header)];
  if ((await present(repository, commit, pair)).length < pair.length) return '';
  return gitText(repository, ['diff', '--unified=0', ...pair.map((path) => `${commit}:${path}`)]);
}

export async function headerFindings({ repository, parent, commit, touched }: Step): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const header of mirrorsOf(touched)) {
    const [before, after] = [await apart(repository, parent, header), await apart(repository, commit, header)];
    found.push(...mirrorFindings(header, before, after));
  }
  for (const header of uapiHeaders(touched)) {
    const [before, after] = [await textAt(repository, parent, header), await textAt(repository, commit, header)];
    found.push(...uapiFindings(header, before, after));
  }
  return found;
}

export async function sizeOf({ repository, parent, commit }: Step): Promise<Finding[]> {
  return sizeFindings(await gitText(repository, ['diff', '--numstat', '--no-renames', parent, commit]));
}

/** The tree of the patch, and what it took away. */
export async function namesAround({ repository, commit, touched }: Step): Promise<Named> {
  const all = await gitText(repository, ['ls-tree', '-r', '--name-only', commit]);
  return namedIn(`${all}${touched.join('\n')}`);
}
