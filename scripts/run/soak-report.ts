/** SOAK.md from what the long forms found; pure. */
import type { SelftestRecord } from '../records/selftest.ts';
import { figuresIn } from '../../selftests/lib/figures.ts';

/** One test's last long form. */
interface SoakRow {
  readonly topic: string;
  readonly test: string;
  readonly config: string;
  /** uname -r, and the tree it was built from. */
  readonly kernel: string;
  readonly accel: string;
  readonly seconds: string;
  readonly result: string;
  readonly figures: string;
}

const COLUMNS = [
  'topic',
  'test',
  'config',
  'kernel',
  'accel',
  'seconds',
  'result',
  'figures',
] as const satisfies readonly (keyof SoakRow)[];
const TREE_DIGITS = 12;

const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
const key = (row: SoakRow): string => `${row.topic} ${row.test} ${row.config}`;

/** @param logs TAP of each topic, by its name; what was skipped is no result */
export function soakRows(record: SelftestRecord, logs: ReadonlyMap<string, string>): SoakRow[] {
  const kernel = `${record.release} (${record.tree.slice(0, TREE_DIGITS)})`;
  return record.topics.flatMap(({ topic, tests }) => {
    const figures = figuresIn(logs.get(topic) ?? '');
    return tests
      .filter(({ status }) => status !== 'skipped')
      .map(
        (test): SoakRow => ({
          topic,
          test: escapeCell(test.name),
          config: record.config,
          kernel,
          accel: record.accel,
          seconds: String(Math.round(test.ms / 1000)),
          result: test.status,
          figures: escapeCell(figures.get(test.name) ?? test.failures[0]?.message ?? ''),
        }),
      );
  });
}

/** The rows of a SOAK.md; what is no row of its table is left out. */
export function parseSoak(text: string): SoakRow[] {
  const lines = text.split('\n').filter((line) => line.startsWith('| '));
  const cells = lines.map((line) => line.slice(2, -2).split(/ \| |(?<!\\) \|$/));
  return cells
    .slice(1)
    .filter((row) => row.length === COLUMNS.length)
    .map((row) => Object.fromEntries(COLUMNS.map((name, index) => [name, row[index] ?? ''])) as unknown as SoakRow);
}

/** Tests that ran again have their new row, the others keep what they have. */
export function mergeSoak(old: readonly SoakRow[], fresh: readonly SoakRow[]): SoakRow[] {
  const rows = new Map([...old, ...fresh].map((row) => [key(row), row]));
  return [...rows.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

export function formatSoak(rows: readonly SoakRow[]): string {
  return [
    '# The long forms',
    '',
    "Written by `npm run soak [TOPIC ...] [--config NAME]`: each test's last long form, on the kernel (tree) that is " +
      'named in its row.',
    '',
    `| ${COLUMNS.join(' | ')} |`,
    `|${COLUMNS.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${COLUMNS.map((name) => row[name]).join(' | ')} |`),
    '',
  ].join('\n');
}
