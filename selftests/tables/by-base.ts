/** Expectations that differ by the kernel under test, in the row that they belong to. */

/** By the name of a base of patches/series.yaml. */
export type ByBase<T> = Readonly<Record<`v${number}.${number}`, T>>;

/**
 * What holds for a kernel: that of the newest base that is not newer than it.
 * @param release as uname says it, `guest.facts.hello.release`
 * @throws Error for a kernel that is older than all
 */
export function byBase<T>(release: string, values: ByBase<T>): T {
  const [best] = Object.entries(values)
    .map(([name, value]) => ({ version: versionOf(name), value }))
    .filter(({ version }) => version <= versionOf(release))
    .sort((a, b) => b.version - a.version);
  if (best === undefined) throw new Error(`nothing is known of Linux ${release}: ${Object.keys(values).join(', ')}`);
  return best.value;
}

/** Ordered as versions are. */
function versionOf(text: string): number {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(text) ?? [];
  if (major === undefined || minor === undefined) throw new Error(`${text} is no version of Linux`);
  return Number(major) * 1000 + Number(minor);
}
