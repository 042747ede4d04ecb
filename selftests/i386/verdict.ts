/** What the console of a guest says of its tests; pure. */

export type Verdict = 'passed' | 'failed' | 'died';

const REPORT = /^(?:\[ *\d+\.\d+\] )?(?:BUG|Oops|Kernel panic|WARNING|general protection fault|int3)\b/m;

/** A guest whose plan is not done, or whose kernel has complained, has died of it. */
export function verdictOf(text: string): Verdict {
  const lines = text.replaceAll('\r', '');
  const planned = Number(/^1\.\.(\d+)$/m.exec(lines)?.[1] ?? 0);
  const results = [...lines.matchAll(/^(not )?ok \d+ /gm)];
  if (planned === 0 || results.length !== planned || REPORT.test(lines)) return 'died';
  return results.some(([, not]) => not !== undefined) ? 'failed' : 'passed';
}
