import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BaseContext } from '../base/context.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { exec, formatArgv, tail } from '../lib/exec.ts';
import { makeDir } from '../lib/make-dir.ts';

export const VIRTME_NG = 'virtme-ng';

/** What virtme-ng imports; the package of a newer suite names some of them differently. */
export const VIRTME_NG_MODULES = ['python3-argcomplete', 'python3-pkg-resources', 'python3-requests'] as const;

/** The first release with virtme-ng. The package is arch: all and of plain Python, so an older release can run it. */
const SUITE = 'trixie';
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
 * Downloads virtme-ng from a newer suite of the configured mirror. apt runs with sources and lists of its own below the
 * cache, so that the system's stay what they are and nothing else is ever upgraded from there.
 */
export async function fetchVirtmeNg(context: BaseContext, logFile: string): Promise<string> {
  const { cache, log } = context;
  const targets = await exec(['apt-get', 'indextargets', '--format', TARGET_FORMAT]);
  const uri = mirrorOf(targets.stdout);
  if (uri === undefined) {
    throw new WorkbenchError('E_HOST_PACKAGES', 'apt knows neither virtme-ng nor a Debian mirror to take it from', {
      next: 'install virtme-ng by hand (https://github.com/arighi/virtme-ng), so that vng is in PATH',
    });
  }
  const home = join(cache.apt, SUITE);
  makeDir(join(home, 'lists', 'partial'));
  const list = join(home, 'sources.list');
  writeFileSync(list, `deb [signed-by=${KEYRING}] ${uri} ${SUITE} main\n`);
  const options = [
    ['Dir::Etc::sourcelist', list],
    ['Dir::Etc::sourceparts', '/dev/null'],
    ['Dir::State::lists', join(home, 'lists')],
    ['Dir::Cache', home],
    ['APT::Sandbox::User', 'root'],
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  log({
    kind: 'note',
    text: `this release has no virtme-ng: taking the package of ${SUITE} from the mirror that apt uses`,
  });
  const directory = mkdtempSync(join(home, 'tmp-'));
  try {
    for (const args of [['update'], ['download', VIRTME_NG]]) {
      const argv = ['apt-get', ...options, ...args];
      log({ kind: 'command', text: formatArgv(argv) });
      const result = await exec(argv, {
        cwd: directory,
        log: logFile,
        ...(context.signal === undefined ? {} : { signal: context.signal }),
      });
      if (result.aborted) throw new WorkbenchError('E_INTERRUPTED', 'interrupted');
      if (result.failed) {
        throw new WorkbenchError('E_HOST_NETWORK', `could not fetch virtme-ng of ${SUITE}`, {
          position: { file: logFile },
          detail: tail(logFile, 1500),
          next: 'check the network, then run the command again',
        });
      }
    }
    const file = readdirSync(directory).find((name) => name.endsWith('.deb'));
    if (file === undefined)
      throw new WorkbenchError('E_HOST_PACKAGES', `${SUITE} has no virtme-ng`, { next: 'install virtme-ng by hand' });
    makeDir(cache.downloads);
    const path = join(cache.downloads, file);
    renameSync(join(directory, file), path);
    return path;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
