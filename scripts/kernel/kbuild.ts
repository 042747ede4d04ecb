/** How make is called for a kernel: one place, since a different flag is a different ccache entry. */
import { basename, join } from 'node:path';
import { architectureOf, type Architecture } from '../lib/architecture.ts';

/**
 * The build directory of a configuration. It is a direct subdirectory of the tree, because kbuild then
 * calls the tree `..` in every command: object files and ccache entries do not depend on where the tree
 * lives, and a second worktree or a fresh clone profits from the first. kbuild puts a .gitignore into it.
 */
export function buildDirOf(worktree: string, config: string): string {
  return join(worktree, `build-${config}`);
}

/** @param root of the programs' libraries, where they are not the host's */
export function compilerArgs(arch: Architecture, root?: string): string[] {
  const where = arch.cross === '' ? [] : [`ARCH=${arch.directory}`, `CROSS_COMPILE=${arch.cross}`];
  return [...where, `CC=${['ccache', ...compilerOf(arch, root)].join(' ')}`, 'HOSTCC=ccache gcc'];
}

/**
 * The first words of a command that compiles programs. A cross compiler brings the C library of its own release; the
 * root's comes before that one, since its other libraries ask for what is newer.
 */
export function compilerOf({ cross }: Architecture, root?: string): string[] {
  const libraries = `${root}/usr/lib/${cross.slice(0, -1)}`;
  return [`${cross}gcc`, ...(root === undefined ? [] : [`--sysroot=${root}`, `-L${libraries}`])];
}

/** `make` in the tree for one of its build directories; for the architecture that the directory is for. */
export function makeArgv(worktree: string, buildDir: string, targets: readonly string[], jobs?: number): string[] {
  const parallel = jobs === undefined ? [] : [`-j${jobs}`];
  const compilers = compilerArgs(architectureOf(buildDir));
  return ['make', '-C', worktree, `O=${basename(buildDir)}`, ...compilers, ...parallel, ...targets];
}
