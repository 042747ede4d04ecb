import { existsSync } from 'node:fs';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { needRecord } from '../lib/record.ts';
import { buildSchema, type BuildRecord } from '../records/build.ts';
import { holdsBuild } from './state.ts';

/**
 * The kernel of a configuration that was built last. @param base on this base only
 * @throws E_RECORD_MISSING when there is none any more
 */
export function lastBuild(root: string, config: string, base?: string): BuildRecord {
  const next = formatArgv(['npm', 'test', '--', '--config', config, ...(base === undefined ? [] : ['--base', base])]);
  const among =
    base === undefined ? undefined : { what: base, wanted: (one: BuildRecord): boolean => one.source.base === base };
  const { run, record } = needRecord(root, `build.${config}`, buildSchema, next, among);
  const refuse = (how: string): never => {
    throw new WorkbenchError('E_RECORD_MISSING', `the kernel of out/${run} is ${how}`, { next });
  };
  if (!existsSync(record.bzImage)) refuse(`gone: ${record.bzImage}`);
  if (!holdsBuild(record)) refuse(`no longer what is in ${record.buildDir}: another build began there`);
  return record;
}
