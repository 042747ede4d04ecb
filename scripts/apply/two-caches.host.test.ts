/** A person's tree under two values of XDG_CACHE_HOME: one branch, and a worktree of it in either cache. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { formatArgv } from '../lib/exec.ts';
import { cachePaths } from '../lib/paths.ts';
import { git, type Fixture } from '../testing/project.ts';
import { apply, failure, withSeries } from '../testing/series.ts';

t.setTimeout(300_000);

const inCache = (f: Fixture, home: string): Fixture => ({
  ...f,
  context: { ...f.context, cache: cachePaths({ XDG_CACHE_HOME: join(f.dir, home) }) },
});

t.test('the branch is in the other one: what is printed moves it here, and back', async (t) => {
  const f = await withSeries('caches');
  t.teardown(f.remove);
  const second = inCache(f, 'second');
  const first = await apply(f);
  const again = formatArgv(['npm', 'run', 'apply', '--', '--tree', f.kernel]);
  t.match(await failure(apply(second)), { code: 'E_WORKTREE_EDITED', next: `${again} --force  # sets it aside` });
  /** As printed, without npm. */
  const move = async (from: string, error: Promise<unknown>, command = again): Promise<void> => {
    const { code, next } = await failure(error);
    const [free = '', rest] = next.split(' && ');
    t.strictSame([code, free, rest], ['E_TREE', formatArgv(['git', '-C', from, 'switch', '--detach']), command]);
    execFileSync('bash', ['-c', free], { stdio: 'ignore' });
  };
  await move(first.worktree, apply(second, { force: true }), `${again} --force`);
  const there = await apply(second, { force: true });
  t.equal(there.head, first.head);
  t.not(there.worktree, first.worktree);
  await move(there.worktree, apply(f));
  t.equal((await apply(f)).head, first.head);
  t.equal(git(first.worktree, 'symbolic-ref', '--short', 'HEAD').trim(), first.branch);
});
