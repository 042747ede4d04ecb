import { WorkbenchError } from '../lib/errors.ts';
import { exec } from '../lib/exec.ts';

/** In the order of preference: what Debian 12 and 13 can have side by side, then whatever is called clang. */
const COMPILERS = ['clang-19', 'clang'];

interface Clang {
  readonly command: string;
  /** First line of --version. */
  readonly version: string;
}

/** The compiler for BPF: the first that answers. @throws E_HOST_TOOL */
export async function findClang(): Promise<Clang> {
  for (const command of COMPILERS) {
    const result = await exec([command, '--version']);
    if (!result.failed) return { command, version: result.stdout.split('\n')[0] ?? '' };
  }
  throw new WorkbenchError('E_HOST_TOOL', 'no clang is installed', { next: 'npm run doctor' });
}
