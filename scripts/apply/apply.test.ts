import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { resolveBase } from '../base/resolve.ts';
import type { Log } from '../lib/log.ts';
import { loadSeries } from '../series/load.ts';
import { commit, git, lines, makeKernel, MAKEFILE, write, writeManifest } from '../testing/project.ts';
import { mountSmallDisk, noSmallDisk } from '../testing/small-disk.ts';
import { apply, EDIT_1, failure, ownState, refresh, withSeries } from '../testing/series.ts';
import { applySeries } from './apply.ts';
import { formatTable } from './record.ts';
import { readState, type ApplyState } from './state.ts';

// a machine that also builds a kernel is slow
t.setTimeout(300_000);

t.test('applies a series, and a second time does nothing', async (t) => {
  const f = await withSeries('again');
  t.teardown(f.remove);
  const first = await apply(f);
  t.match(first, { reused: 0, commits: [{ id: '01', fit: 'exact', added: 1, removed: 1 }, { id: '02', files: 1 }, { id: '03' }] });
  t.equal(git(first.worktree, 'rev-parse', 'HEAD^{tree}'), git(f.kernel, 'rev-parse', 'work^{tree}'));
  t.match(formatTable(first), /^01 {2}core: say five {13}[0-9a-f]{12} {6}1 {2}\+1 {2}-1$/m);
  const second = await apply(f);
  t.match(second, { reused: 3, head: first.head });
  t.equal(git(first.worktree, 'log', '-1', '--format=%an %ae %cn %ce %at'), 'dtrace-bpf dtrace-bpf@localhost dtrace-bpf dtrace-bpf@localhost 1700000180\n');
});

t.test('leaves a dirty checkout exactly as it is', async (t) => {
  const f = await withSeries('dirty');
  t.teardown(f.remove);
  write(f.kernel, { 'kernel/core.c': 'my work\n', 'kernel/untracked.c': 'mine\n' });
  git(f.kernel, 'add', 'kernel/core.c');
  git(f.kernel, 'stash');
  write(f.kernel, { 'kernel/ring.c': 'staged\n' });
  git(f.kernel, 'add', 'kernel/ring.c');
  write(f.kernel, { 'kernel/ring.c': 'and changed again\n' });
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
  commit(f.kernel, 'upstream changed the line', { 'kernel/core.c': lines('core').replace('core line 5\n', 'core line V\n') });
  const error = await failure(apply(f));
  t.match(error, { code: 'E_PATCH_CONFLICT', exitCode: 11, position: { file: 'patches/0001-core-say-five.patch', line: 12 } });
  t.match(error.detail, /CONFLICT \(content\): Merge conflict in kernel\/core.c/);
  t.match(error.detail, /<<<<<<< [^]*core line V[^]*core line five/);
  t.match(error.next, /git am --continue; then here: npm run refresh/);
  const again = await failure(apply(f));
  t.equal(again.code, 'E_PATCH_CONFLICT', 'nobody touched it: apply begins again by itself');
  const worktree = /^cd (.*?); /.exec(error.next ?? '')?.[1] ?? '';
  write(worktree, { 'kernel/core.c': EDIT_1 });
  t.match(await failure(apply(f)), { code: 'E_AM_IN_PROGRESS', exitCode: 11 });
  t.match(await failure(refresh(f)), { code: 'E_AM_IN_PROGRESS' });
  git(worktree, 'add', '.');
  git(worktree, 'am', '--continue');
  const record = await refresh(f);
  t.equal(record.patches.length, 3, 'patches that were not applied yet are not lost');
  t.match(await apply(f), { reused: 1, commits: { length: 3 } });
});

t.test('a patch made for files that the base does not have', async (t) => {
  const f = await withSeries('lacking');
  t.teardown(f.remove);
  const path = join(f.project, 'patches/0001-core-say-five.patch');
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll('core line 7', 'core line VII').replace(/^index [0-9a-f]+/m, `index ${'1'.repeat(40)}`));
  const error = await failure(apply(f));
  t.match(error, { code: 'E_PATCH_CONFLICT', position: { line: 12 } });
  t.match(error.detail, /patch failed: kernel\/core.c:2[^]*the base has there:\n2: core line 2/);
});

t.test('hunks at shifted lines and three-way merges are reported', async (t) => {
  const f = await withSeries('fuzz');
  t.teardown(f.remove);
  const moved = `// one more\n${lines('core').replace('core line 23\n', 'core line XXIII\n')}`;
  commit(f.kernel, 'upstream moved on', { 'kernel/core.c': moved });
  const record = await apply(f);
  t.strictSame(record.commits.map(({ fit }) => fit), ['shifted', 'exact', 'merged']);
  t.match(formatTable(record), /three-way merge: read it/);
});

t.test('a patch that the base has already', async (t) => {
  const f = await withSeries('has');
  t.teardown(f.remove);
  git(f.kernel, 'cherry-pick', 'work~1');
  t.match(await failure(apply(f)), { code: 'E_PATCH_IN_BASE', exitCode: 11, position: { file: 'patches/0002-ring-add-a-file.patch' } });
});

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
  t.equal(git(f.kernel, 'show', `${refs.find((ref) => ref.endsWith('-changes')) ?? ''}:kernel/core.c`), 'dirty on top\n');
  t.equal(git(worktree, 'symbolic-ref', '--short', 'HEAD').trim(), branch);
});

t.test('worktree deleted, branch already there, a directory in the way', async (t) => {
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
  t.match(await failure(apply(f)), { code: 'E_WORKTREE_EDITED', message: /not a worktree/ });
  t.equal((await apply(f, { force: true })).head, first.head);
});

t.test('a base of the cache whose worktrees were all deleted, with what was known about them', async (t) => {
  const f = await withSeries('forgotten');
  t.teardown(f.remove);
  const series = loadSeries(f.project);
  const base = { ...(await resolveBase(series.data, { tree: f.kernel }, f.context)), personal: false };
  const { head } = await applySeries(series, base, f.context);
  const backups = (): string => git(f.kernel, 'for-each-ref', '--format=%(objectname)', 'refs/dtrace-bpf/backup').trim();
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

t.test('an am that a person began', async (t) => {
  const f = await withSeries('am');
  t.teardown(f.remove);
  const { worktree, head } = await apply(f);
  writeFileSync(join(f.dir, 'x.patch'), 'From: A <a@b>\nSubject: x\n\n---\ndiff --git a/kernel/ring.c b/kernel/ring.c\n--- a/kernel/ring.c\n+++ b/kernel/ring.c\n@@ -1 +1 @@\n-nothing like it\n+x\n');
  t.throws(() => git(worktree, 'am', join(f.dir, 'x.patch')));
  t.match(await failure(apply(f)), { code: 'E_AM_IN_PROGRESS', next: /--abort/ });
  t.equal((await apply(f, { force: true })).head, head);
});

t.test('trees that cannot be a base', async (t) => {
  const f = await withSeries('trees');
  t.teardown(f.remove);
  t.match(await failure(apply(f, {}, { tree: join(f.dir, 'nowhere') })), { code: 'E_TREE', exitCode: 11, message: /does not exist/ });
  t.match(await failure(apply(f, {}, { tree: f.project })), { code: 'E_TREE', message: /not a git repository/ });
  t.match(await failure(apply(f, {}, { onto: 'no-such-branch' })), { code: 'E_TREE', next: /--onto/ });
  const other = join(f.dir, 'other');
  makeKernel(other, 'all:\n\techo no kernel\n');
  t.match(await failure(apply(f, {}, { tree: other })), { code: 'E_TREE', message: /not a kernel tree/ });
  const old = join(f.dir, 'old');
  makeKernel(old, MAKEFILE.replace('12', '1'));
  t.match(await failure(apply(f, {}, { tree: old })), { code: 'E_BASE_VERSION', exitCode: 11, message: /is Linux 6.1.1; the series is for 6.12/ });
  t.equal((await apply(f, {}, { tree: old, anyVersion: true })).base.kernel, '6.1.1');
  git(f.dir, 'clone', '-q', '--depth', '1', `file://${f.kernel}`, 'shallow');
  t.equal((await apply(f, {}, { tree: join(f.dir, 'shallow') })).commits.length, 3);
  t.match(await failure(apply(f, {}, { tree: undefined, base: 'v9' })), { code: 'E_USAGE', exitCode: 2 });
});

t.test('two runs at once give one result', async (t) => {
  const f = await withSeries('twice');
  t.teardown(f.remove);
  const [one, two] = await Promise.all([apply(f), apply(f)]);
  t.equal(one.head, two.head);
  t.equal(one.reused + two.reused, 3);
  t.ok(f.entries.some((entry) => entry.kind === 'note' && entry.text.startsWith('waiting for "applying')));
});

t.test('killed at any moment, the next run just works', async (t) => {
  const f = await withSeries('killed');
  t.teardown(f.remove);
  const cli = join(dirname(fileURLToPath(import.meta.url)), '../testing/apply-once.ts');
  const wanted = await apply(f);
  const moments: Readonly<Record<string, (state: ApplyState) => boolean>> = {
    'at the checkout': ({ phase }) => phase === 'creating',
    'between patches': ({ applied }) => applied.length > 0,
  };
  for (const [moment, reached] of Object.entries(moments)) {
    rmSync(wanted.worktree, { recursive: true });
    rmSync(`${wanted.worktree}.json`);
    git(f.kernel, 'worktree', 'prune');
    git(f.kernel, 'branch', '-D', 'test-v2');
    const child = spawn(process.execPath, ['--import', 'tsx', cli, f.project, f.kernel, dirname(f.context.cache.root)], { stdio: 'ignore' });
    const exited = once(child, 'exit');
    for (let state; child.exitCode === null && (state === undefined || !reached(state)); state = readState(f.context.cache, basename(wanted.worktree))) await sleep(4);
    child.kill('SIGKILL');
    await exited;
    t.equal((await apply(f)).head, wanted.head, moment);
    t.equal(git(wanted.worktree, 'status', '--porcelain'), '');
  }
});

t.test('interrupted at any moment: exit 130, nothing lost, and the next run goes on', async (t) => {
  const f = await withSeries('interrupted');
  t.teardown(f.remove);
  const series = loadSeries(f.project);
  const base = await resolveBase(series.data, { tree: f.kernel }, f.context);
  for (const moment of ['checking out', 'applying 01', 'applying 03']) {
    const abort = new AbortController();
    const log: Log = (entry) => {
      if ((entry.kind === 'stage' && entry.text.startsWith(moment)) || (entry.kind === 'progress' && entry.what === moment)) abort.abort();
    };
    t.match(await failure(applySeries(series, base, { ...f.context, log, signal: abort.signal })), { code: 'E_INTERRUPTED', exitCode: 130 }, moment);
  }
  t.match(await apply(f), { reused: 2, commits: { length: 3 } }, 'what was in stays in');
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
  t.match(await failure(applySeries(series, base, context)), { code: 'E_HOST_SPACE', exitCode: 69, next: /free some space/ });
  disk.grow();
  t.equal((await applySeries(series, base, context)).commits.length, 3, 'with more space the next run goes on');
  disk.readOnly();
  t.match(await failure(applySeries(series, base, context)), { code: 'E_HOST_READONLY', exitCode: 69 });
});

t.test('fewer, more and reordered entries of the manifest', async (t) => {
  const f = await withSeries('fewer');
  t.teardown(f.remove);
  const { worktree } = await apply(f);
  rmSync(join(f.project, 'patches/0003-core-say-twenty-five.patch'));
  writeManifest(f.project, ['0001-core-say-five.patch', '0002-ring-add-a-file.patch']);
  t.match(await apply(f), { reused: 2, commits: { length: 2 } });
  t.equal(readFileSync(join(worktree, 'kernel/core.c'), 'utf8'), EDIT_1);
});

