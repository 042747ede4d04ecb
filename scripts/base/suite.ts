import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';
import { makeDir } from '../lib/make-dir.ts';
import type { CachePaths } from '../lib/paths.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** Of the lines in this format, what stands behind the mark is the address of Debian's own main component. */
export const TARGET_FORMAT = '$(CREATED_BY)|$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)';
export const MIRROR_MARK = 'Packages|Debian|Debian|main|';

/** What apt-get says of its sources. */
export function mirrorOf(indexTargets: string): string | undefined {
  const line = indexTargets.split('\n').find((one) => one.startsWith(MIRROR_MARK) && one.length > MIRROR_MARK.length);
  return line?.slice(MIRROR_MARK.length);
}

/** Where apt reads another suite from: all of it below the cache. */
export interface SuitePlace {
  readonly lists: string;
  readonly sources: string;
  readonly options: readonly string[];
}

export function suitePlace(suite: string, cache: CachePaths): SuitePlace {
  const home = join(cache.apt, suite);
  const [lists, sources] = [join(home, 'lists'), join(home, 'sources.list')];
  const settings = {
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': lists,
    'Dir::Cache': home,
  };
  return { lists, sources, options: Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]) };
}

export function sourceLine(uri: string, suite: string): string {
  return `deb [signed-by=${KEYRING}] ${uri} ${suite} main`;
}

/** Address of the mirror that apt is configured for. @throws E_HOST_PACKAGES without one */
export async function debianMirror(suite: string): Promise<string> {
  const targets = await exec(['apt-get', 'indextargets', '--format', TARGET_FORMAT], { env: { LC_ALL: 'C' } });
  const uri = mirrorOf(targets.stdout);
  if (uri !== undefined) return uri;
  throw new WorkbenchError('E_HOST_PACKAGES', `apt knows no Debian mirror to take a package of ${suite} from`, {
    next: 'apt-get update  # with a Debian mirror in /etc/apt/sources.list.d',
  });
}

/**
 * Options that make apt read another suite of the configured mirror, with sources and lists below the cache: the
 * system's stay what they are, and no other package is ever upgraded from there.
 * @throws E_HOST_PACKAGES without a mirror
 */
export async function suiteOptions(suite: string, cache: CachePaths): Promise<readonly string[]> {
  const uri = await debianMirror(suite);
  const { lists, sources, options } = suitePlace(suite, cache);
  makeDir(join(lists, 'partial'));
  writeFileSync(sources, `${sourceLine(uri, suite)}\n`);
  return options;
}
