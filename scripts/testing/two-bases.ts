import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lines, makeKernel, MAKEFILE, write, git, type Fixture } from './project.ts';
import { withSeries } from './series.ts';

/** A project with the bases v6.12, which is primary, and v7.3, to which its last patch does not apply as it is. */
export interface TwoBases extends Fixture {
  /** A checkout that looks like Linux 7.3.0. */
  readonly newer: string;
}

/** What 7.3 says next to the line that the last patch changes. */
export const NEWER_CORE = lines('core').replace('core line 26\n', 'core line twenty-six\n');
export const NEWER_DONE = NEWER_CORE.replace('core line 5\n', 'core line five\n').replace(
  'core line 25\n',
  'core line twenty-five\n',
);

export async function withTwoBases(name: string): Promise<TwoBases> {
  const f = await withSeries(name);
  const newer = join(f.dir, 'newer linux');
  makeKernel(newer, MAKEFILE.replace('6', '7').replace('12', '3').replace('SUBLEVEL = 1', 'SUBLEVEL = 0'));
  write(newer, { 'kernel/core.c': NEWER_CORE });
  git(newer, 'commit', '-q', '-a', '--amend', '-m', 'newer');
  editManifest(f, (text) =>
    text.replace('patches:', '  v7.3:\n    kernel: "7.3"\n    debian: linux-source-0.3\npatches:'),
  );
  return { ...f, newer };
}

export function editManifest({ project }: Pick<Fixture, 'project'>, edit: (text: string) => string): void {
  const path = join(project, 'patches/series.yaml');
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
}
