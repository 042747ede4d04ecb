/**
 * Records of many machines into one report. Pure, and the same for the same records in any order and any number: times
 * and hosts stay in the records.
 */
import { EXIT } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { cellSchema, type CellRecord, type Until } from '../records/cell.ts';
import type { Cell } from './cells.ts';

/** A file that may be a record. */
export interface Found {
  readonly path: string;
  readonly record: unknown;
}

/** What records must be of. */
export interface Wanted {
  readonly until: Until;
  readonly project: string;
  /** Hash of the patches up to that of a cell. */
  readonly seriesOf: (cell: Cell) => string;
}

export interface Row {
  readonly cell: string;
  readonly state: 'passed' | 'failed' | 'missing';
  readonly exitCode: number;
  /** Why it did not pass. */
  readonly reason: string;
  readonly baseCommit: string;
  readonly tree: string;
  readonly topics: CellRecord['topics'];
  /** Runs it, again or for the first time. */
  readonly command: string;
}

export interface MatrixReport {
  readonly stage: 'matrix';
  readonly until: Until;
  readonly project: string;
  readonly cells: readonly Row[];
  readonly passed: number;
  readonly failed: number;
  readonly missing: number;
  readonly refused: readonly { readonly path: string; readonly reason: string }[];
}

export function cellCommand(id: string, until: Until): string {
  return formatArgv(['npm', 'run', 'matrix', '--', '--cell', id, ...(until === 'test' ? [] : ['--until', until])]);
}

interface Known {
  readonly path: string;
  readonly record: CellRecord;
}

export function mergeCells(cells: readonly Cell[], wanted: Wanted, found: readonly Found[]): MatrixReport {
  const refused: { path: string; reason: string }[] = [];
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  const distinct = new Map<string, Known>();
  for (const { path, record } of [...found].sort((a, b) => compare(a.path, b.path))) {
    const { data } = cellSchema.safeParse(record);
    const reason = data === undefined ? 'not a record of a cell' : whyNot(data, byId.get(data.cell), wanted);
    if (reason !== undefined) refused.push({ path, reason });
    else if (data !== undefined) {
      const key = JSON.stringify(data);
      if (!distinct.has(key)) distinct.set(key, { path, record: data });
    }
  }
  const base = ({ cell }: CellRecord): string => byId.get(cell)?.base ?? '';
  const patch = (record: CellRecord): string => `${base(record)}/${byId.get(record.cell)?.patch ?? ''}`;
  const oneBase = newestOnly([...distinct.values()], base, ({ baseCommit }) => baseCommit, 'another base commit');
  const oneTree = newestOnly(oneBase.kept, patch, ({ tree }) => tree, 'another tree of the same patches');
  refused.push(...oneBase.refused, ...oneTree.refused);
  const rows = cells.map((cell) =>
    rowOf(
      cell,
      oneTree.kept.map(({ record }) => record).filter((record) => record.cell === cell.id),
      wanted.until,
    ),
  );
  const count = (state: Row['state']): number => rows.filter((row) => row.state === state).length;
  return {
    stage: 'matrix',
    until: wanted.until,
    project: wanted.project,
    cells: rows,
    passed: count('passed'),
    failed: count('failed'),
    missing: count('missing'),
    refused: refused.sort((a, b) => compare(a.path, b.path)),
  };
}

function whyNot(record: CellRecord, cell: Cell | undefined, wanted: Wanted): string | undefined {
  if (cell === undefined) return `no cell ${record.cell} was asked for`;
  if (record.until !== wanted.until) return `it goes as far as ${record.until}, and not ${wanted.until}`;
  if (record.series !== wanted.seriesOf(cell)) return `another series: ${record.series.slice(0, 12)}`;
  if (record.project !== wanted.project) return `another workbench or topics: ${record.project.slice(0, 12)}`;
  return undefined;
}

/**
 * A base may move on while machines work, as a distribution's package does: the newest record says what it is now, and
 * results of the older one are not mixed with it.
 * @param wordOf '' is no word on it
 */
function newestOnly(
  known: readonly Known[],
  groupOf: (record: CellRecord) => string,
  wordOf: (record: CellRecord) => string,
  what: string,
): { readonly kept: Known[]; readonly refused: { path: string; reason: string }[] } {
  const newest = new Map<string, CellRecord>();
  for (const { record } of known) {
    const before = newest.get(groupOf(record));
    if (wordOf(record) !== '' && (before === undefined || orderOf(before) < orderOf(record)))
      newest.set(groupOf(record), record);
  }
  const strays = known.filter(({ record }) => {
    const reference = newest.get(groupOf(record));
    return wordOf(record) !== '' && reference !== undefined && wordOf(record) !== wordOf(reference);
  });
  return {
    kept: known.filter((one) => !strays.includes(one)),
    refused: strays.map(({ path, record }) => ({ path, reason: `${what}: ${wordOf(record).slice(0, 12)}` })),
  };
}

function orderOf(record: CellRecord): string {
  return `${record.finished} ${JSON.stringify(record)}`;
}

/** A failure is not undone by another machine on which the same cell passed. */
function rowOf(cell: Cell, records: readonly CellRecord[], until: Until): Row {
  const command = cellCommand(cell.id, until);
  const common = { cell: cell.id, command };
  const newestFirst = [...records].sort((a, b) => compare(orderOf(b), orderOf(a)));
  const judged = newestFirst.filter(({ verdict }) => verdict !== 'died');
  const failures = judged.filter(({ verdict }) => verdict === 'failed');
  const shown = failures[0] ?? judged[0];
  if (shown === undefined) {
    const [died] = newestFirst;
    const reason = died === undefined ? 'no record' : died.reason;
    return { ...common, state: 'missing', exitCode: EXIT.test, reason, baseCommit: '', tree: '', topics: [] };
  }
  const { exitCode, baseCommit, tree, topics } = shown;
  const sometimes = shown.verdict === 'failed' && failures.length < judged.length;
  const reason = sometimes ? `${shown.reason} (in ${failures.length} of ${judged.length} runs)` : shown.reason;
  const state = shown.verdict === 'failed' ? 'failed' : 'passed';
  return { ...common, state, exitCode, reason, baseCommit, tree, topics };
}

/** That of the first cell that failed; with none failed, missing cells are no success either. */
export function exitCodeOf({ cells, missing }: Pick<MatrixReport, 'cells' | 'missing'>): number {
  const [failed] = cells.filter(({ state }) => state === 'failed');
  if (failed !== undefined) return failed.exitCode;
  return missing > 0 || cells.length === 0 ? EXIT.test : EXIT.pass;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
