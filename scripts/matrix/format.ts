/** The merged report as text. Pure. */
import { add, verdictLine } from '../records/totals.ts';
import type { MatrixReport, Row } from './merge.ts';

function remark({ state, reason, topics, command }: Row): string {
  if (state !== 'passed') return `${reason}\n    ${command}`;
  return topics.length === 0 ? '' : `${topics.length} topics: ${verdictLine(add(...topics))}`;
}

export function formatMatrix(report: MatrixReport): string {
  const { cells, refused, passed, failed, missing } = report;
  const width = Math.max(0, ...cells.map(({ cell }) => cell.length));
  const rows = cells.map((row) => `${row.cell.padEnd(width)}  ${row.state.padEnd(7)}  ${remark(row)}`.trimEnd());
  const strays = refused.map(({ path, reason }) => `refused: ${path}: ${reason}`);
  const total = `${cells.length} cells: ${passed} passed, ${failed} failed, ${missing} missing`;
  return [...rows, ...strays, refused.length === 0 ? total : `${total}; ${refused.length} records refused`].join('\n');
}
