/** How make is called for a kernel: one place, since a different flag is a different ccache entry. */
import { basename, join } from 'node:path';

/**
 * The build directory of a configuration. It is a direct subdirectory of the tree, because kbuild then
 * calls the tree `..` in every command: object files and ccache entries do not depend on where the tree
 * lives, and a second worktree or a fresh clone profits from the first. kbuild puts a .gitignore into it.
 */
export function buildDirOf(worktree: string, config: string): string {
  return join(worktree, `build-${config}`);
}

export const COMPILER_ARGS: readonly string[] = ['CC=ccache gcc', 'HOSTCC=ccache gcc'];

/** `make` in the tree for one of its build directories. */
export function makeArgv(worktree: string, buildDir: string, targets: readonly string[], jobs?: number): string[] {
  const parallel = jobs === undefined ? [] : [`-j${jobs}`];
  return ['make', '-C', worktree, `O=${basename(buildDir)}`, ...COMPILER_ARGS, ...parallel, ...targets];
}
