import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import t from 'tap';
import { commit, git, lines, makeKernel, write, type Fixture } from '../testing/project.ts';
import { apply, EDIT_1, failure, withSeries } from '../testing/series.ts';
import { readState, writeState, type ApplyState } from './state.ts';

t.setTimeout(300_000);

const MINE = 'what I wrote\n';
const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');

function backups(f: Fixture): string[] {
  return git(f.kernel, 'for-each-ref', '--format=%(refname)', 'refs/dtrace-bpf/backup').split('\n').filter(Boolean);
}

function changes(f: Fixture): string {
  return backups(f).find((ref) => ref.endsWith('-changes')) ?? 'no backup of changes';
}

/** The output of the command that was printed for what is kept. */
function printed(f: Fixture, word: string): string {
  const command = f.entries
    .flatMap((entry) =>
      entry.kind === 'note' && entry.text.startsWith('kept what was there: ') ? [entry.text.slice(21)] : [],
    )
    .find((text) => text.includes(word));
  return execFileSync('bash', ['-c', command ?? 'exit 1'], { encoding: 'utf8' });
}

/** As if the last run had been killed: what it says of itself, and nothing else. */
function pretend(worktree: string, phase: ApplyState['phase']): void {
  const state = readState(worktree);
  if (state === undefined) throw new Error('no state');
  writeState(worktree, { ...state, phase });
}

t.test('HEAD on a branch without a commit: refused, and with --force everything is kept', async (t) => {
  const f = await withSeries('orphan');
  t.teardown(f.remove);
  const { worktree, head } = await apply(f);
  write(worktree, { 'kernel/core.c': 'staged\n' });
  git(worktree, 'add', '.');
  write(worktree, { 'kernel/core.c': MINE });
  git(worktree, 'checkout', '-q', '--orphan', 'mine');
  const index = readFileSync(join(f.kernel, '.git/worktrees', basename(worktree), 'index'));
  t.match(await failure(apply(f)), {
    code: 'E_WORKTREE_EDITED',
    exitCode: 11,
    message: /without a commit/,
    next: /--force/,
  });
  t.equal(read(worktree, 'kernel/core.c'), MINE);
  t.equal(git(worktree, 'symbolic-ref', 'HEAD'), 'refs/heads/mine\n');
  t.ok(readFileSync(join(f.kernel, '.git/worktrees', basename(worktree), 'index')).equals(index));
  t.equal((await apply(f, { force: true })).head, head);
  t.equal(git(f.kernel, 'show', `${changes(f)}:kernel/core.c`), MINE);
  t.equal(git(f.kernel, 'show', `${changes(f)}^1:kernel/core.c`), 'staged\n', 'what was staged, too');
  t.ok(printed(f, changes(f)).includes(`\n+${MINE}`), 'and it is said where');
});

t.test('a repository cloned anew at the same path: its old worktree is not deleted', async (t) => {
  const f = await withSeries('anew');
  t.teardown(f.remove);
  const { worktree, head } = await apply(f);
  write(worktree, { 'kernel/core.c': MINE, 'notes/idea': MINE });
  const again = join(f.dir, 'again');
  git(f.dir, 'clone', '-q', f.kernel, again);
  rmSync(f.kernel, { recursive: true });
  renameSync(again, f.kernel);
  git(f.kernel, 'update-ref', 'refs/heads/work', 'refs/remotes/origin/work');
  t.match(await failure(apply(f)), {
    code: 'E_WORKTREE_EDITED',
    message: /not a worktree of this base/,
    next: /--force/,
  });
  t.equal(read(worktree, 'kernel/core.c'), MINE);
  t.equal((await apply(f, { force: true })).head, head);
  const aside = readdirSync(dirname(worktree)).find((name) => name.includes('.aside-')) ?? '';
  t.equal(read(dirname(worktree), aside, 'kernel/core.c'), MINE);
  t.equal(read(dirname(worktree), aside, 'notes/idea'), MINE);
  t.notOk(existsSync(join(dirname(worktree), aside, '.git')), 'and it does not pass for the new worktree');
  t.equal(git(worktree, 'status', '--porcelain'), '');
});

t.test("a person's repository where the worktree belongs", async (t) => {
  const f = await withSeries('own');
  t.teardown(f.remove);
  const { worktree } = await apply(f);
  rmSync(worktree, { recursive: true });
  makeKernel(worktree);
  commit(worktree, 'mine', { mine: MINE });
  t.match(await failure(apply(f)), { code: 'E_WORKTREE_EDITED' });
  pretend(worktree, 'creating');
  await apply(f);
  const aside = readdirSync(dirname(worktree)).find((name) => name.includes('.aside-')) ?? '';
  t.equal(
    git(join(dirname(worktree), aside), 'show', 'HEAD:mine'),
    MINE,
    'after a kill, too: it goes on, and this has another name',
  );
  t.match(printed(f, aside), /^mine$/m);
});

t.test('edited after an apply was killed: the next run goes on, and the edits are kept', async (t) => {
  const f = await withSeries('edited');
  t.teardown(f.remove);
  const { worktree, head } = await apply(f);
  pretend(worktree, 'applying');
  git(worktree, 'reset', '-q', '--hard', 'HEAD~2');
  write(worktree, { 'kernel/core.c': MINE, 'kernel/new.c': 'a file where patch 2 has one\n', 'elsewhere.c': MINE });
  t.equal((await apply(f)).head, head);
  t.equal(git(f.kernel, 'show', `${changes(f)}:kernel/core.c`), MINE);
  t.equal(git(f.kernel, 'show', `${changes(f)}:kernel/new.c`), 'a file where patch 2 has one\n');
  t.equal(read(worktree, 'elsewhere.c'), MINE, 'what is not in the way stays where it is');
  t.strictSame(backups(f).length, 1, 'commits that are on the branch again need no backup');
});

t.test("committed after an apply was killed: kept, and so is an am of one's own", async (t) => {
  const f = await withSeries('committed');
  t.teardown(f.remove);
  const { worktree, head } = await apply(f);
  pretend(worktree, 'applying');
  const mine = commit(worktree, 'ring: mine', { 'kernel/ring.c': MINE });
  writeFileSync(
    join(f.dir, 'x.patch'),
    'From: A <a@b>\nSubject: x\n\n---\ndiff --git a/kernel/ring.c b/kernel/ring.c\n--- a/kernel/ring.c\n' +
      '+++ b/kernel/ring.c\n@@ -1 +1 @@\n-nothing like it\n+x\n',
  );
  t.throws(() => git(worktree, 'am', join(f.dir, 'x.patch')));
  t.equal((await apply(f)).head, head);
  t.equal(git(f.kernel, 'rev-parse', backups(f).find((ref) => ref.endsWith('-branch')) ?? 'none').trim(), mine);
  const admin = join(f.kernel, '.git/worktrees', basename(worktree));
  const session = readdirSync(admin).find((name) => name.startsWith('rebase-apply.')) ?? '';
  t.match(read(admin, session, '0001'), /nothing like it/);
});

t.test('what a killed run of ours had written is no backup: whole files, and the beginning of one', async (t) => {
  const f = await withSeries('traces');
  t.teardown(f.remove);
  const { worktree, head } = await apply(f);
  pretend(worktree, 'applying');
  git(worktree, 'reset', '-q', '--hard', 'HEAD~3');
  write(worktree, { 'kernel/core.c': EDIT_1.slice(0, 100), 'kernel/new.c': lines('new', 3) });
  t.equal((await apply(f)).head, head);
  t.strictSame(backups(f), []);
  pretend(worktree, 'creating');
  writeFileSync(join(worktree, 'kernel/ring.c'), lines('ring').slice(0, 50));
  rmSync(join(worktree, 'tools'), { recursive: true });
  rmSync(join(f.kernel, '.git/worktrees'), { recursive: true });
  t.equal((await apply(f)).head, head);
  t.strictSame([...backups(f), ...readdirSync(dirname(worktree)).filter((name) => name.includes('aside'))], []);
});

t.test('edited in a checkout that was killed half-way: moved aside as it is', async (t) => {
  for (const [file, text] of [
    ['kernel/ring.c', MINE],
    ['untracked', MINE],
  ] as const) {
    const f = await withSeries('half');
    t.teardown(f.remove);
    const { worktree, head } = await apply(f);
    pretend(worktree, 'creating');
    write(worktree, { [file]: text });
    t.equal((await apply(f)).head, head);
    const aside = readdirSync(dirname(worktree)).find((name) => name.includes('.aside-')) ?? '';
    t.equal(read(dirname(worktree), aside, file), MINE, file);
  }
});

t.test('untracked files, also ignored ones, where the series has some', async (t) => {
  const f = await withSeries('untracked');
  t.teardown(f.remove);
  const { worktree, head } = await apply(f);
  git(worktree, 'reset', '-q', '--hard', 'HEAD~3');
  const state = readState(worktree);
  if (state === undefined) throw new Error('no state');
  writeState(worktree, { ...state, head: state.base, applied: [] });
  mkdirSync(join(f.kernel, '.git/info'), { recursive: true });
  for (const ignored of [false, true]) {
    write(worktree, { 'kernel/new.c': MINE });
    if (ignored) writeFileSync(join(f.kernel, '.git/info/exclude'), 'new.c\n');
    t.match(await failure(apply(f)), { code: 'E_WORKTREE_EDITED', message: /kernel\/new\.c/, next: /--force/ });
    t.equal(read(worktree, 'kernel/new.c'), MINE);
  }
  t.equal((await apply(f, { force: true })).head, head);
  t.equal(git(f.kernel, 'show', `${changes(f)}:kernel/new.c`), MINE);
});

t.test('lock files that a killed git left behind; those of a git that a person runs are not touched', async (t) => {
  const f = await withSeries('locks');
  t.teardown(f.remove);
  const { worktree, head } = await apply(f);
  const admin = join(f.kernel, '.git/worktrees', basename(worktree));
  for (const lock of [
    join(admin, 'index.lock'),
    join(admin, 'HEAD.lock'),
    join(admin, 'ORIG_HEAD.lock'),
    join(f.kernel, '.git/refs/heads/test-v2.lock'),
  ]) {
    git(worktree, 'reset', '-q', '--hard', 'HEAD~2');
    writeFileSync(lock, '');
    pretend(worktree, 'applying');
    t.equal((await apply(f)).head, head, lock);
    t.notOk(existsSync(lock), lock);
  }
  write(f.project, {
    'patches/0003-core-say-twenty-five.patch': read(f.project, 'patches/0003-core-say-twenty-five.patch').replace(
      '+core line twenty-five',
      '+core line XXV',
    ),
  });
  writeFileSync(join(admin, 'index.lock'), '');
  t.match(await failure(apply(f)), { code: 'E_EXEC', detail: /index\.lock': File exists/ });
  t.ok(existsSync(join(admin, 'index.lock')));
});
