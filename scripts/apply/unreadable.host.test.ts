/** A worktree that git cannot look at: what is printed, or the next apply, mends it, and nothing in it is lost. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import t from 'tap';
import { resolveBase } from '../base/resolve.ts';
import { formatArgv } from '../lib/exec.ts';
import { inventory } from '../clean/inventory.ts';
import { planClean } from '../clean/plan.ts';
import type { ApplyRecord, BaseTree } from '../records/apply.ts';
import { loadSeries } from '../series/load.ts';
import { commit, git, write, type Fixture } from '../testing/project.ts';
import { apply, failure, refresh, withSeries } from '../testing/series.ts';
import { applySeries, type ApplyOptions } from './apply.ts';
import { readState, writeState, type ApplyState } from './state.ts';

t.setTimeout(300_000);

/** `git am` made a directory of it; until v22 no check was in front of it. */
const DIRECTORY = `From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001
From: A B <a@b>
Date: Thu, 1 Jan 2026 00:00:00 +0000
Subject: ring: add

Why.
---

diff --git a/x b/x
new file mode 040000
index 0000000..1111111
--- /dev/null
+++ b/x
@@ -0,0 +1 @@
+int x;
`;

/** As an older version left it. Returns the commit. */
function unreadable({ dir }: Fixture, { worktree }: ApplyRecord, phase: ApplyState['phase']): string {
  writeFileSync(join(dir, 'x.mbox'), DIRECTORY);
  git(worktree, 'am', join(dir, 'x.mbox'));
  const state = readState(worktree);
  if (state === undefined) throw new Error('no state');
  writeState(worktree, { ...state, phase });
  t.throws(() => git(worktree, 'status'));
  return git(worktree, 'rev-parse', 'HEAD').trim();
}

const asideOf = ({ worktree }: ApplyRecord): string[] =>
  readdirSync(dirname(worktree))
    .filter((name) => name.startsWith(`${basename(worktree)}.aside-`))
    .map((name) => join(dirname(worktree), name));

const said = (f: Fixture): string => f.entries.flatMap((entry) => ('text' in entry ? [entry.text] : [])).join('\n');

for (const [phase, how] of [
  ['applying', 'of an apply that was ended by it: the next one mends it'],
  ['done', 'of a person: --force mends it, as is printed'],
] as const) {
  t.test(`a commit whose tree is none, ${how}`, async (t) => {
    const f = await withSeries('unreadable');
    t.teardown(f.remove);
    const before = await apply(f);
    const id = unreadable(f, before, phase);
    write(before.worktree, { 'kernel/core.c': 'work of mine\n' });
    if (phase === 'done') {
      const next = `${formatArgv(['npm', 'run', 'apply', '--', '--tree', f.kernel, '--force'])}  # sets it aside`;
      const error = await failure(apply(f));
      t.match(error, { code: 'E_TREE', exitCode: 11, position: { file: before.worktree }, detail: /not a tree/, next });
      t.strictSame(asideOf(before), []);
      t.match(await failure(refresh(f)), {
        code: 'E_TREE',
        next: formatArgv(['npm', 'run', 'apply', '--', '--tree', f.kernel]),
      });
    }
    const { head, worktree } = await apply(f, { force: phase === 'done' });
    t.strictSame([head, worktree], [before.head, before.worktree]);
    t.equal(git(worktree, 'status', '--porcelain'), '');
    const [aside = '', ...more] = asideOf(before);
    t.strictSame(more, []);
    t.equal(readFileSync(join(aside, 'kernel/core.c'), 'utf8'), 'work of mine\n');
    t.equal(git(aside, 'rev-parse', 'HEAD').trim(), id, 'with its index, its HEAD and its log');
    const refs = git(f.kernel, 'for-each-ref', '--format=%(objectname)', 'refs/dtrace-bpf/backup').trim();
    t.equal(refs, id, 'the branch as it was');
    t.match(said(f), `kept what was there: ${formatArgv(['ls', aside])}`);
    t.match(await apply(f), { reused: 3 });
    const all = { all: true, builds: false, sources: false, runs: false, force: false };
    const { kept } = planClean(await inventory(f.project, f.context.cache), all);
    t.strictSame(
      kept.map(({ path }) => path),
      [aside],
    );
  });
}

t.test('an index that git cannot read', async (t) => {
  const f = await withSeries('index');
  t.teardown(f.remove);
  const before = await apply(f);
  const mine = commit(before.worktree, 'core: work of mine', { 'kernel/core.c': 'mine\n' });
  const index = join(f.kernel, '.git/worktrees', basename(before.worktree), 'index');
  writeFileSync(index, 'this is no index, whatever git looks for in it');
  t.match(await failure(apply(f)), {
    position: { file: before.worktree },
    detail: /index file/,
    next: /--force {2}# sets it aside$/,
  });
  t.equal((await apply(f, { force: true })).head, before.head);
  t.match(git(f.kernel, 'for-each-ref', '--format=%(objectname)', 'refs/dtrace-bpf/backup'), mine);
});

/** A base of the cache, by a url. */
async function cached(f: Fixture): Promise<BaseTree> {
  const { data } = loadSeries(f.project);
  const bases = { 'v6.12': { kernel: '6.12', git: `file://${f.kernel}`, ref: 'master' } };
  const base = await resolveBase({ ...data, bases }, {}, f.context);
  // the person's
  for (const key of ['user.name', 'user.email']) git(base.repo, 'config', key, 'a@b');
  return base;
}

const applyCached = async (f: Fixture, options: ApplyOptions = {}): Promise<ApplyRecord> =>
  applySeries(loadSeries(f.project), await cached(f), f.context, options);

/** The file of a loose object, as a machine leaves it that lost its power. */
function empty(repo: string, object: string): void {
  const id = git(repo, 'rev-parse', object).trim();
  const file = join(repo, 'objects', id.slice(0, 2), id.slice(2));
  chmodSync(file, 0o644);
  truncateSync(file);
}

for (const object of ['test-v2^{tree}', 'test-v2'] as const) {
  t.test(`${object} is lost in the cache: what is printed gets the base again`, async (t) => {
    const f = await withSeries('lost');
    t.teardown(f.remove);
    const before = await applyCached(f);
    const { repo } = before.base;
    const mine = commit(before.worktree, 'core: work of mine', { 'kernel/core.c': 'mine\n' });
    git(before.worktree, 'branch', 'kept', mine);
    git(before.worktree, 'reset', '-q', '--hard', before.head);
    write(before.worktree, { 'kernel/ring.c': 'more of mine\n' });
    empty(repo, object);
    for (const force of [false, true]) {
      const { code, next, detail = '' } = await failure(applyCached(f, { force }));
      t.equal(code, 'E_TREE', detail);
      const [move = '', again = ''] = next.split(' && ');
      t.match(move, `mv -T ${formatArgv([dirname(repo)])} `);
      t.equal(again, 'npm run apply -- --force  # imports it again, and keeps what is there');
      if (force) execFileSync('bash', ['-c', move]);
    }
    t.equal((await applyCached(f, { force: true })).head, before.head);
    const [aside = ''] = asideOf(before);
    t.equal(readFileSync(join(aside, 'kernel/ring.c'), 'utf8'), 'more of mine\n');
    const bases = f.context.cache.bases;
    const [damaged = ''] = readdirSync(bases).filter((name) => name.includes('.damaged-'));
    t.equal(git(join(bases, damaged, 'repo.git'), 'rev-parse', 'kept').trim(), mine);
    const all = { all: true, builds: false, sources: false, runs: false, force: false };
    const { kept } = planClean(await inventory(f.project, f.context.cache), all);
    t.ok(kept.some(({ path }) => path === join(bases, damaged)));
    t.match(await applyCached(f), { reused: 3 });
  });
}

t.test(
  'a base of the cache that is damaged is imported again, and the repository with its branches is kept',
  async (t) => {
    const f = await withSeries('base');
    t.teardown(f.remove);
    const before = await applyCached(f);
    const { repo, commit: base } = before.base;
    const mine = commit(before.worktree, 'core: work of mine', { 'kernel/core.c': 'mine\n' });
    empty(repo, `${base}:Makefile`);
    t.match(await failure(applyCached(f)), {
      code: 'E_WORKTREE_EDITED',
      next: 'npm run apply -- --force  # sets it aside',
    });
    const bases = f.context.cache.bases;
    const [damaged = ''] = readdirSync(bases).filter((name) => name.includes('.damaged-'));
    t.match(said(f), `kept what was there: ${formatArgv(['ls', join(bases, damaged)])}`);
    t.equal(git(join(bases, damaged, 'repo.git'), 'rev-parse', 'test-v2').trim(), mine);
    t.equal((await applyCached(f, { force: true })).head, before.head);
    t.equal(asideOf(before).length, 1);
  },
);
