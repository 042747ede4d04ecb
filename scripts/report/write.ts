/** Reads a saved run and writes its report in every form; needs nothing but the files. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { toFragment } from '../bench/results.ts';
import { readResults } from '../bench/store.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { outRoot } from '../lib/paths.ts';
import { latestRecord, readJson, writeJson } from '../lib/record.ts';
import { formatHtml } from './html.ts';
import { formatJunit } from './junit.ts';
import { toKcidb } from './kcidb.ts';
import { assemble, type Report } from './model.ts';
import { formatText } from './plain.ts';
import { applySchema } from '../records/apply.ts';
import { buildSchema } from '../records/build.ts';

export interface Written {
  readonly report: Report;
  readonly text: string;
  readonly files: readonly string[];
}

/** Records that judge the series rather than a run: taken from the newest run when this one has none. */
const SERIES_RECORDS = ['check', 'bisect', 'regress', 'clients'];

function readRecords(dir: string): Map<string, unknown> {
  const files = readdirSync(dir).filter((file) => file.endsWith('.json') && !file.startsWith('report'));
  return new Map(files.map((file): [string, unknown] => [basename(file, '.json'), readJson(join(dir, file))]));
}

/** The newest run under out/ that tested something, else the newest that built something. */
export function newestRun(root: string): string {
  const out = outRoot(root);
  const runs = existsSync(out) ? readdirSync(out).sort().reverse() : [];
  for (const prefix of ['selftest.', 'build.', 'apply']) {
    const found = runs.find((run) => {
      try {
        return readdirSync(join(out, run)).some((file) => file.startsWith(prefix) && file.endsWith('.json'));
      } catch {
        return false;
      }
    });
    if (found !== undefined) return join(out, found);
  }
  throw new WorkbenchError('E_RECORD_MISSING', 'there is no run to report on under out/', { next: 'npm test' });
}

/** A run on a kernel that was built before has no apply of its own; the newest one of the same tree is its. */
function addApply(records: Map<string, unknown>, root: string): void {
  if (records.has('apply')) return;
  const found = applySchema.safeParse(latestRecord(root, 'apply')?.record);
  const built = [...records]
    .filter(([name]) => name.startsWith('build.'))
    .map(([, record]) => buildSchema.safeParse(record).data?.source.tree);
  if (found.success && built.length > 0 && built.every((tree) => tree === found.data.tree))
    records.set('apply', found.data);
}

/** @param root where to look for records that the run itself does not have; undefined = only in `dir` */
export function readReport(dir: string, root?: string): Report {
  if (!existsSync(dir))
    throw new WorkbenchError('E_RECORD_MISSING', `no run ${dir}`, { next: 'npm run report -- --help' });
  const records = readRecords(dir);
  if (root !== undefined) {
    for (const stage of SERIES_RECORDS) {
      const found = records.has(stage) ? undefined : latestRecord(root, stage);
      if (found !== undefined) records.set(stage, found.record);
    }
    addApply(records, root);
  }
  return assemble(basename(dir), records);
}

/** Of what is written next to the records, by its ending. */
export const FORMS = ['html', 'txt', 'xml', 'json', 'kcidb.json'] as const;

/** Writes report.* next to the records. @param origin the name under which KernelCI knows the sender */
export function writeReport(dir: string, root?: string, origin?: string): Written {
  const report = readReport(dir, root);
  const text = formatText(report);
  const path = (name: string): string => join(dir, name);
  writeJson(path('report.json'), report);
  writeJson(path('report.kcidb.json'), toKcidb(report, origin));
  writeFileSync(path('report.xml'), formatJunit(report));
  writeFileSync(path('report.txt'), text);
  const benchmarks = root === undefined ? undefined : readResults(root);
  writeFileSync(path('report.html'), formatHtml(report, benchmarks === undefined ? undefined : toFragment(benchmarks)));
  return { report, text, files: FORMS.map((ending) => path(`report.${ending}`)) };
}
