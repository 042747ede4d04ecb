import { execError } from '../lib/exec.ts';
import { gitExec } from '../lib/git.ts';

/**
 * Whether a configuration of this checkout can have the symbol: a Kconfig file defines it and another one sources
 * that file. A series may add the file in one patch and its source line in the next. (Reading all Kconfig files
 * would be exact and takes seconds; this is asked on every run.) @throws when git cannot tell
 */
export async function definesSymbol(worktree: string, symbol: string): Promise<boolean> {
  const grep = async (...args: string[]): Promise<string[]> => {
    const result = await gitExec(worktree, ['grep', '-l', ...args, '--', '*Kconfig*']);
    // 1 is for nothing found; anything else is no answer
    if (result.failed && result.exitCode !== 1) throw execError(result);
    return result.stdout.split('\n').filter(Boolean);
  };
  for (const file of await grep('-E', `^(menu)?config ${symbol}$`)) {
    if (file === 'Kconfig' || (await grep('-F', '-e', `source "${file}"`, '-e', `source ${file}`)).length > 0)
      return true;
  }
  return false;
}
