import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { configure } from './configure.ts';
import { build } from './build.ts';
import { fakeTree } from '../testing/fake-tree.ts';

const GOOD = '# Why it is here.\nCONFIG_EXPERT=y\n# CONFIG_FPROBE is not set\n';

const refusal = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

t.test('config: verified once, then kept; another fragment is another run', async (t) => {
  const fake = fakeTree(t.testdir({}), GOOD);
  t.teardown(fake.restore);
  const first = await configure(fake.ctx, fake.source, 'default');
  t.match(first, { reused: false, requests: 2, fragments: ['kconfig/default.config'] });
  t.equal(fake.calls().length, 2);
  const { mtimeMs } = statSync(first.dotconfig);
  t.match(await configure(fake.ctx, fake.source, 'default'), { reused: true, sha256: first.sha256 });
  t.same(fake.calls(), [], 'make did not run');

  const patched = fake.commit('kernel/a.c', 'int y;\n');
  t.match(await configure(fake.ctx, patched, 'default'), { reused: true }, 'a change of C does not configure again');
  const kconfig = fake.commit(
    'kernel/Kconfig',
    `${readFileSync(join(fake.source.worktree, 'kernel/Kconfig'), 'utf8')}config NEW\n\tbool "new"\n`,
  );
  t.match(await configure(fake.ctx, kconfig, 'default'), { reused: false }, 'a change of Kconfig does');
  t.equal(statSync(first.dotconfig).mtimeMs, mtimeMs, 'the same result keeps its time, so make has nothing to do');
  writeFileSync(first.dotconfig, 'CONFIG_EDITED=y\n');
  t.match(
    await configure(fake.ctx, kconfig, 'default'),
    { reused: false, sha256: first.sha256 },
    'an edited .config is put right',
  );
});

t.test('config: a project in a directory with a blank', async (t) => {
  const dir = t.testdir({ 'my project': {} });
  const fake = fakeTree(dir, GOOD);
  t.teardown(fake.restore);
  const root = join(dir, 'my project');
  renameSync(join(dir, 'kconfig'), join(root, 'kconfig'));
  t.match(await configure({ ...fake.ctx, root }, fake.source, 'default'), { requests: 2, reused: false });
});

t.test('config: a dropped symbol fails with its line and the unmet dependency', async (t) => {
  const fake = fakeTree(t.testdir({}), '# Why.\nCONFIG_EXPERT=y\nCONFIG_FPROBE=y\n');
  t.teardown(fake.restore);
  t.match(await refusal(configure(fake.ctx, fake.source, 'default')), {
    code: 'E_CONFIG_DROPPED',
    exitCode: 12,
    problems: [
      {
        position: { file: 'kconfig/default.config', line: 3 },
        message: /CONFIG_FPROBE=y/,
        hint: /depends on HAVE_RETHOOK \(kernel\/Kconfig:5\)/,
      },
    ],
  });
  t.match(await refusal(configure(fake.ctx, fake.source, 'nope')), {
    code: 'E_CONFIG',
    message: /unknown-config nope; known: default/,
  });
});

t.test('config: a conditional fragment waits until its symbol can be reached', async (t) => {
  const fake = fakeTree(t.testdir({}), GOOD);
  t.teardown(fake.restore);
  writeFileSync(
    join(fake.ctx.root, 'kconfig/dtrace.config'),
    '# when: DTRACE\n\n# The type under test.\nCONFIG_DTRACE=y\n',
  );
  t.match(await configure(fake.ctx, fake.source, 'default'), { leftOut: [{ name: 'dtrace' }] });
  const defined = fake.commit('kernel/dtrace/Kconfig', 'config DTRACE\n\tbool "dtrace"\n');
  t.match(
    await configure(fake.ctx, defined, 'default'),
    { leftOut: [{ name: 'dtrace' }] },
    'defined, but no file sources it',
  );
  const sourced = fake.commit(
    'kernel/Kconfig',
    `${readFileSync(join(fake.source.worktree, 'kernel/Kconfig'), 'utf8')}source "kernel/dtrace/Kconfig"\n`,
  );
  t.match(await configure(fake.ctx, sourced, 'default'), {
    leftOut: { length: 0 },
    fragments: ['kconfig/default.config', 'kconfig/dtrace.config'],
    requests: 3,
  });
});

t.test('config: fragments with mistakes are refused before make runs', async (t) => {
  const fake = fakeTree(t.testdir({}), 'CONFIG_EXPERT=y\nhello\n');
  t.teardown(fake.restore);
  t.match(await refusal(configure(fake.ctx, fake.source, 'default')), { code: 'E_CONFIG', problems: { length: 2 } });
  t.same(fake.calls(), []);
});

t.test('build: once, then reused, again when something is missing', async (t) => {
  const fake = fakeTree(t.testdir({}), GOOD);
  t.teardown(fake.restore);
  const config = await configure(fake.ctx, fake.source, 'default');
  const first = await build(fake.ctx, config);
  t.match(first, {
    release: '6.12.0-fake',
    compiler: 'fake 1.0',
    reused: false,
    steps: 2,
    warnings: { length: 0 },
    newWarnings: { length: 0 },
  });
  for (const path of [first.bzImage, first.vmlinuxH, first.libbpfSo, first.tools['bpftool'] ?? ''])
    t.ok(existsSync(path), path);
  t.ok(existsSync(join(fake.ctx.run.dir, 'build.default.json')));
  fake.calls();
  t.match(await build(fake.ctx, config), { reused: true, release: '6.12.0-fake' });
  t.same(fake.calls(), []);
  rmSync(first.bzImage);
  t.match(await build(fake.ctx, config), { reused: false });
  t.equal(fake.calls().length, 1, 'the kernel only: libbpf and tools are named by their content');
});

t.test('build: the first compiler error, exit 13, and the next build is a real one', async (t) => {
  const fake = fakeTree(t.testdir({}), GOOD);
  t.teardown(fake.restore);
  const config = await configure(fake.ctx, fake.source, 'default');
  fake.say({ FAKE_MAKE: 'error' });
  t.match(await refusal(build(fake.ctx, config)), {
    code: 'E_BUILD',
    exitCode: 13,
    message: /expected ';'/,
    position: { file: 'kernel/a.c', line: 3 },
    detail: /3 \| int x/,
    next: /less .*build\.default\.log/,
  });
  fake.say({ FAKE_MAKE: '' });
  t.match(await build(fake.ctx, config), { reused: false });
});
