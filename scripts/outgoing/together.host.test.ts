/** patches/ is the checkout's: what is written there waits for each other, whatever base and cache it is of. */
import { join } from 'node:path';
import t from 'tap';
import { acquire } from '../lib/lock.ts';
import { cachePaths } from '../lib/paths.ts';
import { eventually } from '../testing/process.ts';
import { commit, git } from '../testing/project.ts';
import { apply, EDIT_1, patchTexts, refresh, withSeries } from '../testing/series.ts';
import { refreshRange } from './refresh.ts';

t.setTimeout(300_000);

t.test('refreshes of two caches, and of a range', async (t) => {
  const f = await withSeries('together');
  t.teardown(f.remove);
  const cache = cachePaths({ XDG_CACHE_HOME: join(f.dir, 'second') });
  const second = { ...f, context: { ...f.context, cache } };
  const { worktree } = await apply(f);
  git(worktree, 'switch', '-q', '--detach');
  await apply(second, { force: true });
  const before = patchTexts(f);
  commit(worktree, 'core: say it again', { 'kernel/more.c': EDIT_1 });
  const release = await acquire(join(f.project, 'out/patches.lock'), { purpose: 'testing' });
  let over = 0;
  const all = [
    refresh(f),
    refresh(second),
    refreshRange(f.project, f.kernel, 'master..work', { adopt: true, dryRun: false }),
  ].map((each) => each.finally(() => over++));
  const waits = (): number =>
    f.entries.filter((entry) => entry.kind === 'note' && entry.text.startsWith('waiting for "testing"')).length;
  await eventually('two say that they wait, or are over', () => waits() === 2 || over > 0);
  t.equal(over, 0);
  t.strictSame(patchTexts(f), before);
  await refreshRange(f.project, f.kernel, 'master..work', { adopt: true, dryRun: true });
  release();
  const done = await Promise.allSettled(all);
  t.strictSame(
    done.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled'],
  );
});
