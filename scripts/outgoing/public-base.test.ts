/**
 * `base-commit:` and `prerequisite-patch-id:` are what git format-patch --base says, and what git patch-id makes of the
 * patches.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { loadSeries } from '../series/load.ts';
import { commit, git, SECONDS, type Fixture } from '../testing/project.ts';
import { apply, withSeries } from '../testing/series.ts';
import { exportSeries } from './export.ts';
import { baseLines } from './public-base.ts';

t.setTimeout(300_000);

/** A person's clone of a public kernel, with `own` commits below the series. */
async function clone(t: Test, own: number): Promise<Fixture> {
  const f = await withSeries('base');
  t.teardown(f.remove);
  git(f.kernel, 'update-ref', 'refs/remotes/origin/master', 'master');
  for (let number = 1; number <= own; number++)
    commit(f.kernel, `own ${number}`, { [`own-${number}.c`]: `${number}\n`, 'kernel/ring.c': `ring ${number}\n` });
  return f;
}

t.test('commits that no remote has are prerequisites, by their patch ids', async (t) => {
  const f = await clone(t, 2);
  const applied = await apply(f);
  const lines = await baseLines(applied);
  const range = `${applied.base.commit}..${applied.head}`;
  const theirs = git(applied.worktree, 'format-patch', '--stdout', '--base=origin/master', range)
    .split('\n')
    .filter((line) => /^(?:base-commit|prerequisite-patch-id): /.test(line));
  t.equal(lines.length, 3);
  t.strictSame(lines, theirs);
  t.equal(lines[0], `base-commit: ${git(f.kernel, 'rev-parse', 'origin/master').trim()}`);
  const shown = git(f.kernel, 'log', '--reverse', '-p', 'origin/master..master');
  const ids = execFileSync('git', ['patch-id', '--stable'], { input: shown, encoding: 'utf8' }).trim().split('\n');
  t.strictSame(
    lines.slice(1),
    ids.map((line) => `prerequisite-patch-id: ${line.split(' ')[0]}`),
  );
  const { files } = await exportSeries(f.project, loadSeries(f.project), applied, f.dir);
  t.ok(readFileSync(files[0] ?? '', 'utf8').endsWith(`\n\n${lines.join('\n')}\n`), 'at the end of the cover letter');
});

t.test('the base alone: it is public, there is no remote, or what is below it is no preparation', async (t) => {
  for (const [name, own, prepare] of [
    ['public', 0, () => undefined],
    ['no remote', 2, (f: Fixture) => git(f.kernel, 'update-ref', '-d', 'refs/remotes/origin/master')],
    ['another history', 1, (f: Fixture) => other(f)],
    ['a hundred commits', 0, (f: Fixture) => hundred(f)],
  ] as const) {
    const f = await clone(t, own);
    prepare(f);
    const applied = await apply(f);
    t.strictSame(await baseLines(applied), [`base-commit: ${applied.base.commit}`], name);
  }
});

/** The remote has nothing in common with the tree. */
function other(f: Fixture): void {
  const tree = git(f.kernel, 'write-tree').trim();
  git(f.kernel, 'update-ref', 'refs/remotes/origin/master', git(f.kernel, 'commit-tree', '-m', 'other', tree).trim());
}

/** Too many to be made for a series. */
function hundred(f: Fixture): void {
  const commits = Array.from(
    { length: 100 },
    (_, index) =>
      `commit refs/heads/many\ncommitter a <a@b> ${SECONDS} +0000\ndata 1\nx\n` +
      `${index === 0 ? 'from refs/heads/master^0\n' : ''}M 644 inline own.c\ndata <<E\n${index}\nE\n\n`,
  );
  execFileSync('git', ['fast-import', '--quiet'], { cwd: f.kernel, input: commits.join('') });
  git(f.kernel, 'reset', '-q', '--hard', 'many');
}

t.test("a person's settings of format-patch change nothing", async (t) => {
  const f = await clone(t, 1);
  for (const [name, value] of [
    ['format.noprefix', 'true'],
    ['format.attach', 'x'],
    ['format.signature', 'base-commit: 12'],
    ['diff.renames', 'false'],
  ] as const)
    git(f.kernel, 'config', name, value);
  const lines = await baseLines(await apply(f));
  t.match(lines, { 0: /^base-commit: [0-9a-f]{40}$/, 1: /^prerequisite-patch-id: [0-9a-f]{40}$/, length: 2 });
});
