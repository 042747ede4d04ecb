/** What became of the kills, as a table. Pure. */

export interface Row {
  readonly number: number;
  readonly stage: string;
  /** Behind the start, or behind the words that begin the time. */
  readonly instantMs: number;
  /** Of the next run. */
  readonly code: number | null;
  readonly said: string;
  readonly seconds: number;
  readonly faults: readonly string[];
}

const SAID_COLUMNS = 80;
/** Words for what a run finds of one that was killed. */
const FINDS = /\b(?:stale|killed|interrupted|resum|recover|again|anew|left|set aside|unfinished|goes on)\b/i;

/** The line in which a run says what it found of the one before; its last one when it found nothing. */
export function saidOf(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('$'));
  return (lines.find((line) => FINDS.test(line)) ?? lines.at(-1) ?? '').slice(0, SAID_COLUMNS);
}

export function formatKills(rows: readonly Row[], seed: number): string {
  const failed = rows.filter(({ faults }) => faults.length > 0);
  const cells = rows.map(({ number, stage, instantMs, code, said, seconds }) => {
    const instant = `${(instantMs / 1000).toFixed(2)} s`;
    return `| ${[number, stage, instant, code ?? 'none', said.replaceAll('|', '/'), seconds.toFixed(1)].join(' | ')} |`;
  });
  const faults = failed.flatMap(({ number, stage, faults: list }) =>
    list.map((fault) => `kill ${number} (${stage}): ${fault}`),
  );
  return [
    '| kill | stage | instant | exit code of the next run | which said | s |',
    '|---|---|---|---|---|---|',
    ...cells,
    '',
    ...faults,
    `${rows.length} kills, ${failed.length} with a fault, seed ${seed}`,
    '',
  ].join('\n');
}
