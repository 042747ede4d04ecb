/** The kernel's own style checker, read as findings with a type, a place and the offending text. Pure. */
import type { Finding } from '../records/series.ts';
import type { CheckName } from './list.ts';

const TERSE = /^(?:.*?):(\d+): (ERROR|WARNING|CHECK):([A-Z0-9_]+): (.*)$/;
/** It goes on without these, and takes what they would have judged for right. */
const SILENT: readonly (readonly [check: CheckName, said: RegExp])[] = [
  ['codespell', /^No codespell typos will be found/m],
  ['spdx', /^ModuleNotFoundError: /m],
];
/** Findings of those that have a column of their own. */
const COLUMNS: Readonly<Record<string, CheckName>> = { TYPO_SPELLING: 'codespell', SPDX_LICENSE_TAG: 'spdx' };
const TOTAL = /^total: (\d+) errors, (\d+) warnings, (?:(\d+) checks, )?(\d+) lines checked/;

export interface CheckpatchResult {
  readonly findings: readonly Finding[];
  /** undefined when checkpatch did not get to its end: then it has checked nothing. */
  readonly linesChecked: number | undefined;
  /** What it did not ask. */
  readonly missing: readonly CheckName[];
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
      const check = COLUMNS[type] ?? 'checkpatch';
      findings.push({ check, type, message: `${level}: ${message}`, line: Number(number) });
    } else if (total) {
      linesChecked = Number(total[4]);
    }
  }
  const missing = SILENT.filter(([, said]) => said.test(errors)).map(([check]) => check);
  return { findings, linesChecked, missing };
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
