/** From files of records to the merged report, and the report into files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../lib/record.ts';
import type { Until } from '../records/cell.ts';
import type { Series } from '../series/load.ts';
import type { Cell } from './cells.ts';
import { formatMatrix } from './format.ts';
import { projectDigest, seriesDigest } from './identity.ts';
import { mergeCells, type MatrixReport } from './merge.ts';
import { findRecords } from './records.ts';
import { partOf } from './run-cell.ts';

export interface Asked {
  readonly root: string;
  readonly series: Series;
  readonly cells: readonly Cell[];
  readonly until: Until;
}

/** What is known by the records below `directories`. */
export function reportOf({ root, series, cells, until }: Asked, directories: readonly string[]): MatrixReport {
  const seriesOf = (cell: Cell): string => seriesDigest(partOf(series, cell));
  return mergeCells(cells, { until, project: projectDigest(root), seriesOf }, findRecords(directories));
}

/** matrix.json and matrix.txt of a run. */
export function writeMatrix(run: Run, report: MatrixReport): void {
  run.write('matrix', report);
  writeFileSync(join(run.dir, 'matrix.txt'), `${formatMatrix(report)}\n`);
}
