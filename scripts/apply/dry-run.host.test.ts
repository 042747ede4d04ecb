import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { resolveBase, type BaseChoice } from '../base/resolve.ts';
import { exec } from '../lib/exec.ts';
import { loadSeries, type Series } from '../series/load.ts';
import { fakeApt, withFakeApt } from '../testing/fake-apt.ts';
import { git } from '../testing/project.ts';
import { withSeries } from '../testing/series.ts';
import { applySeries } from './apply.ts';
import { dryRunApply } from './dry-run.ts';

t.setTimeout(300_000);

for (const kind of ['a checkout', 'a source package', 'a git url'] as const) {
  t.test(`what a dry run prints for ${kind} does in bash what apply does`, async (t) => {
    const f = await withSeries('paste');
    t.teardown(f.remove);
    const apt = withFakeApt(t, 'apt');
    fakeApt(apt, '1:6.12.1-1');
    const { cache } = f.context;
    const loaded = loadSeries(f.project);
    const url = { kernel: '6.12', git: `file://${f.kernel}`, ref: 'master' };
    const series: Series =
      kind === 'a git url' ? { ...loaded, data: { ...loaded.data, bases: { 'v6.12': url } } } : loaded;
    const choice: BaseChoice = kind === 'a checkout' ? { tree: f.kernel, onto: 'master' } : {};
    const text = dryRunApply(series, choice, cache);
    const pasted = await exec(['bash', '-ec', text], { cwd: f.project, env: { GIT_CONFIG_GLOBAL: '/dev/null' } });
    t.equal(pasted.exitCode, 0, pasted.stderr);
    const [key = ''] = readdirSync(cache.worktrees);
    const path = join(cache.worktrees, key);
    const tree = git(path, 'rev-parse', 'HEAD^{tree}').trim();
    const commit = git(path, 'rev-parse', 'HEAD~3').trim();
    rmSync(cache.root, { recursive: true });
    git(f.kernel, 'worktree', 'prune');
    if (kind === 'a checkout') git(f.kernel, 'branch', '-D', 'test-v2');
    const context = { ...apt.context, cache };
    const record = await applySeries(series, await resolveBase(series.data, choice, context), context);
    t.equal(record.worktree, path, 'at the same place');
    t.equal(record.base.commit, commit, 'on the same commit');
    t.equal(record.tree, tree, 'the same files');
  });
}
