import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import type { CachePaths } from '../lib/paths.ts';

/** What kbuild refuses in the path of a tree; its top Makefile says so only when it is started, behind everything else. */
const REFUSED = /[\s:]/;

/** Whether a kernel can be built below this cache. */
export function isBuildable(cache: CachePaths): boolean {
  return !REFUSED.test(cache.worktrees);
}

/** Another place for the cache, as one can paste it. */
export function otherCache(home = process.env['HOME'] ?? ''): string {
  return formatArgv(['export', `XDG_CACHE_HOME=${home.startsWith('/') && !REFUSED.test(home) ? `${home}/.cache` : '/var/tmp/dtrace-bpf-cache'}`]);
}

/** @throws E_HOST_PATH before minutes are spent on what cannot end well */
export function needBuildable(cache: CachePaths): void {
  if (isBuildable(cache)) return;
  throw new WorkbenchError('E_HOST_PATH', `kbuild cannot build in a directory with a space or a colon in its path: ${cache.worktrees}`, { next: otherCache() });
}
