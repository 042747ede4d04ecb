/** A run of some sections replaces their rows and leaves the others, when both are of the same source and tools. */
import type { Results } from './types.ts';

export function merge(before: Results | undefined, now: Results): Results | null {
  if (before === undefined) return now;
  const { tree, compiler, qemu, cpu } = before.provenance;
  const same = now.provenance;
  const ran = new Set(now.rows.map((row) => `${row.boot}/${row.section}`));
  const kept = before.rows.filter((row) => !ran.has(`${row.boot}/${row.section}`));
  if (kept.length > 0 && (tree !== same.tree || compiler !== same.compiler || qemu !== same.qemu || cpu !== same.cpu)) return null;
  const profiles = now.profiles ?? (kept.length > 0 ? before.profiles : undefined);
  return { provenance: now.provenance, rows: [...kept, ...now.rows], ...(profiles === undefined ? {} : { profiles }) };
}
