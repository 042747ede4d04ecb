/** What a run leaves: its record and page, and the committed results where it replaces them. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson, type Run } from '../lib/record.ts';
import { chartsOf } from './charts.ts';
import { conclude, type Conclusion } from './compare.ts';
import { coverText, toPage, toResultsMarkdown } from './results.ts';
import type { Results } from './types.ts';

export const RESULT_FILES: readonly string[] = ['RESULTS.md', 'cover-table.txt', 'results.json', 'charts/'].map(
  (file) => `selftests/bench/${file}`,
);

export interface Published extends Conclusion {
  readonly page: string;
  /** Of the committed results, relative to the project. */
  readonly written: readonly string[];
}

/** Sources of the programs, and the committed results. */
export const benchDir = (root: string): string => join(root, 'selftests/bench');

function isResults(value: unknown): value is Results {
  return (
    typeof value === 'object' && value !== null && 'provenance' in value && 'rows' in value && Array.isArray(value.rows)
  );
}

export function readResults(root: string): Results | undefined {
  const value = readJson(join(benchDir(root), 'results.json'));
  return isResults(value) ? value : undefined;
}

/** Returns the files written, relative to the project. */
export function writeResults(root: string, results: Results, reproduced: string): string[] {
  const dir = benchDir(root);
  const charts = join(dir, 'charts');
  rmSync(charts, { recursive: true, force: true });
  mkdirSync(charts, { recursive: true });
  for (const chart of chartsOf(results.rows)) writeFileSync(join(charts, `${chart.name}.svg`), chart.svg);
  writeJson(join(dir, 'results.json'), { ...results, reproduced });
  writeFileSync(join(dir, 'RESULTS.md'), toResultsMarkdown(results, reproduced));
  writeFileSync(join(dir, 'cover-table.txt'), coverText(results));
  return [...RESULT_FILES];
}

/** @param keep leave the committed results as they are */
export function publish(root: string, run: Run, results: Results, keep: boolean): Published {
  run.write('bench', results);
  const conclusion = conclude(readResults(root), results);
  const { merged, sentence } = conclusion;
  const page = join(run.dir, 'bench.html');
  writeFileSync(page, toPage(results, sentence));
  return { ...conclusion, page, written: merged === null || keep ? [] : writeResults(root, merged, sentence) };
}
