import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import type { CachePaths } from '../lib/paths.ts';

/**
 * What a kernel cannot be built or booted with in the path of its tree. kbuild refuses a blank and a colon when it is
 * started, behind everything else; gcc splits options at commas; make and the shell in which vng starts QEMU read
 * something into the others.
 */
const REFUSED = /[^\p{L}\p{N}\p{M}_@+./~=-]/u;

/** Whether a kernel can be built below this cache. */
export function isBuildable(cache: CachePaths): boolean {
  return !REFUSED.test(cache.worktrees);
}

/** Another place for the cache, as one can paste it. */
export function otherCache(home = process.env['HOME'] ?? ''): string {
  return formatArgv([
    'export',
    `XDG_CACHE_HOME=${home.startsWith('/') && !REFUSED.test(home) ? `${home}/.cache` : '/var/tmp/dtrace-bpf-cache'}`,
  ]);
}

/** @throws E_HOST_PATH before minutes are spent on what cannot end well */
export function needBuildable(cache: CachePaths): void {
  if (isBuildable(cache)) return;
  const [character = ''] = REFUSED.exec(cache.worktrees) ?? [];
  throw new WorkbenchError(
    'E_HOST_PATH',
    `kbuild and vng cannot work in a directory with ${JSON.stringify(character)} in its path: ${cache.worktrees}`,
    { next: otherCache() },
  );
}
