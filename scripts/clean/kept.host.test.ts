/**
 * What `clean` does not delete: a person's work in a worktree after an apply was killed there, or instead of a refresh.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { applySeries } from '../apply/apply.ts';
import { readState, writeState, type ApplyState } from '../apply/state.ts';
import { resolveBase } from '../base/resolve.ts';
import { formatArgv } from '../lib/exec.ts';
import { loadSeries } from '../series/load.ts';
import { useCacheHome } from '../testing/cache-home.ts';
import { run } from '../testing/command-line.ts';
import { fakeApt, withFakeApt } from '../testing/fake-apt.ts';
import { commit, git, lines, write, type Fixture } from '../testing/project.ts';
import { apply, EDIT_1, withSeries } from '../testing/series.ts';

t.setTimeout(300_000);

const MINE = 'what I wrote\n';

/** A worktree, and what its last apply says of itself. */
async function worktreeIn(
  t: Test,
  phase: ApplyState['phase'],
): Promise<{ readonly f: Fixture; readonly worktree: string; readonly admin: string }> {
  const f = await withSeries('kept');
  useCacheHome(t, dirname(f.context.cache.root));
  t.teardown(f.remove);
  const { worktree } = await apply(f);
  const state = readState(worktree);
  if (state === undefined) throw new Error('no state');
  writeState(worktree, { ...state, phase });
  return { f, worktree, admin: join(f.kernel, '.git/worktrees', basename(worktree)) };
}

/** What happened there, by the phase of the last apply, and whether all of it can be deleted. */
const rows: readonly [
  phase: ApplyState['phase'],
  name: string,
  change: (worktree: string, admin: string) => void,
  deleted: boolean,
][] = [
  ['done', 'nothing', () => undefined, true],
  ['done', 'a build', (worktree) => write(worktree, { 'build-default/a.o': 'x' }), true],
  ['done', 'a change', (worktree) => write(worktree, { 'kernel/core.c': MINE }), false],
  ['done', 'a file that git does not know', (worktree) => write(worktree, { 'kernel/mine.c': MINE }), false],
  ['done', 'a commit', (worktree) => void commit(worktree, 'mine', { 'kernel/ring.c': MINE }), false],
  [
    'done',
    'an am that stopped, with mails that may be nowhere else',
    (_, admin) => mkdirSync(join(admin, 'rebase-apply')),
    false,
  ],
  ['applying', 'nothing', () => undefined, true],
  ['applying', 'a change', (worktree) => write(worktree, { 'kernel/core.c': MINE }), false],
  ['applying', 'a commit', (worktree) => void commit(worktree, 'mine', { 'kernel/ring.c': MINE }), false],
  [
    'applying',
    'a commit on no branch',
    (worktree) => {
      git(worktree, 'checkout', '-q', '--detach');
      commit(worktree, 'mine', { 'kernel/ring.c': MINE });
    },
    false,
  ],
  ['creating', 'nothing', () => undefined, true],
  [
    'creating',
    'half a checkout, as a killed git leaves it',
    (worktree, admin) => {
      writeFileSync(join(worktree, 'kernel/ring.c'), lines('ring').slice(0, 50));
      rmSync(join(worktree, 'tools'), { recursive: true });
      rmSync(join(admin, 'index'));
    },
    true,
  ],
  [
    'creating',
    'half a checkout, as one leaves it that was told to stop',
    (worktree, admin) => {
      rmSync(join(worktree, 'kernel'), { recursive: true });
      rmSync(admin, { recursive: true });
    },
    true,
  ],
  ['creating', 'a change', (worktree) => write(worktree, { 'kernel/ring.c': MINE }), false],
  ['creating', 'a file that git does not know', (worktree) => write(worktree, { 'kernel/mine.c': MINE }), false],
  ['creating', 'a commit', (worktree) => void commit(worktree, 'mine', { 'kernel/ring.c': MINE }), false],
  [
    'creating',
    'a commit that changes no file',
    (worktree) => void git(worktree, 'commit', '-q', '--allow-empty', '-m', 'mine'),
    false,
  ],
  [
    'creating',
    'a change, and the repository is gone',
    (worktree, admin) => {
      write(worktree, { 'kernel/core.c': EDIT_1 });
      renameSync(join(admin, '../../..'), `${join(admin, '../../..')} moved`);
    },
    false,
  ],
];
for (const [phase, name, change, deleted] of rows) {
  t.test(`clean --sources, the last apply is "${phase}", and then: ${name}`, async (t) => {
    const { f, worktree, admin } = await worktreeIn(t, phase);
    change(worktree, admin);
    const { code, stderr } = await run(f.project, ['clean', '--sources']);
    t.equal(code, 0, stderr);
    t.equal(existsSync(worktree), !deleted);
    t.equal(existsSync(`${worktree}.json`), !deleted, 'what is known of it goes with it');
    const command = phase === 'done' ? 'refresh' : 'apply';
    if (!deleted)
      t.ok(
        stderr.includes(
          `: npm run ${command} -- --tree ${formatArgv([f.kernel])}\n` +
            '   to delete it: npm run clean -- --sources --force\n',
        ),
        stderr,
      );
    t.notOk(existsSync(`${worktree}.mail`));
    await run(f.project, ['clean', '--sources', '--force']);
    t.notOk(existsSync(worktree), 'with --force');
  });
}

for (const edited of [false, true]) {
  t.test(
    `a worktree on a source of the cache, ${edited ? 'edited: both stay' : 'as apply left it: both go'}`,
    async (t) => {
      const { f } = await worktreeIn(t, 'done');
      const apt = withFakeApt(t, 'apt');
      fakeApt(apt, '6.12.1-1');
      const context = { ...apt.context, cache: f.context.cache };
      const series = loadSeries(f.project);
      const base = await resolveBase(series.data, {}, context);
      const { worktree } = await applySeries(series, base, context);
      if (edited) write(worktree, { 'kernel/ring.c': MINE });
      if (edited) git(worktree, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--all', '-m', 'mine');
      const { code, stderr } = await run(f.project, ['clean', '--sources']);
      t.equal(code, 0, stderr);
      t.strictSame([existsSync(worktree), existsSync(base.repo)], [edited, edited]);
      if (edited) t.equal(git(worktree, 'show', 'HEAD:kernel/ring.c'), MINE, 'and its commits');
      if (edited) t.match(stderr, /to save it: npm run refresh\n/);
    },
  );
}

t.test('what a dry run prints is quoted for the shell', async (t) => {
  const { f, worktree } = await worktreeIn(t, 'done');
  const { stdout } = await run(f.project, ['clean', '--sources', '--dry-run']);
  // what it would delete if it were not quoted is better only named
  const named = execFileSync('bash', ['-ec', stdout.replace(/^rm -rf /gm, "printf '%s\\n' ")], { encoding: 'utf8' });
  t.strictSame(named.split('\n').filter(Boolean), [worktree]);
});

t.test('what it says is of use: apply goes on, and keeps what was there', async (t) => {
  const { f, worktree } = await worktreeIn(t, 'applying');
  commit(worktree, 'mine', { 'kernel/ring.c': MINE });
  t.equal((await run(f.project, ['clean', '--all'])).code, 0);
  await apply(f);
  const refs = git(f.kernel, 'for-each-ref', '--format=%(refname)', 'refs/dtrace-bpf/backup').trim().split('\n');
  t.equal(git(f.kernel, 'show', `${refs[0]}:kernel/ring.c`), MINE);
  t.not(readFileSync(join(worktree, 'kernel/ring.c'), 'utf8'), MINE);
});
