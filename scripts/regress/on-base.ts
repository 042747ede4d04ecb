/** What the base has of the tests that are asked for, by its commit alone: no tree of it is needed. */
import { basename } from 'node:path';
import { must } from '../lib/exec.ts';
import type { SourceTree } from '../records/build.ts';
import type { SideRecord } from '../records/regress.ts';
import { bpfDir } from './recipe.ts';
import type { Selection } from './wanted.ts';

/** Whether there is anything to compare with. A test whose file is not there is new; test_verifier is always there. */
export async function baseHas(
  { worktree, baseCommit }: Pick<SourceTree, 'worktree' | 'baseCommit'>,
  { progs, verifier, perf }: Omit<Selection, 'unknown'>,
): Promise<boolean> {
  if (verifier || perf.length > 0) return true;
  const place = `${bpfDir('.')}/prog_tests/`;
  const { stdout } = await must(['git', '-C', worktree, 'ls-tree', '--name-only', baseCommit, place]);
  const files = new Set(stdout.split('\n').map((path) => basename(path, '.c')));
  return progs.some(({ file }) => files.has(file));
}

/** The side of a base that was not built, as it has none of the tests. */
export const notBuilt = (tree: string, accel: string): SideRecord => ({
  kernel: 'base',
  tree,
  release: '',
  accel,
  tests: [],
  leftOut: [],
  boots: [],
  reused: false,
  ms: 0,
});
