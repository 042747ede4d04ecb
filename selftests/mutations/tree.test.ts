import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cachePaths } from '../../scripts/lib/paths.ts';
import { git } from '../../scripts/testing/project.ts';
import { appliedSeries, DIFF, stage } from './fixture.ts';
import { openVariantRun, variantTree } from './tree.ts';

t.test('a tree that differs from the series: with patches on top, or the base; the series is left alone', async (t) => {
  const { root, kernel, base, head } = appliedSeries(t);
  const ctx = stage(root);
  const patch = join(root, 'x.patch');
  writeFileSync(patch, DIFF);
  const series = await variantTree(ctx, { name: 'x', from: 'series', patches: [patch] });
  t.equal(series.worktree, join(cachePaths().worktrees, 'variant-x'));
  t.match(series, { base: 'v6.12', version: '6.12.1', baseCommit: base });
  const core = (): string => readFileSync(join(series.worktree, 'kernel/core.c'), 'utf8');
  t.match(core(), /^broken line 1\n/);
  t.strictSame(
    git(series.worktree, 'rev-parse', 'HEAD', 'HEAD^', 'HEAD^{tree}').split('\n', 3),
    [series.head, head, series.tree],
    'committed on top of the series: a build is keyed by its tree',
  );
  t.match(await variantTree(ctx, { name: 'x', from: 'base' }), { worktree: series.worktree, head: base });
  t.match(core(), /^core line 1\n/);
  t.notOk(existsSync(join(series.worktree, 'new.c')));
  t.strictSame([git(kernel, 'rev-parse', 'HEAD').trim(), git(kernel, 'status', '--porcelain')], [head, '']);
});

t.test("a run on such a tree leaves records that are not taken for the series'", async (t) => {
  const run = openVariantRun(t.testdir({}), 'kernel');
  t.equal(run.write('build.default', { stage: 'build' }), join(run.dir, 'variant.build.default.json'));
});
