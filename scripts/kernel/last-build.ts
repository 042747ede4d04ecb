import { existsSync } from 'node:fs';
import { WorkbenchError } from '../lib/errors.ts';
import { formatArgv } from '../lib/exec.ts';
import { needRecord } from '../lib/record.ts';
import { buildSchema, type BuildRecord } from '../records/build.ts';
import { holdsBuild } from './state.ts';

/** The kernel of a configuration that was built last. @throws E_RECORD_MISSING when there is none any more */
export function lastBuild(root: string, config: string): BuildRecord {
  const next = formatArgv(['npm', 'test', '--', '--config', config]);
  const { run, record } = needRecord(root, `build.${config}`, buildSchema, next);
  const refuse = (how: string): never => {
    throw new WorkbenchError('E_RECORD_MISSING', `the kernel of out/${run} is ${how}`, { next });
  };
  if (!existsSync(record.bzImage)) refuse(`gone: ${record.bzImage}`);
  if (!holdsBuild(record)) refuse(`no longer what is in ${record.buildDir}: another build began there`);
  return record;
}
