/** A root file system of Debian's packages, made once. */
import { renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDir } from '../lib/make-dir.ts';
import { runStep, type StageContext, type Step } from '../lib/stage.ts';

/** A fifth of what is installed, and nothing reads it. */
const LEFT_OUT = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*'];

export interface RootPlan {
  readonly suite: string;
  readonly mirror: string;
  readonly packages: readonly string[];
  /** What else mmdebstrap is told. */
  readonly how: readonly string[];
}

/**
 * In namespaces of its own: what it mounts and starts there ends with it, also when it is killed, and the half of a
 * root that is left can be deleted. A mirror that stands still is good enough; its signatures are checked.
 */
export function bootstrapArgv({ suite, mirror, packages, how }: RootPlan, dir: string): string[] {
  return [
    ...['unshare', '--mount', '--pid', '--fork', '--kill-child'],
    ...['mmdebstrap', '--mode=root', ...how, '--format=directory'],
    '--aptopt=Acquire::Check-Valid-Until "false"',
    ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
    `--include=${packages.join(',')}`,
    ...[suite, dir, mirror],
  ];
}

/**
 * Half of it has another name. Called with a lock held.
 * @param steps what makes it in a directory @param finish writes into it what is not made by a command
 */
export async function makeRoot(
  ctx: StageContext,
  dir: string,
  logFile: string,
  steps: (half: string) => readonly Step[],
  finish: (half: string) => void,
): Promise<void> {
  const half = `${dir}.half`;
  makeDir(dirname(dir));
  const clean: Step = { title: 'root', argv: ['rm', '-rf', '--one-file-system', half] };
  for (const step of [clean, ...steps(half)]) await runStep(step, ctx, logFile);
  finish(half);
  renameSync(half, dir);
}
