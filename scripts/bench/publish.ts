/** What a run leaves: its record and page, and the committed results where it replaces them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../lib/record.ts';
import { conclude, type Conclusion } from './conclude.ts';
import { toPage } from './results.ts';
import { readResults, writeResults } from './store.ts';
import type { Results } from './types.ts';

export interface Published extends Conclusion {
  readonly page: string;
  /** Of the committed results, relative to the project. */
  readonly written: readonly string[];
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
