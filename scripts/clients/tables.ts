/** The comparison of the clients in words: the tables of the report, and what the command prints. Pure. */
import { add, verdictLine } from '../records/totals.ts';
import type { ClientDifference, ClientSide, ClientsRecord } from '../records/clients.ts';
import type { Totals } from '../records/selftest.ts';
import type { RecordTables } from '../records/tables.ts';
import { counts, firstLine, table } from '../regress/tables.ts';

/** What was run and compared, what differs, and what was not run. */
export function clientTables(
  base: ClientSide,
  series: ClientSide,
  suites: readonly string[],
  differences: readonly ClientDifference[],
  { suite: debian, packages }: Pick<ClientsRecord, 'suite' | 'packages'>,
): RecordTables {
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const kernels = [base, series].map(
    ({ kernel, release, tree }) => `${kernel}: Linux ${release}, tree ${tree.slice(0, 12)}`,
  );
  const rows = (some: readonly ClientDifference[]): RecordTables[number]['rows'] =>
    some.map(({ suite, name, base: before, series: now, kind, red, reason, why }) => ({
      label: `${suite}: ${name}`,
      cells: [before, now, red ? `${kind}: not explained` : kind, firstLine(reason || why)],
    }));
  const both = differences.filter(({ kind }) => kind === 'fails on both');
  const columns = ['base', 'series', 'verdict', 'why'];
  const skipped = series.tests.filter(({ status }) => status === 'skipped');
  return [
    {
      title: 'Programs that people use',
      note:
        `Passed / failed / skipped. Debian ${debian}: ${versions.join(', ')}. ${kernels.join('; ')}; ` +
        `${series.accel.toUpperCase()}.`,
      columns: ['base', 'series'],
      rows: [...suites, 'kernel'].map((suite) => ({
        label: suite,
        cells: [counts(base.tests, suite), counts(series.tests, suite)],
      })),
    },
    ...table(
      'What differs',
      'Red unless a row of scripts/clients/explained.ts gives a reason.',
      columns,
      rows(differences.filter((one) => !both.includes(one))),
    ),
    ...table('What fails on both', 'The series has no part in it.', columns, rows(both)),
    ...table(
      'What was not run',
      'On neither kernel.',
      ['why'],
      skipped.map(({ suite, name, why }) => ({ label: `${suite}: ${name}`, cells: [firstLine(why)] })),
    ),
  ];
}

/** Results of the series; one that differs and is not explained has failed, whatever it says of itself. */
export function clientTotals({ series, differences }: Pick<ClientsRecord, 'series' | 'differences'>): Totals {
  const red = differences.filter((one) => one.red);
  const count = (status: string): number =>
    series.tests.filter(
      (one) => one.status === status && !red.some(({ suite, name }) => suite === one.suite && name === one.name),
    ).length;
  // what fails on the base, too, is no finding of this comparison
  const both = { passed: 0, failed: 0, skipped: count('failed') };
  return add(both, { passed: count('passed'), failed: red.length, skipped: count('skipped') });
}

export function formatClients(record: ClientsRecord): string {
  const lines = record.tables.flatMap(({ title, note, columns, rows }) => [
    `${title} (${columns.join(', ')})`,
    `  ${note}`,
    ...rows.map(({ label, cells }) => `  ${label}: ${cells.filter(Boolean).join('; ')}`),
    '',
  ]);
  return [...lines, ...record.problems, verdictLine(clientTotals(record))].join('\n');
}
