/** The applied series' kernel as it was built last: other commands build other trees, and leave records, too. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lastApply } from '../kernel/source.ts';
import { holdsBuild } from '../kernel/state.ts';
import type { BuildRecord } from '../records/build.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { outRoot } from '../lib/paths.ts';
import { readJson } from '../lib/record.ts';
import { isBuildRecord } from '../kernel/last-build.ts';

/** @throws E_RECORD_MISSING when the series was applied but not built, or its kernel is gone */
export function builtSeries(root: string, config: string): BuildRecord {
  const { worktree, tree } = lastApply(root);
  for (const run of readdirSync(outRoot(root)).sort().reverse()) {
    const record = readJson(join(outRoot(root), run, `build.${config}.json`));
    if (!isBuildRecord(record) || record.source.tree !== tree || record.source.worktree !== worktree) continue;
    if (holdsBuild(record)) return record;
  }
  throw new WorkbenchError('E_RECORD_MISSING', `no ${config} kernel of the applied series was built`, { next: formatArgv(['npm', 'run', 'build', '--', '--config', config]) });
}
