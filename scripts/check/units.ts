/** Which objects a patch makes worth compiling with more warnings. Pure. */

/** Parts of the tree that kbuild builds; tools/, samples/ and Documentation/ are built by other means. */
const KERNEL = /^(?:kernel|net|mm|fs|lib|drivers|arch\/x86|security|block|crypto|init|ipc|io_uring)\//;

export function isKernelSource(path: string): boolean {
  return KERNEL.test(path) && path.endsWith('.c');
}

/** Headers, and what decides which files are built at all. */
export function reachesOthers(paths: readonly string[]): boolean {
  return paths.some(
    (path) =>
      !/^(?:tools|samples|Documentation)\//.test(path) &&
      (path.endsWith('.h') || /(?:^|\/)(?:Makefile|Kbuild|Kconfig)[^/]*$/.test(path)),
  );
}

/**
 * Objects to compile for a patch. A header reaches files that the patch does not touch: then every source
 * that the series touches anywhere is compiled, as the sample that is most likely to use it.
 * @param buildable whether the source is there and its directory has a Makefile yet
 */
export function unitsOf(
  touched: readonly string[],
  allTouched: readonly string[],
  buildable: (path: string) => boolean,
): string[] {
  const sources = reachesOthers(touched) ? [...touched, ...allTouched] : touched;
  return [...new Set(sources.filter(isKernelSource))]
    .filter(buildable)
    .map((path) => path.replace(/\.c$/, '.o'))
    .sort();
}
