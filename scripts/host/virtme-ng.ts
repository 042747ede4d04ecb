import { download } from '../base/apt.ts';
import type { BaseContext } from '../base/context.ts';

export const VIRTME_NG = 'virtme-ng';

/** What virtme-ng imports; the package of a newer suite names some of them differently. */
export const VIRTME_NG_MODULES = ['python3-argcomplete', 'python3-pkg-resources', 'python3-requests'] as const;

/** The first release with virtme-ng. The package is arch: all and of plain Python, so an older release can run it. */
const SUITE = 'trixie';

/** The path of a package file. */
export async function fetchVirtmeNg({ cache, log, signal }: BaseContext, logFile: string): Promise<string> {
  return (await download(VIRTME_NG, { cache, log, logFile, signal, suite: SUITE })).path;
}
