// An apply in a process of its own, for the test that kills it: PROJECT TREE XDG_CACHE_HOME; no TREE means the
// manifest's base.
import { join } from 'node:path';
import { applySeries } from '../apply/apply.ts';
import { resolveBase } from '../base/resolve.ts';
import { silentLog } from '../lib/log.ts';
import { cachePaths } from '../lib/paths.ts';
import { loadSeries } from '../series/load.ts';

const [project = '', tree = '', home = ''] = process.argv.slice(2);
const context = {
  cache: cachePaths({ XDG_CACHE_HOME: home }),
  log: silentLog,
  logFile: (step: string) => join(home, `${step}.log`),
  machine: { neededBytes: 0 },
};
const series = loadSeries(project);
await applySeries(series, await resolveBase(series.data, tree === '' ? {} : { tree }, context), context);
