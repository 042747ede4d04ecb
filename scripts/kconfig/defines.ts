import { gitText } from '../lib/git.ts';

/**
 * Whether a configuration of this checkout can have the symbol: a Kconfig file defines it and another one sources
 * that file. A series may add the file in one patch and its source line in the next. (Reading all Kconfig files
 * would be exact and takes seconds; this is asked on every run.)
 */
export async function definesSymbol(worktree: string, symbol: string): Promise<boolean> {
  const grep = async (...args: string[]): Promise<string[]> => {
    try {
      return (await gitText(worktree, ['grep', '-l', ...args, '--', '*Kconfig*'])).split('\n').filter(Boolean);
    } catch {
      // git grep fails when it finds nothing
      return [];
    }
  };
  for (const file of await grep('-E', `^(menu)?config ${symbol}$`)) {
    if (file === 'Kconfig' || (await grep('-F', '-e', `source "${file}"`, '-e', `source ${file}`)).length > 0) return true;
  }
  return false;
}
