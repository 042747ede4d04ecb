import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { baseNameOf, resolveBase, type BaseChoice } from '../base/resolve.ts';
import { exec } from '../lib/exec.ts';
import { loadSeries, seriesFor, type Series } from '../series/load.ts';
import { fakeApt, withFakeApt } from '../testing/fake-apt.ts';
import { git, write, type Fixture } from '../testing/project.ts';
import { withSeries } from '../testing/series.ts';
import { editManifest } from '../testing/two-bases.ts';
import { applySeries } from './apply.ts';
import { dryRunApply } from './dry-run.ts';

t.setTimeout(300_000);

/** The same package under another name, on which the last patch says something else. */
function anotherBase(f: Fixture): void {
  editManifest(f, (text) =>
    text.replace('patches:', '  v6.12-next:\n    kernel: "6.12"\n    debian: linux-source-0.1\npatches:'),
  );
  const diff = loadSeries(f.project).patches[2]?.diff ?? '';
  write(f.project, { 'patches/v6.12-next/0003.diff': diff.replace('+core line twenty-five', '+core line 25!') });
}

for (const kind of ['a checkout', 'a source package', 'a git url', 'a base with diffs of its own'] as const) {
  t.test(`what a dry run prints for ${kind} does in bash what apply does`, async (t) => {
    const f = await withSeries('paste');
    t.teardown(f.remove);
    const apt = withFakeApt(t, 'apt');
    fakeApt(apt, '1:6.12.1-1');
    const { cache } = f.context;
    if (kind === 'a base with diffs of its own') anotherBase(f);
    const loaded = loadSeries(f.project);
    const url = { kernel: '6.12', git: `file://${f.kernel}`, ref: 'master' };
    const series: Series =
      kind === 'a git url' ? { ...loaded, data: { ...loaded.data, bases: { 'v6.12': url } } } : loaded;
    const choice: BaseChoice =
      kind === 'a checkout'
        ? { tree: f.kernel, onto: 'master' }
        : kind === 'a base with diffs of its own'
          ? { base: 'v6.12-next' }
          : {};
    const chosen = seriesFor(series, await baseNameOf(series.data, choice, f.context));
    const text = dryRunApply(chosen, choice, cache);
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
    const said = kind === 'a base with diffs of its own' ? 'core line 25!' : 'core line twenty-five';
    t.match(git(record.base.repo, 'show', `${tree}:kernel/core.c`), said);
  });
}
