import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { commit, git, lines, write } from '../testing/project.ts';
import { apply, EDIT_1, failure, ownState, refresh, withSeries } from '../testing/series.ts';

// a machine that also builds a kernel is slow
t.setTimeout(300_000);

t.test('leaves a dirty checkout exactly as it is', async (t) => {
  const f = await withSeries('dirty');
  t.teardown(f.remove);
  write(f.kernel, { 'kernel/core.c': 'my work\n', 'kernel/untracked.c': 'mine\n' });
  git(f.kernel, 'add', 'kernel/core.c');
  git(f.kernel, 'stash');
  write(f.kernel, { 'kernel/ring.c': 'staged\n' });
  git(f.kernel, 'add', 'kernel/ring.c');
  write(f.kernel, { 'kernel/ring.c': 'and changed again\n' });
  mkdirSync(join(f.kernel, '.git/hooks'));
  writeFileSync(join(f.kernel, '.git/hooks/post-checkout'), '#!/bin/sh\ntouch ran-a-hook\n', { mode: 0o755 });
  git(f.kernel, 'config', 'commit.gpgSign', 'true');
  git(f.kernel, 'config', 'diff.noprefix', 'true');
  const before = ownState(f.kernel);
  const record = await apply(f);
  await refresh(f);
  t.strictSame(ownState(f.kernel), before);
  t.notOk(existsSync(join(record.worktree, 'ran-a-hook')));
  t.ok(f.entries.some((entry) => entry.kind === 'note' && entry.text.includes('uncommitted changes')));
});

t.test('commits are the same wherever they are made', async (t) => {
  const [one, two] = [await withSeries('same'), await withSeries('same')];
  t.teardown(one.remove);
  t.teardown(two.remove);
  t.equal((await apply(one)).head, (await apply(two)).head);
});

t.test('a changed patch is applied on those before it, and files that end up the same keep their times', async (t) => {
  const f = await withSeries('times');
  t.teardown(f.remove);
  const { worktree } = await apply(f);
  const old = new Date(1_600_000_000_000);
  for (const file of ['kernel/core.c', 'kernel/new.c']) utimesSync(join(worktree, file), old, old);
  const path = join(f.project, 'patches/0002-ring-add-a-file.patch');
  writeFileSync(path, readFileSync(path, 'utf8').replace('+new line 2', '+new line two'));
  const record = await apply(f);
  t.equal(record.reused, 1);
  t.equal(statSync(join(worktree, 'kernel/core.c')).mtimeMs, old.getTime(), 'taken off and put on again, unchanged');
  t.not(statSync(join(worktree, 'kernel/new.c')).mtimeMs, old.getTime());
  t.equal(git(worktree, 'status', '--porcelain'), '');
});

t.test('a conflict says what, where and what the base has, and the author goes on from there', async (t) => {
  const f = await withSeries('conflict');
  t.teardown(f.remove);
  commit(f.kernel, 'upstream changed the line', {
    'kernel/core.c': lines('core').replace('core line 5\n', 'core line V\n'),
  });
  const error = await failure(apply(f));
  t.match(error, {
    code: 'E_PATCH_CONFLICT',
    exitCode: 11,
    position: { file: 'patches/0001-core-say-five.patch', line: 14 },
  });
  t.match(error.detail, /CONFLICT \(content\): Merge conflict in kernel\/core.c/);
  t.match(error.detail, /<<<<<<< [\s\S]*core line V[\s\S]*core line five/);
  t.match(error.next, / am --continue && npm run refresh -- --tree /);
  const again = await failure(apply(f));
  t.equal(again.code, 'E_PATCH_CONFLICT', 'it is untouched: apply begins again by itself');
  const worktree = join(
    f.context.cache.worktrees,
    readdirSync(f.context.cache.worktrees).find((name) => !name.includes('.')) ?? '',
  );
  write(worktree, { 'kernel/core.c': EDIT_1 });
  t.match(await failure(apply(f)), { code: 'E_AM_IN_PROGRESS', exitCode: 11 });
  t.match(await failure(refresh(f)), { code: 'E_AM_IN_PROGRESS' });
  git(worktree, 'add', '.');
  git(worktree, 'am', '--continue');
  const record = await refresh(f);
  t.equal(record.patches.length, 3, 'patches that were not applied yet are not lost');
  t.match(await apply(f), { reused: 1, commits: { length: 3 } });
});
