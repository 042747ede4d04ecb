/**
 * One checkout under two values of XDG_CACHE_HOME: what was applied last is in the first cache, and a command of the
 * second has the locks of that one for it.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { readState, worktreeLock, writeState } from '../apply/state.ts';
import { missingNeeds } from '../host/tools.ts';
import { EXIT } from '../lib/errors.ts';
import { acquire, withLock } from '../lib/lock.ts';
import { cachePaths } from '../lib/paths.ts';
import { run } from '../testing/command-line.ts';
import { fakeTree } from '../testing/fake-tree.ts';
import { eventually } from '../testing/process.ts';
import { applyRecord, writeRun } from '../testing/records.ts';
import { failure } from '../testing/series.ts';
import { lastApply, sourceNow, withTree } from './source.ts';

t.setTimeout(300_000);

/** It would install what is missing. */
const missing = missingNeeds('build').map((need) => need.package);
const skip = missing.length === 0 ? false : `not installed: ${missing.join(' ')}`;

interface Twice {
  readonly root: string;
  /** In the first cache, which is the shell's until in(). */
  readonly fake: ReturnType<typeof fakeTree>;
  readonly worktree: string;
  /** Another value of XDG_CACHE_HOME. */
  readonly second: string;
  readonly in: (home: string) => void;
}

function twice(t: Test): Twice {
  const root = t.testdir({ second: {} });
  const fake = fakeTree(root, '# Why it is here.\nCONFIG_EXPERT=y\n');
  t.teardown(fake.restore);
  const { worktree, baseCommit, head, tree } = fake.source;
  const record = applyRecord(worktree, { head, tree });
  writeRun(root, '20260101T000000-apply-1', { apply: { ...record, base: { ...record.base, commit: baseCommit } } });
  return {
    root,
    fake,
    worktree,
    second: join(root, 'second'),
    in: (home) => void (process.env['XDG_CACHE_HOME'] = home),
  };
}

t.test('a command waits for the one of the other cache, and says where it works', { skip }, async (t) => {
  const { root, worktree, second, ...shell } = twice(t);
  const first = cachePaths();
  const release = await acquire(join(first.locks, 'worktree-w'), { purpose: 'building default' });
  shell.in(second);
  const waits = '"building default"';
  let said = '';
  let over = false;
  const hear = (text: string): void => void (said += text);
  const config = run(root, ['config'], new AbortController().signal, hear).finally(() => (over = true));
  await eventually('it waits, or is over', () => said.includes(`waiting for ${waits}`) || over);
  t.notOk(over, 'it does not go on before');
  release();
  const { code, stderr } = await config;
  t.equal(code, EXIT.pass, stderr);
  t.match(stderr, `is in ${first.root}, and the cache of this shell is ${cachePaths().root}`);
  t.match(stderr, /to have it there: npm run apply\n/);
  t.notOk(readdirSync(first.locks).length === 0);
  t.equal(dirname(worktreeLock(worktree)), first.locks);
});

t.test('and the other way round: one that works there is waited for by those of the first cache', async (t) => {
  const { fake, second, ...shell } = twice(t);
  const lock = join(cachePaths().locks, 'worktree-w');
  shell.in(second);
  await withTree(fake.ctx, fake.source, 'building debug', async () => {
    t.match(await failure(withLock(lock, { purpose: 'apply', waitMs: 0 }, async () => undefined)), {
      code: 'E_LOCKED',
      exitCode: 69,
      message: /held by "building debug"/,
    });
  });
});

t.test('what is known of the worktree is that of its own cache', async (t) => {
  const { fake, worktree, second, ...shell } = twice(t);
  const { head } = fake.commit('Makefile', 'VERSION = 7\n');
  writeState(worktree, { phase: 'done', base: head, head, applied: [], pending: [] });
  shell.in(second);
  mkdirSync(cachePaths().worktrees, { recursive: true });
  t.match(readState(worktree), { base: head });
  t.match(await failure(sourceNow(fake.ctx, fake.source)), { code: 'E_RECORD_MISSING', message: /on the base/ });
});

t.test('one cache by two names is one', async (t) => {
  const { root, fake, second, ...shell } = twice(t);
  rmSync(second, { recursive: true });
  symlinkSync(join(root, 'cache'), second);
  shell.in(second);
  t.equal(await withTree(fake.ctx, fake.source, 'building', async () => 'done'), 'done');
  t.strictSame(fake.entries, []);
});

t.test('a cache that was moved, or of which a part was removed: what is gone, and the next command', async (t) => {
  const { root, worktree, second } = twice(t);
  const { root: from } = cachePaths();
  const next = 'npm run apply';
  renameSync(join(worktree, '.git'), join(root, 'repo.git'));
  const link = join(root, 'repo.git/worktrees/w');
  writeFileSync(join(worktree, '.git'), `gitdir: ${link}\n`);
  const message = `the worktree's repository of out/20260101T000000-apply-1 is gone: ${link}`;
  t.throws(() => lastApply(root), { code: 'E_RECORD_MISSING', exitCode: 2, message, next });
  mkdirSync(link, { recursive: true });
  t.equal(lastApply(root).worktree, worktree);
  renameSync(from, join(second, 'dtrace-bpf'));
  t.throws(() => lastApply(root), { code: 'E_RECORD_MISSING', exitCode: 2, message: `is gone: ${worktree}`, next });
});
