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

const SHOWN_TESTS = 3;

/** What a table cell can hold; of absolute paths, which differ from machine to machine, the last part. */
function cell(text: string): string {
  return text.replace(/(^|\s)(?:\/[^\s/]+){2,}\/([^\s/]+)/g, '$1$2').replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
}

function caughtBy({ caught }: Found): string {
  if (caught.length === 0) return '**not caught**';
  const shown = caught.slice(0, SHOWN_TESTS).map(({ topic, test }) => `${topic}: ${cell(test)}`);
  return [...shown, ...(caught.length > SHOWN_TESTS ? [`and ${caught.length - SHOWN_TESTS} more`] : [])].join('<br>');
}

/** @param release uname -r of the kernel; @param control the run that breaks nothing */
export function formatMutations(release: string, control: Found, found: readonly Found[]): string {
  const notCaught = found.filter(({ caught }) => caught.length === 0).length;
  return [
    '# Does it bite?',
    '',
    'The kernel code broken on purpose, one way a row, and the selftests that went red. `mutations/mutations.patch` has the',
    'breakages (test only, never part of the series), `dtrace_mutation=N` chooses one, `mutations/table.ts` says which topics are asked.',
    'This file is written by the run itself:',
    '',
    '    npm run apply && node --import tsx selftests/mutations/run.ts --write [N ...]',
    '',
    `Linux ${release}; with number 0, which breaks nothing, ${control.passed} tests passed and ${control.caught.length} failed`
      + ` (${control.mutation.topics.join(', ')}). ${found.length} mutations were run, ${notCaught === 0 ? 'all' : `${found.length - notCaught}`} were caught.`,
    '',
    '| N | mutation | what it breaks | caught by | how it showed |',
    '|---|---|---|---|---|',
    ...found.map((one) => `| ${one.mutation.number} | ${cell(one.mutation.name)} | ${cell(one.mutation.breaks)} | ${caughtBy(one)} | ${cell(one.caught[0]?.how ?? '')} |`),
    '',
  ].join('\n');
}
