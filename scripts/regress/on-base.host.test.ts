/** A real repository: what the base has of the tests is read from its commit, whatever its work tree holds. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { must } from '../lib/exec.ts';
import { gitText } from '../lib/git.ts';
import { baseHas, notBuilt } from './on-base.ts';
import { bpfDir } from './recipe.ts';
import { tablesOf } from './tables.ts';
import { select, testsIn } from './wanted.ts';

const textOf = (name: string): string => `void test_${name}(void) {}\n`;

t.test('a base is wanted for what it has, and for suites that are always there', async (t) => {
  const worktree = t.testdir({});
  const place = join(bpfDir(worktree), 'prog_tests');
  mkdirSync(place, { recursive: true });
  await must(['git', 'init', '-q', worktree]);
  writeFileSync(join(place, 'old.c'), textOf('old'));
  await gitText(worktree, ['add', '-A']);
  await gitText(worktree, ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'base']);
  const baseCommit = (await gitText(worktree, ['rev-parse', 'HEAD'])).trim();
  writeFileSync(join(place, 'new.c'), textOf('new'));
  const sources = new Map(['old', 'new'].map((name) => [name, textOf(name)]));
  const has = (...names: string[]): Promise<boolean> =>
    baseHas({ worktree, baseCommit }, select(testsIn(sources), names));
  t.equal(await has('new'), false, 'its file is of the series');
  t.equal(await has('old'), true);
  t.equal(await has('new', 'old'), true);
  t.equal(await has('new', 'test_verifier'), true);
  t.equal(await has('new', 'mmap'), true, 'of perf');
  t.equal(await has(), true, 'everything');
});

t.test('a base that was not built is called that', async (t) => {
  const base = notBuilt('a'.repeat(40), 'tcg');
  const leftOut = [{ what: 'progs/a.c', reason: 'no such member' }];
  const series = { ...base, kernel: 'series', release: '7.3.4', leftOut } as const;
  const [first, last] = tablesOf(base, series, ['test_progs'], []);
  t.match(first?.note, 'base: not built, it has none of them, tree aaaaaaaaaaaa; series: Linux 7.3.4');
  t.strictSame(last?.rows, [{ label: 'progs/a.c', cells: ['-', 'left out', 'no such member'] }]);
});
