/** The comparison in words: the tables of the report, and what the command prints. Pure. */
import { formatDuration } from '../lib/log.ts';
import type { Difference, KernelTest, RegressRecord, SideRecord } from '../records/regress.ts';
import type { RecordTables } from '../records/tables.ts';

const STATUSES = ['passed', 'failed', 'skipped'] as const;
/** The rest of a reason is in the record. */
const WHY_COLUMNS = 160;

export function counts(tests: readonly KernelTest[], suite: string): string {
  const of = tests.filter((test) => test.suite === suite);
  return STATUSES.map((status) => of.filter((test) => test.status === status).length).join(' / ');
}

export const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, WHY_COLUMNS);

/** What was run and compared, what differs, what fails on both, and what does not build. */
export function tablesOf(
  base: SideRecord,
  series: SideRecord,
  suites: readonly string[],
  differences: readonly Difference[],
): RecordTables {
  const kernels = [base, series].map(
    ({ kernel, release, tree }) =>
      `${kernel}: ${release === '' ? 'not built, it has none of them' : `Linux ${release}`}, tree ${tree.slice(0, 12)}`,
  );
  const row = ({
    suite,
    name,
    base: before,
    series: now,
    kind,
    why,
  }: Difference): RecordTables[number]['rows'][number] => ({
    label: `${suite}: ${name}`,
    cells: [before, now, kind, firstLine(why)],
  });
  const both = differences.filter(({ kind }) => kind === 'fails on both');
  const differ = differences.filter(({ kind }) => kind !== 'fails on both');
  const columns = ['base', 'series', 'verdict', 'why'];
  return [
    {
      title: "The kernel's own tests",
      note: `Passed / failed / skipped; subtests count. ${kernels.join('; ')}; ${series.accel.toUpperCase()}.`,
      columns: ['base', 'series'],
      rows: suites.map((suite) => ({ label: suite, cells: [counts(base.tests, suite), counts(series.tests, suite)] })),
    },
    ...table(
      'What differs',
      'Red: it fails, is skipped or is gone with the series, and was not so on the base.',
      columns,
      differ.map(row),
    ),
    ...table('What fails on both', 'The series has no part in it.', columns, both.map(row)),
    ...table(
      'What was not built',
      'On this machine, with this configuration, and why.',
      ['base', 'series', 'why'],
      leftOutRows(base, series),
    ),
  ];
}

export function table(
  title: string,
  note: string,
  columns: string[],
  rows: RecordTables[number]['rows'],
): RecordTables {
  return rows.length === 0 ? [] : [{ title, note, columns, rows }];
}

const stateOf = ({ release }: SideRecord, leftOut: boolean): string =>
  leftOut ? 'left out' : release === '' ? '-' : 'built';

function leftOutRows(base: SideRecord, series: SideRecord): RecordTables[number]['rows'] {
  const of = (side: SideRecord): Map<string, string> => new Map(side.leftOut.map(({ what, reason }) => [what, reason]));
  const [before, now] = [of(base), of(series)];
  return [...new Map([...before, ...now])].map(([what, reason]) => ({
    label: what,
    cells: [stateOf(base, before.has(what)), stateOf(series, now.has(what)), firstLine(reason)],
  }));
}

export function formatRegress(record: RegressRecord): string {
  const lines = record.tables.flatMap(({ title, columns, rows }) => [
    `${title} (${columns.join(', ')})`,
    ...rows.map(({ label, cells }) => `  ${label}: ${cells.filter(Boolean).join('; ')}`),
    '',
  ]);
  const verdict = record.ok ? 'no regression' : record.problems.join('; ');
  const compared = record.series.tests.filter(({ status }) => status === 'passed').length;
  return [...lines, `${compared} passed with the series; ${verdict} (${formatDuration(record.ms)})`].join('\n');
}
