import { formatArgv } from '../lib/exec.ts';
import type { BaseTree } from '../records/apply.ts';

/** A command of the workbench on the same base, as one can paste it. */
export function again(base: Pick<BaseTree, 'options'>, command: string, ...more: readonly string[]): string {
  const options = [...base.options, ...more];
  return formatArgv(['npm', 'run', command, ...(options.length === 0 ? [] : ['--', ...options])]);
}
