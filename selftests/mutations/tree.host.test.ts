import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { cachePaths } from '../../scripts/lib/paths.ts';
import { useCacheHome } from '../../scripts/testing/cache-home.ts';
import { git, makeKernel } from '../../scripts/testing/project.ts';
import { failure } from '../../scripts/testing/series.ts';
import { appliedSeries, DIFF, recordApply, stage } from './fixture.ts';
import { variantTree } from './tree.ts';

t.test('made again, it is the same tree, whatever was edited there; a patch that does not apply is said', async (t) => {
  const { root } = appliedSeries(t);
  const ctx = stage(root);
  const patch = join(root, 'x.patch');
  writeFileSync(patch, DIFF);
  const variant = { name: 'x', from: 'series', patches: [patch] } as const;
  const { worktree, tree } = await variantTree(ctx, variant);
  writeFileSync(join(worktree, 'kernel/core.c'), 'edited\n');
  t.equal((await variantTree(ctx, variant)).tree, tree);
  writeFileSync(patch, DIFF.replace('-series line 1', '-other line 1'));
  t.match(await failure(variantTree(ctx, variant)), { code: 'E_EXEC', detail: /patch does not apply/ });
  writeFileSync(patch, DIFF);
  t.equal((await variantTree(ctx, variant)).tree, tree, 'and is no obstacle to the next run');
});

t.test('the worktree of an earlier base, and one whose making was killed, are made again', async (t) => {
  const { root, kernel, base, head } = appliedSeries(t);
  const ctx = stage(root);
  const { worktree } = await variantTree(ctx, { name: 'x', from: 'base' });
  const other = join(cachePaths().worktrees, 'other');
  makeKernel(other, 'VERSION = 7\n');
  const id = git(other, 'rev-parse', 'HEAD').trim();
  recordApply(root, other, id, id);
  t.match(await variantTree(ctx, { name: 'x', from: 'base' }), { worktree, head: id });
  t.equal(readFileSync(join(worktree, 'Makefile'), 'utf8'), 'VERSION = 7\n');

  rmSync(worktree, { recursive: true });
  git(other, 'worktree', 'lock', worktree);
  t.match(
    await variantTree(ctx, { name: 'x', from: 'base' }),
    { head: id },
    'registered and locked, as a killed git leaves it',
  );
  recordApply(root, kernel, base, head);
  t.match(await variantTree(ctx, { name: 'x', from: 'series' }), { head });
});

t.test('of a series that another cache holds it is made there, with the locks of there', async (t) => {
  const { root, kernel } = appliedSeries(t);
  const { locks } = cachePaths();
  useCacheHome(t, join(root, 'second'));
  const { worktree } = await variantTree(stage(root), { name: 'x', from: 'base' });
  t.equal(dirname(worktree), dirname(kernel));
  t.strictSame(readdirSync(locks), ['worktree-variant-x']);
  t.notOk(existsSync(join(root, 'second')));
});
