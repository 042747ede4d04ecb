/** The cells as a job array of Slurm, and the merge as a job after it. Pure; submit.ts hands it over. */
import { formatArgv } from '../lib/exec.ts';
import type { Until } from '../records/cell.ts';

export interface SlurmPlan {
  /** The project, which every node sees at this path. */
  readonly root: string;
  /** Where scripts and logs go. */
  readonly dir: string;
  readonly cells: readonly string[];
  readonly until: Until;
  readonly accel: string;
  /** Patterns that the cells were chosen by, for the merge. */
  readonly only: readonly string[];
  /** Seen by all nodes: the compiler cache is one, the trees are each node's own. */
  readonly cache: string | undefined;
  /** CCACHE_REMOTE_STORAGE. */
  readonly remote: string | undefined;
}

const NAME = 'dtrace-bpf-matrix';

/** In double quotes, as the lines of options are read; a percent sign begins a pattern. */
const logFile = (dir: string, name: string): string => `--output="${dir.replaceAll('%', '%%')}/${name}.log"`;

function header(options: readonly string[], root: string): string[] {
  return [
    '#!/bin/bash',
    ...options.map((option) => `#SBATCH ${option}`),
    'set -euo pipefail',
    `cd ${formatArgv([root])}`,
  ];
}

/** A tree is one cell's at a time, and make takes all processors: one task has a node. */
export function arrayScript({ root, dir, cells, until, accel, cache, remote }: SlurmPlan): string {
  const argv = ['npm', 'run', 'matrix', '--', '--until', until, '--accel', accel, '--cell'];
  const set = (name: string, value: string): string => `export ${name}=${value}`;
  return [
    ...header(
      [
        `--job-name=${NAME}`,
        `--array=0-${cells.length - 1}`,
        '--exclusive',
        // on another node when this one dies; what was said before that stays in the log
        '--requeue',
        '--open-mode=append',
        // of what sbatch was started with; a directory for temporary files may be of another machine
        '--export=PATH,HOME',
        logFile(dir, '%a'),
      ],
      root,
    ),
    ...(cache === undefined
      ? []
      : [
          set('XDG_CACHE_HOME', `${formatArgv([cache])}/node-"$SLURMD_NODENAME"`),
          set('CCACHE_DIR', formatArgv([`${cache}/ccache`])),
        ]),
    ...(remote === undefined ? [] : [set('CCACHE_REMOTE_STORAGE', formatArgv([remote]))]),
    'cells=(',
    ...cells.map((id) => `  ${formatArgv([id])}`),
    ')',
    `exec ${formatArgv(argv)} "\${cells[$SLURM_ARRAY_TASK_ID]}"`,
    '',
  ].join('\n');
}

/** Its exit code is that of the matrix. */
export function mergeScript({ root, dir, until, only }: SlurmPlan): string {
  const options = [`--job-name=${NAME}-merge`, '--requeue', '--export=PATH,HOME', logFile(dir, 'merge')];
  const chosen = only.flatMap((pattern) => ['--only', pattern]);
  const argv = ['npm', 'run', 'matrix', '--', '--until', until, ...chosen, '--merge', 'out'];
  return [...header(options, root), `exec ${formatArgv(argv)}`, ''].join('\n');
}

export function arrayArgv(dir: string): string[] {
  return ['sbatch', '--parsable', `${dir}/array.sh`];
}

/** After all tasks, also those that failed: a report of what is missing is one, too. @param job the array's */
export function mergeArgv(dir: string, job: string): string[] {
  return ['sbatch', '--parsable', `--dependency=afterany:${job}`, `${dir}/merge.sh`];
}

/** What --parsable prints: the id, and in a federation the name of the cluster behind a semicolon. */
export function jobIn(stdout: string): string | undefined {
  return /^(\d+)(?:;\S+)?$/m.exec(stdout)?.[1];
}
