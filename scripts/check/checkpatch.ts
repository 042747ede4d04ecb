/** The kernel's own style checker, read as findings with a type, a place and the offending text. Pure. */
import type { Finding } from '../records/series.ts';

const TERSE = /^(?:.*?):(\d+): (ERROR|WARNING|CHECK):([A-Z0-9_]+): (.*)$/;
const TOTAL = /^total: (\d+) errors, (\d+) warnings, (?:(\d+) checks, )?(\d+) lines checked/;

export interface CheckpatchResult {
  readonly findings: readonly Finding[];
  /** undefined when checkpatch did not get to its end: then it has checked nothing. */
  readonly linesChecked: number | undefined;
}

/** @param output of `checkpatch.pl --strict --terse --show-types` */
export function parseCheckpatch(output: string): CheckpatchResult {
  const findings: Finding[] = [];
  let linesChecked: number | undefined;
  for (const line of output.split('\n')) {
    const found = TERSE.exec(line);
    const total = TOTAL.exec(line);
    if (found) {
      const [, number = '', level = '', type = '', message = ''] = found;
      findings.push({ check: 'checkpatch', type, message: `${level}: ${message}`, line: Number(number) });
    } else if (total) {
      linesChecked = Number(total[4]);
    }
  }
  return { findings, linesChecked };
}

/** --no-tree would skip rules that need the kernel; the tree is where the script lies. */
export function checkpatchArgv(worktree: string, patch: string): string[] {
  return [
    'perl',
    `${worktree}/scripts/checkpatch.pl`,
    '--strict',
    '--terse',
    '--show-types',
    '--color=never',
    `--root=${worktree}`,
    patch,
  ];
}
