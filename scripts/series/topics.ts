/** Which topics can run on a part of the series: what its patches enable by the manifest. Pure. */
import type { SeriesData } from './schema.ts';

/** What needs no patch: the guest boots, and the agent in it does what it is told. */
const ANY_KERNEL = 'agent';

/**
 * The topics of the first `count` patches, in the order of `all`. What no patch names needs the whole series.
 * @param all every topic there is
 */
export function topicsUpTo(patches: SeriesData['patches'], count: number, all: readonly string[]): string[] {
  if (count >= patches.length) return [...all];
  const enabled = new Set([ANY_KERNEL, ...patches.slice(0, count).flatMap(({ topics = [] }) => topics)]);
  return all.filter((topic) => enabled.has(topic));
}
