import { existsSync } from 'node:fs';
import { WorkbenchError } from '../lib/errors.ts';
import { needRecord } from '../lib/record.ts';
import type { BuildRecord } from '../build/types.ts';

export function isBuildRecord(value: unknown): value is BuildRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Record<string, unknown>;
  return record['stage'] === 'build' && ['bzImage', 'dotconfig', 'libbpfSo', 'uapi', 'buildDir'].every((key) => typeof record[key] === 'string');
}

/** The kernel of a configuration that was built last. @throws E_RECORD_MISSING when there is none, or it is gone from the cache */
export function lastBuild(root: string, config: string): BuildRecord {
  const next = `npm test -- --config ${config}`;
  const { run, record } = needRecord(root, `build.${config}`, `test -- --config ${config}`);
  if (!isBuildRecord(record)) throw new WorkbenchError('E_RECORD_MISSING', `out/${run}/build.${config}.json is not a record of build`, { next });
  if (!existsSync(record.bzImage)) throw new WorkbenchError('E_RECORD_MISSING', `the kernel of out/${run} is gone: ${record.bzImage}`, { next });
  return record;
}
