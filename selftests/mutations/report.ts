/** MUTATIONS.md from what the runs found; pure. */
import type { Mutation } from './table.ts';

export interface Caught {
  readonly topic: string;
  readonly test: string;
  /** The first thing that was wrong. */
  readonly how: string;
}
export interface Found {
  readonly mutation: Mutation;
  readonly passed: number;
  readonly caught: readonly Caught[];
}

/** The control, which comes first, passes everything, and every mutation is caught; of nothing there is no success. */
export function allCaught([control, ...rest]: readonly Found[]): boolean {
  return (
    control !== undefined &&
    control.passed > 0 &&
    control.caught.length === 0 &&
    rest.length > 0 &&
    rest.every(({ caught }) => caught.length > 0)
  );
}

const SHOWN_TESTS = 3;
const NOT_CAUGHT = '**not caught**';

/** What a table cell can hold; of absolute paths, which differ from machine to machine, the last part. */
function cell(text: string): string {
  return text
    .replace(/(^|\s)(?:\/[^\s/]+){2,}\/([^\s/]+)/g, '$1$2')
    .replaceAll('|', '\\|')
    .replace(/\s+/g, ' ')
    .trim();
}

function caughtBy({ caught }: Found): string {
  if (caught.length === 0) return NOT_CAUGHT;
  const shown = caught.slice(0, SHOWN_TESTS).map(({ topic, test }) => `${topic}: ${cell(test)}`);
  return [...shown, ...(caught.length > SHOWN_TESTS ? [`and ${caught.length - SHOWN_TESTS} more`] : [])].join('<br>');
}

const EARLIER = 'an earlier tree';
const HEADER = '| N | mutation | what it breaks | caught by | how it showed | kernel |';

function row({ mutation, passed, caught }: Found, kernel: string): string {
  const control = mutation.number === 0;
  const by = control
    ? `${passed} passed, ${caught.length} failed: ${mutation.topics.join(', ')}`
    : caughtBy({ mutation, passed, caught });
  const cells = [mutation.number, cell(mutation.name), cell(mutation.breaks), by, cell(caught[0]?.how ?? ''), kernel];
  return `| ${cells.join(' | ')} |`;
}

const bars = (line: string): number => line.match(/(?<!\\)\|/g)?.length ?? 0;

/** The rows of a MUTATIONS.md by number; those from before there was a column for the kernel get one. */
export function rowsIn(text: string): Map<number, string> {
  const rows = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [, number] = /^\| (\d+) \| /.exec(line) ?? [];
    if (number === undefined) continue;
    rows.set(Number(number), bars(line) < bars(HEADER) ? `${line.slice(0, -1)}| ${EARLIER} |` : line);
  }
  return rows;
}

/**
 * @param kernel the configuration and the series' tree that this run broke
 * @param previous rows of mutations that were not run this time stay as they are; so does the control of a run of more
 * topics
 */
export function formatMutations(
  release: string,
  kernel: string,
  control: Found,
  found: readonly Found[],
  previous: ReadonlyMap<number, string> = new Map(),
): string {
  const fresh = new Map(found.map((one) => [one.mutation.number, row(one, kernel)]));
  const others = [...previous.keys()].filter((number) => number !== 0 && !fresh.has(number));
  const rows = new Map([
    [0, row(control, kernel)],
    ...[...previous].filter(([number]) => number !== 0 || others.length > 0),
    ...fresh,
  ]);
  const lines = [...rows].sort(([a], [b]) => a - b).map(([, line]) => line);
  const notCaught = lines.filter((line) => line.includes(NOT_CAUGHT)).length;
  const total = lines.length - 1;
  return [
    '# Do the tests catch mistakes?',
    '',
    'Each row is one way in which the kernel code was broken on purpose, ' +
      'and the selftests that failed because of it. The breakages',
    'are in `mutations/mutations.patch` and `mutations-buffer.patch` (for testing only, ' +
      'never part of the series); the kernel',
    'parameter `dtrace_mutation=N` selects one. `mutations/table.ts` and `table-buffer.ts` say which topics are ' +
      'run for it. Number 0',
    'breaks nothing. This file is written by',
    '',
    '    npm run apply && node --import tsx selftests/mutations/run.ts --write [--config NAME] [N ...]',
    '',
    `${total} mutations were run, ${notCaught === 0 ? 'all' : `${total - notCaught}`} were caught. The last run was ` +
      `on Linux ${release}; rows of earlier runs have the tree of theirs, which may be of another release.`,
    '',
    HEADER,
    '|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}
