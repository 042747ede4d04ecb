// A refresh in a process of its own that stands still while it writes FILE, for the test that kills it: PROJECT TREE
// XDG_CACHE_HOME FILE.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { resolveBase } from '../base/resolve.ts';
import { silentLog } from '../lib/log.ts';
import { cachePaths } from '../lib/paths.ts';
import { refreshWorktree } from '../outgoing/refresh.ts';
import { loadManifest } from '../series/load.ts';

const [project = '', tree = '', home = '', file = ''] = process.argv.slice(2);
const context = {
  cache: cachePaths({ XDG_CACHE_HOME: home }),
  log: silentLog,
  logFile: (step: string) => join(home, `${step}.log`),
};
// writing to a pipe without a reader does not end
execFileSync('mkfifo', [join(project, 'patches', `${file}.${process.pid}.tmp`)]);
await refreshWorktree(project, await resolveBase(loadManifest(project).data, { tree }, context), context, {
  adopt: false,
  dryRun: false,
});
