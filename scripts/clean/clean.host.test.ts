import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { basename, join } from 'node:path';
import t from 'tap';
import { worktreeLock } from '../apply/state.ts';
import { acquire } from '../lib/lock.ts';
import { cachePaths } from '../lib/paths.ts';
import { git, write } from '../testing/project.ts';
import { apply, failure, withSeries } from '../testing/series.ts';
import { removeItem, sizeOf } from './clean.ts';
import { inventory } from './inventory.ts';
import { planClean, type CleanOptions } from './plan.ts';

t.setTimeout(300_000);

const NONE: CleanOptions = { all: false, builds: false, sources: false, runs: false, force: false };

t.test('clean on what apply, build and check leave behind', async (t) => {
  const f = await withSeries('clean');
  t.teardown(f.remove);
  const { cache, log } = f.context;
  const { worktree } = await apply(f);
  const scratch = `${worktree}-scratch`;
  git(f.kernel, 'worktree', 'add', '-q', '--detach', scratch);
  write(worktree, { 'build-default/vmlinux': 'x'.repeat(5000) });
  write(scratch, { 'build-check/a.o': 'x', 'kernel/core.c': 'of another commit\n' });
  write(cache.root, {
    'baseline/a.json': '{}',
    'bisect/b.json': '{}',
    'steps/c.json': '{}',
    'apt/lists/d': '',
    'builds/tools-1/libbpf.so': 'x',
    'bases/tmp-1-1/x': '',
  });
  const plan = async (options: Partial<CleanOptions>): Promise<{ remove: string[]; kept: string[] }> => {
    const { remove, kept } = planClean(await inventory(f.project, cache), { ...NONE, ...options });
    const names = (list: typeof remove): string[] =>
      list
        .map(({ kind, path }) => `${kind} ${path.slice(cache.root.length + 1).replace(basename(worktree), 'KEY')}`)
        .sort();
    return { remove: names(remove), kept: names(kept) };
  };
  const { signal } = new AbortController();
  const context = { cache, log, signal, force: false };
  const builds = [
    'build builds/tools-1',
    'build worktrees/KEY/build-default',
    'leftover bases/tmp-1-1',
    'proof baseline',
    'proof bisect',
    'proof steps',
    'scratch worktrees/KEY-scratch',
  ];

  await t.test('what there is', async (t) => {
    t.strictSame(
      await plan({}),
      { remove: ['leftover bases/tmp-1-1'], kept: [] },
      "the scratch worktree has no person's work, and is used again",
    );
    t.strictSame(await plan({ builds: true }), { remove: builds, kept: [] });
    const everything = await plan({ all: true });
    t.ok(everything.remove.includes('worktree worktrees/KEY'));
    t.ok(everything.remove.includes('download apt'));
    t.notOk(everything.remove.includes('build worktrees/KEY/build-default'), 'it goes with its worktree');
    write(worktree, { 'kernel/core.c': 'an edit\n' });
    t.strictSame((await plan({ sources: true })).kept, ['worktree worktrees/KEY']);
    git(worktree, 'checkout', '-q', '.');
  });

  await t.test('it waits for the process that works in the worktree, and can be interrupted then', async (t) => {
    const lock = worktreeLock(worktree);
    const release = await acquire(lock, { purpose: 'building' });
    const stop = new AbortController();
    const items = (await inventory(f.project, cache)).filter(
      ({ kind, path }) => kind === 'scratch' || path.startsWith(`${worktree}/`),
    );
    t.equal(items.length, 2);
    const refused = items.map((item) => failure(removeItem(item, { ...context, signal: stop.signal })));
    await sleep(50);
    stop.abort();
    for (const error of await Promise.all(refused)) t.equal(error.code, 'E_INTERRUPTED');
    t.ok(existsSync(join(scratch, 'build-check/a.o')));
    release();
  });

  await t.test('what was edited while it waited is kept', async (t) => {
    const [item] = (await inventory(f.project, cache)).filter(({ kind }) => kind === 'worktree');
    if (item === undefined) throw new Error('no worktree');
    t.equal(item.edited, false);
    write(worktree, { 'kernel/core.c': 'an edit\n' });
    t.equal(await removeItem(item, context), false);
    t.ok(existsSync(join(worktree, 'kernel/core.c')));
    git(worktree, 'checkout', '-q', '.');
  });

  await t.test('what goes is gone, also from the repository it was registered in', async (t) => {
    const { remove } = planClean(await inventory(f.project, cache), { ...NONE, builds: true });
    for (const item of remove) await removeItem(item, context);
    t.strictSame(await plan({ builds: true }), { remove: [], kept: [] });
    t.ok(existsSync(join(worktree, 'kernel/core.c')));
    t.notMatch(git(f.kernel, 'worktree', 'list'), /-scratch/);
    for (const item of planClean(await inventory(f.project, cache), { ...NONE, all: true }).remove)
      await removeItem(item, context);
    t.notOk(existsSync(worktree));
    t.equal(git(f.kernel, 'worktree', 'list').trim().split('\n').length, 1);
    t.match(git(f.kernel, 'branch'), /dtrace|test/, 'the branch stays');
  });

  await t.test('sizes are those of du', async (t) => {
    mkdirSync(join(f.dir, 'd'));
    writeFileSync(join(f.dir, 'd/x'), Buffer.alloc(300 * 1024));
    const kib = await sizeOf(join(f.dir, 'd'), signal);
    t.ok(kib >= 300 && kib < 400, String(kib));
    t.equal(await sizeOf(join(f.dir, 'none'), signal), 0);
  });
});

t.test("the matrix's worktree of a source goes when the source does, and not before", async (t) => {
  const cache = cachePaths({ XDG_CACHE_HOME: t.testdir({}) });
  write(cache.bases, { 'linux.latest.json': '{"key": "linux_2"}' });
  const names = [
    'linux_1',
    'linux_1-cells',
    'linux_1-cells-scratch',
    'linux_2',
    'linux_2-cells',
    'linux_2-cells-scratch',
  ];
  for (const name of names) mkdirSync(join(cache.worktrees, name), { recursive: true });
  const { remove } = planClean(await inventory(t.testdirName, cache), NONE);
  t.strictSame(
    remove.map(({ path }) => basename(path)).sort(),
    names.filter((name) => name.startsWith('linux_1')),
  );
});
