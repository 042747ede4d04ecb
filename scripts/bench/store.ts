/** The committed results: rows for the next run to compare with, RESULTS.md for people, charts beside it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../lib/record.ts';
import { chartsOf } from './charts.ts';
import { coverText, toResultsMarkdown } from './results.ts';
import type { Results } from './types.ts';

export const RESULT_FILES: readonly string[] = ['RESULTS.md', 'cover-table.txt', 'results.json', 'charts/'].map((file) => `selftests/bench/${file}`);

const place = (root: string): string => join(root, 'selftests/bench');

function isResults(value: unknown): value is Results {
  return typeof value === 'object' && value !== null && 'provenance' in value && 'rows' in value && Array.isArray(value.rows);
}

export function readResults(root: string): Results | undefined {
  const value = readJson(join(place(root), 'results.json'));
  return isResults(value) ? value : undefined;
}

/** Returns the files written, relative to the project. */
export function writeResults(root: string, results: Results, reproduced: string): string[] {
  const charts = join(place(root), 'charts');
  rmSync(charts, { recursive: true, force: true });
  mkdirSync(charts, { recursive: true });
  for (const chart of chartsOf(results.rows)) writeFileSync(join(charts, `${chart.name}.svg`), chart.svg);
  writeJson(join(place(root), 'results.json'), { ...results, reproduced });
  writeFileSync(join(place(root), 'RESULTS.md'), toResultsMarkdown(results, reproduced));
  writeFileSync(join(place(root), 'cover-table.txt'), coverText(results));
  return [...RESULT_FILES];
}
