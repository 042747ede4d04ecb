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

/**
 * ccache without surprises: settings come from here and not from the person's own configuration, except for
 * the place (CCACHE_DIR) and the size (CCACHE_MAXSIZE) when they have set them.
 */
export function ccacheEnv(cacheDir: string, env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return {
    CCACHE_DIR: env['CCACHE_DIR'] ?? cacheDir,
    CCACHE_MAXSIZE: env['CCACHE_MAXSIZE'] ?? '20G',
    CCACHE_CONFIGPATH: '/dev/null',
    // debug information names the directory; with `..` paths and a prefix map it says the same everywhere
    CCACHE_NOHASHDIR: '1',
    CCACHE_SLOPPINESS: 'time_macros',
    // trusts the dependencies that the compiler writes anyway instead of preprocessing first: a quarter less
    // work for every miss. System headers are not among them, but the kernel includes none (-nostdinc), and for
    // host tools make goes by the same list.
    CCACHE_DEPEND: '1',
  };
}

/** Same sources, same image: nothing of the builder or the hour gets in. */
export const REPRODUCIBLE_ENV: Readonly<Record<string, string>> = {
  KBUILD_BUILD_TIMESTAMP: 'Thu Jan  1 00:00:00 UTC 1970',
  KBUILD_BUILD_USER: 'dtrace-bpf',
  KBUILD_BUILD_HOST: 'dtrace-bpf',
  KBUILD_BUILD_VERSION: '1',
  // without it, the release string depends on whether the checkout is clean and tagged
  LOCALVERSION: '',
  LC_ALL: 'C',
};

export const COMPILER_ARGS: readonly string[] = ['CC=ccache gcc', 'HOSTCC=ccache gcc'];

/** `make` in the tree for one of its build directories. */
export function makeArgv(worktree: string, buildDir: string, targets: readonly string[], jobs?: number): string[] {
  const parallel = jobs === undefined ? [] : [`-j${jobs}`];
  return ['make', '-C', worktree, `O=${basename(buildDir)}`, ...COMPILER_ARGS, ...parallel, ...targets];
}
