import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { resolveBase } from '../base/resolve.ts';
import { formatArgv } from '../lib/exec.ts';
import { acquire } from '../lib/lock.ts';
import { loadSeries } from '../series/load.ts';
import { eventually } from '../testing/process.ts';
import { commit, git, write } from '../testing/project.ts';
import { apply, failure, refresh, withSeries } from '../testing/series.ts';
import { mountSmallDisk, noSmallDisk } from '../testing/small-disk.ts';
import { applySeries } from './apply.ts';
import { worktreeLock, worktreePath } from './state.ts';

// a machine that also builds a kernel is slow
t.setTimeout(300_000);

t.test('what a person left in the worktree is never dropped', async (t) => {
  const f = await withSeries('left');
  t.teardown(f.remove);
  const { worktree, head, branch } = await apply(f);
  write(worktree, { 'kernel/ring.c': 'unfinished\n' });
  t.match(await failure(apply(f)), { code: 'E_WORKTREE_EDITED', exitCode: 11, message: /kernel\/ring.c/ });
  commit(worktree, 'ring: more', { 'kernel/ring.c': 'more\n' });
  t.match(await failure(apply(f)), { code: 'E_WORKTREE_EDITED', next: /npm run refresh/ });
  write(worktree, { 'kernel/core.c': 'dirty on top\n' });
  t.equal((await apply(f, { force: true })).head, head);
  const refs = git(f.kernel, 'for-each-ref', '--format=%(refname)', 'refs/dtrace-bpf/backup').trim().split('\n');
  t.equal(git(f.kernel, 'show', `${refs.find((ref) => ref.endsWith('-branch')) ?? ''}:kernel/ring.c`), 'more\n');
  t.equal(
    git(f.kernel, 'show', `${refs.find((ref) => ref.endsWith('-changes')) ?? ''}:kernel/core.c`),
    'dirty on top\n',
  );
  t.equal(git(worktree, 'symbolic-ref', '--short', 'HEAD').trim(), branch);
});

t.test('worktree deleted, branch already there, an empty directory in the way', async (t) => {
  const f = await withSeries('gone');
  t.teardown(f.remove);
  git(f.kernel, 'branch', 'test-v2', 'work~1');
  t.match(await failure(apply(f)), { code: 'E_WORKTREE_EDITED', message: /branch is already there/ });
  const first = await apply(f, { force: true });
  rmSync(first.worktree, { recursive: true });
  t.equal((await apply(f)).head, first.head, 'deleted under us');
  rmSync(first.worktree, { recursive: true });
  git(f.kernel, 'worktree', 'prune');
  rmSync(`${first.worktree}.json`);
  git(f.kernel, 'branch', '-D', 'test-v2');
  mkdirSync(first.worktree);
  t.equal((await apply(f)).head, first.head, 'there is nothing to lose in an empty one');
});

t.test('a base of the cache whose worktrees were all deleted, with what was known about them', async (t) => {
  const f = await withSeries('forgotten');
  t.teardown(f.remove);
  const series = loadSeries(f.project);
  const base = { ...(await resolveBase(series.data, { tree: f.kernel }, f.context)), personal: false };
  const { head } = await applySeries(series, base, f.context);
  const backups = (): string =>
    git(f.kernel, 'for-each-ref', '--format=%(objectname)', 'refs/dtrace-bpf/backup').trim();
  rmSync(f.context.cache.worktrees, { recursive: true });
  t.equal((await applySeries(series, base, f.context)).head, head);
  t.equal(backups(), '', 'what was there is there again');
  rmSync(f.context.cache.worktrees, { recursive: true });
  git(f.kernel, 'worktree', 'prune');
  const other = git(f.kernel, 'rev-parse', 'work~1').trim();
  git(f.kernel, 'branch', '-f', 'test-v2', other);
  t.equal((await applySeries(series, base, f.context)).head, head);
  t.equal(backups(), other, 'what is nowhere else is kept');
});

t.test('an am that a person began stays as it is, and --force keeps its mails', async (t) => {
  const f = await withSeries('am');
  t.teardown(f.remove);
  const { worktree, head } = await apply(f);
  const mail = (n: number): string =>
    `From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: x${n}\n\n---\n` +
    'diff --git a/kernel/ring.c b/kernel/ring.c\n--- a/kernel/ring.c\n+++ b/kernel/ring.c\n@@ -1 +1 @@\n' +
    '-nothing like it\n+x\n\n';
  writeFileSync(join(f.dir, 'x.mbox'), mail(1) + mail(2));
  t.throws(() => git(worktree, 'am', join(f.dir, 'x.mbox')));
  write(worktree, { 'kernel/ring.c': 'resolved by hand\n', 'kernel/mine.c': 'mine\n' });
  const session = join(f.kernel, '.git/worktrees', basename(worktree), 'rebase-apply');
  const everything = (): string[] => [
    ...readdirSync(session)
      .sort()
      .map((file) => `${file}: ${readFileSync(join(session, file), 'utf8')}`),
    git(worktree, '--no-optional-locks', 'status', '--porcelain'),
    git(worktree, 'rev-parse', 'HEAD'),
    readFileSync(join(worktree, 'kernel/ring.c'), 'utf8'),
  ];
  const before = everything();
  t.match(await failure(apply(f)), {
    code: 'E_AM_IN_PROGRESS',
    exitCode: 11,
    next: /am --continue && npm run refresh .* --abort/,
  });
  t.match(await failure(refresh(f)), { code: 'E_AM_IN_PROGRESS', next: /^git -C .* status$/ });
  t.strictSame(everything(), before);
  t.equal((await apply(f, { force: true })).head, head);
  const kept = readdirSync(join(session, '..')).find((name) => name.startsWith('rebase-apply.')) ?? '';
  t.match(readFileSync(join(session, '..', kept, '0002'), 'utf8'), /Subject: x2/);
  const [ref = ''] = git(f.kernel, 'for-each-ref', '--format=%(refname)', 'refs/dtrace-bpf/backup/*-changes').split(
    '\n',
  );
  t.equal(git(f.kernel, 'show', `${ref}:kernel/ring.c`), 'resolved by hand\n');
});

t.test("the branch is checked out in a worktree of a person's: what is printed frees it", async (t) => {
  const f = await withSeries('elsewhere');
  t.teardown(f.remove);
  const { worktree, head } = await apply(f);
  git(f.kernel, 'worktree', 'remove', '--force', worktree);
  const where = join(f.dir, 'of mine');
  git(f.kernel, 'worktree', 'add', '-q', where, 'test-v2');
  const { code, message, next } = await failure(apply(f));
  t.strictSame([code, message], ['E_TREE', `branch test-v2 is checked out in ${where}`]);
  const [free = '', again] = next.split(' && ');
  t.equal(again, formatArgv(['npm', 'run', 'apply', '--', '--tree', f.kernel]));
  execFileSync('bash', ['-c', free], { stdio: 'ignore' });
  t.equal((await apply(f)).head, head);
});

t.test('two runs at once give one result', async (t) => {
  const f = await withSeries('twice');
  t.teardown(f.remove);
  const { cache } = f.context;
  const { key } = await resolveBase(loadSeries(f.project).data, { tree: f.kernel }, f.context);
  const release = await acquire(worktreeLock(worktreePath(cache, key)), { purpose: 'testing' });
  const both = [apply(f), apply(f)];
  const waiting = (): number =>
    f.entries.filter((entry) => entry.kind === 'note' && entry.text.startsWith('waiting for "testing"')).length;
  await eventually('both wait', () => waiting() === 2);
  release();
  const [one, two] = await Promise.all(both);
  t.equal(one?.head, two?.head);
  t.equal((one?.reused ?? 0) + (two?.reused ?? 0), 3);
});

t.test('stopped while the worktree was made: files without a registration', async (t) => {
  const f = await withSeries('halfway');
  t.teardown(f.remove);
  const { worktree, head } = await apply(f);
  const state = JSON.parse(readFileSync(`${worktree}.json`, 'utf8')) as object;
  writeFileSync(`${worktree}.json`, JSON.stringify({ ...state, phase: 'creating' }));
  rmSync(join(f.kernel, '.git/worktrees'), { recursive: true });
  git(f.kernel, 'branch', '-D', 'test-v2');
  t.equal((await apply(f)).head, head);
  t.equal(git(worktree, 'status', '--porcelain'), '');
});

t.test('patches on a disk that is full, and in a cache that is read-only', { skip: noSmallDisk }, async (t) => {
  const f = await withSeries('full');
  t.teardown(f.remove);
  const small = join(f.dir, 'small');
  const disk = mountSmallDisk(small);
  t.teardown(disk.unmount);
  const cache = { ...f.context.cache, worktrees: join(small, 'worktrees'), locks: join(small, 'locks') };
  const context = { ...f.context, cache };
  const series = loadSeries(f.project);
  const base = await resolveBase(series.data, { tree: f.kernel }, f.context);
  disk.fill();
  t.match(await failure(applySeries(series, base, context)), {
    code: 'E_HOST_SPACE',
    exitCode: 69,
    next: /free some space/,
  });
  disk.grow();
  t.equal((await applySeries(series, base, context)).commits.length, 3, 'with more space the next run goes on');
  disk.readOnly();
  t.match(await failure(applySeries(series, base, context)), { code: 'E_HOST_READONLY', exitCode: 69 });
});
