import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { configure } from './configure.ts';
import { acquire } from '../lib/lock.ts';
import { cachePaths } from '../lib/paths.ts';
import { openRun } from '../lib/record.ts';
import { git } from '../testing/project.ts';
import { build } from './build.ts';
import { fakeTree } from '../testing/fake-tree.ts';
import { checkoutScratch, scratchPath } from './scratch.ts';
import { buildUserspace } from './userspace.ts';

const GOOD = '# Why it is here.\nCONFIG_EXPERT=y\n';

const refusal = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

t.test(
  'build: libbpf that fails keeps nothing of the kernel from being built, and a kernel that fails stops libbpf',
  async (t) => {
    const fake = fakeTree(t.testdir({}), GOOD);
    t.teardown(fake.restore);
    const config = await configure(fake.ctx, fake.source, 'default');
    fake.say({ FAKE_TOOLS: 'error' });
    t.match(await refusal(build(fake.ctx, config)), {
      code: 'E_BUILD',
      exitCode: 13,
      message: /libbpf does not build: .*expected '\)'/,
      next: /less .*build\.libbpf\.log/,
    });
    t.ok(existsSync(join(config.buildDir, 'arch/x86/boot/bzImage')));
    fake.say({ FAKE_TOOLS: 'slow', FAKE_MAKE: 'error' });
    const began = performance.now();
    t.match(await refusal(build(fake.ctx, config)), { code: 'E_BUILD', message: /the kernel does not build/ });
    t.ok(performance.now() - began < 300_000, 'libbpf would take ten minutes');
    fake.say({ FAKE_TOOLS: '', FAKE_MAKE: '' });
    t.match(await build(fake.ctx, config), { reused: false });
  },
);

t.test('build: libbpf of the same sources is built by one process at a time, in any worktree', async (t) => {
  const fake = fakeTree(t.testdir({}), GOOD);
  t.teardown(fake.restore);
  await buildUserspace(fake.ctx, fake.source);
  const { builds, locks } = cachePaths();
  const [name = ''] = readdirSync(builds);
  rmSync(join(builds, name), { recursive: true });
  const release = await acquire(join(locks, name), { purpose: 'building it elsewhere' });
  const abort = new AbortController();
  const waiting: string[] = [];
  const ctx: typeof fake.ctx = {
    ...fake.ctx,
    signal: abort.signal,
    log: (entry) => {
      if (entry.kind === 'note' && entry.text.startsWith('waiting for')) waiting.push(entry.text);
      abort.abort();
    },
  };
  t.match(await refusal(buildUserspace(ctx, fake.source)), { code: 'E_INTERRUPTED' });
  t.match(waiting, [/"building it elsewhere"/]);
  release();
  t.match(await buildUserspace(fake.ctx, fake.source), { dir: join(builds, name) });
});

t.test('build: a warning counts only when the base does not have it', async (t) => {
  const fake = fakeTree(t.testdir({}), GOOD);
  t.teardown(fake.restore);
  const source = fake.commit('kernel/a.c', 'int x, y;\n');
  const config = await configure(fake.ctx, source, 'default');
  fake.say({ FAKE_MAKE: 'warning' });
  t.match(await refusal(build(fake.ctx, config)), {
    code: 'E_BUILD_WARNING',
    exitCode: 13,
    detail: /kernel\/a\.c:3: unused 'x'/,
  });
  t.match(await refusal(build(fake.ctx, config)), { code: 'E_BUILD_WARNING' }, 'it is not forgotten the second time');
  rmSync(join(process.env['XDG_CACHE_HOME'] ?? '', 'dtrace-bpf/baseline'), { recursive: true });
  fake.say({ FAKE_BASE: 'warning' });
  t.match(await build(fake.ctx, config), {
    newWarnings: { length: 0 },
    warnings: { 0: { file: 'kernel/a.c' }, length: 1 },
  });
});

t.test('build: what the linker says counts too, until it links again without saying it', async (t) => {
  const fake = fakeTree(t.testdir({}), GOOD);
  t.teardown(fake.restore);
  const config = await configure(fake.ctx, fake.source, 'default');
  fake.say({ FAKE_MAKE: 'link' });
  t.match(await refusal(build(fake.ctx, config)), { code: 'E_BUILD_WARNING', detail: /^ld: a\.o: odd$/ });
  fake.say({ FAKE_MAKE: '' });
  const again = { ...fake.ctx, run: openRun(fake.ctx.root, 'again') };
  t.match(await build(again, config), { reused: false, warnings: { length: 0 } });
});

t.test(
  'the second worktree: any commit in it, what is built there stays, and one whose making was killed is made again',
  async (t) => {
    const fake = fakeTree(t.testdir({}), GOOD);
    t.teardown(fake.restore);
    const {
      ctx,
      source: { worktree, baseCommit },
    } = fake;
    const { head } = fake.commit('kernel/a.c', 'int series;\n');
    const path = await checkoutScratch(ctx, worktree, baseCommit);
    t.equal(path, scratchPath(worktree));
    const text = (): string => readFileSync(join(path, 'kernel/a.c'), 'utf8');
    t.equal(text(), 'int x;\n');
    writeFileSync(join(path, 'kernel/a.c'), 'edited\n');
    writeFileSync(join(path, 'built.o'), '');
    await checkoutScratch(ctx, worktree, head);
    t.equal(text(), 'int series;\n');
    t.ok(existsSync(join(path, 'built.o')));
    rmSync(path, { recursive: true });
    git(worktree, 'worktree', 'lock', path);
    await checkoutScratch(ctx, worktree, baseCommit);
    t.equal(text(), 'int x;\n', 'registered and locked, as a killed git leaves it');
    t.strictSame(
      [git(worktree, 'rev-parse', 'HEAD').trim(), git(worktree, 'status', '--porcelain')],
      [head, ''],
      'the worktree of the series is left alone',
    );
  },
);
