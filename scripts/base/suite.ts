import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';
import { makeDir } from '../lib/make-dir.ts';
import type { CachePaths } from '../lib/paths.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const TARGET_FORMAT = '$(CREATED_BY)|$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)';

/** Address of the mirror that apt is configured for: the one whose main component is Debian's own. */
export function mirrorOf(indexTargets: string): string | undefined {
  for (const line of indexTargets.split('\n')) {
    const [createdBy, origin, label, component, uri] = line.split('|');
    if (createdBy === 'Packages' && origin === 'Debian' && label === 'Debian' && component === 'main' && uri)
      return uri;
  }
  return undefined;
}

/**
 * Options that make apt read another suite of the configured mirror, with sources and lists below the cache: the system's stay
 * what they are, and no other package is ever upgraded from there. @throws WorkbenchError E_HOST_PACKAGES without a mirror
 */
export async function suiteOptions(suite: string, cache: CachePaths): Promise<string[]> {
  const targets = await exec(['apt-get', 'indextargets', '--format', TARGET_FORMAT], { env: { LC_ALL: 'C' } });
  const uri = mirrorOf(targets.stdout);
  if (uri === undefined) {
    throw new WorkbenchError('E_HOST_PACKAGES', `apt knows no Debian mirror to take a package of ${suite} from`, {
      next: 'apt-get update  # with a Debian mirror in /etc/apt/sources.list.d',
    });
  }
  const home = join(cache.apt, suite);
  makeDir(join(home, 'lists', 'partial'));
  const list = join(home, 'sources.list');
  writeFileSync(list, `deb [signed-by=${KEYRING}] ${uri} ${suite} main\n`);
  return [
    ['Dir::Etc::sourcelist', list],
    ['Dir::Etc::sourceparts', '/dev/null'],
    ['Dir::State::lists', join(home, 'lists')],
    ['Dir::Cache', home],
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}
