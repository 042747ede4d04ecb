import { existsSync } from 'node:fs';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { needRecord } from '../lib/record.ts';
import { holdsBuild } from './state.ts';
import type { BuildRecord } from '../records/build.ts';

export function isBuildRecord(value: unknown): value is BuildRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Record<string, unknown>;
  const source: unknown = record['source'];
  return record['stage'] === 'build' && ['bzImage', 'dotconfig', 'libbpfSo', 'uapi', 'buildDir'].every((key) => typeof record[key] === 'string')
    && typeof source === 'object' && source !== null && 'tree' in source;
}

/** The kernel of a configuration that was built last. @throws E_RECORD_MISSING when there is none, or it is gone from the cache */
export function lastBuild(root: string, config: string): BuildRecord {
  const next = formatArgv(['npm', 'test', '--', '--config', config]);
  const { run, record } = needRecord(root, `build.${config}`, next);
  if (!isBuildRecord(record)) throw new WorkbenchError('E_RECORD_MISSING', `out/${run}/build.${config}.json is not a record of build`, { next });
  if (!existsSync(record.bzImage)) throw new WorkbenchError('E_RECORD_MISSING', `the kernel of out/${run} is gone: ${record.bzImage}`, { next });
  if (!holdsBuild(record)) throw new WorkbenchError('E_RECORD_MISSING', `the kernel of out/${run} is no longer what is in ${record.buildDir}: another build began there`, { next });
  return record;
}
