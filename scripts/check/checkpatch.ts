/** The kernel's own style checker, read as findings with a type, a place and the offending text. Pure. */
import type { Finding } from '../records/series.ts';
import type { CheckName } from './list.ts';

const TERSE = /^(?:.*?):(\d+): (ERROR|WARNING|CHECK):([A-Z0-9_]+): (.*)$/;
/** It goes on without the dictionary, and says so on its standard error. */
const NO_DICTIONARY = /^No codespell typos will be found/m;
const TOTAL = /^total: (\d+) errors, (\d+) warnings, (?:(\d+) checks, )?(\d+) lines checked/;

export interface CheckpatchResult {
  readonly findings: readonly Finding[];
  /** undefined when checkpatch did not get to its end: then it has checked nothing. */
  readonly linesChecked: number | undefined;
  /** Whether the dictionary of codespell was there. */
  readonly spelled: boolean;
}

/** @param output, errors of `checkpatch.pl --strict --codespell --terse --show-types` */
export function parseCheckpatch(output: string, errors: string): CheckpatchResult {
  const findings: Finding[] = [];
  let linesChecked: number | undefined;
  for (const line of output.split('\n')) {
    const found = TERSE.exec(line);
    const total = TOTAL.exec(line);
    if (found) {
      const [, number = '', level = '', type = '', message = ''] = found;
      const check: CheckName = type === 'TYPO_SPELLING' ? 'codespell' : 'checkpatch';
      findings.push({ check, type, message: `${level}: ${message}`, line: Number(number) });
    } else if (total) {
      linesChecked = Number(total[4]);
    }
  }
  return { findings, linesChecked, spelled: !NO_DICTIONARY.test(errors) };
}

/** --no-tree would skip rules that need the kernel; the tree is where the script lies. */
export function checkpatchArgv(worktree: string, patch: string): string[] {
  return [
    'perl',
    `${worktree}/scripts/checkpatch.pl`,
    '--strict',
    '--codespell',
    '--terse',
    '--show-types',
    '--color=never',
    `--root=${worktree}`,
    patch,
  ];
}
