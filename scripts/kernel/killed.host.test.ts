import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { messageOf } from '../lib/errors.ts';
import { openRun, type Run } from '../lib/record.ts';
import { gone, killNow, pidFrom, runScript } from '../testing/process.ts';
import { failure } from '../testing/series.ts';
import type { FakeTree } from '../testing/fake-tree.ts';
import { madeTree, missingTools, MOMENTS, type Moment } from '../testing/made-tree.ts';
import { prepareKernel, type Prepared } from '../run/pipeline.ts';
import type { SourceTree } from '../records/build.ts';
import { heldLocks } from '../testing/locks.ts';

t.setTimeout(300_000);

const skip = missingTools.length === 0 ? false : `not installed: ${missingTools.join(' ')}`;
const ONCE = join(import.meta.dirname, '../testing/build-once.ts');

interface Setting {
  readonly tree: FakeTree;
  readonly dir: string;
  readonly cache: string;
  readonly pidFile: string;
  /** A build that nothing stops. */
  readonly build: (source: SourceTree) => Promise<Prepared>;
}

let runs = 0;

/** A run of its own also within the same second, for its log says what make did in it. */
function nextRun(root: string): Run {
  return openRun(root, `build-${runs++}`);
}

function setUp(t: Test): Setting {
  const dir = t.testdir({
    selftests: { progs: { 'one.bpf.c': 'int one(void)\n{\n\treturn 1;\n}\n', 'two.bpf.c': 'int two;\n' } },
  });
  const tree = madeTree(dir);
  t.teardown(tree.restore);
  const build = async (source: SourceTree): Promise<Prepared> => {
    tree.say({ STOP_AT: '' });
    return prepareKernel({ ...tree.ctx, run: nextRun(dir) }, source, 'default');
  };
  return { tree, dir, cache: join(dir, 'cache/dtrace-bpf'), pidFile: join(dir, 'pid'), build };
}

/** Every file that a person or another stage takes for built. */
function results({ config, build, programs }: Prepared): Record<string, string> {
  const header = join(build.libbpfIncludes, 'bpf/bpf_helper_defs.h');
  const files = [
    config.dotconfig,
    build.bzImage,
    build.vmlinux,
    build.vmlinuxH,
    build.libbpfSo,
    build.libbpfA,
    header,
    join(programs.dir, 'one.bpf.o'),
    join(programs.dir, 'two.bpf.o'),
  ];
  return Object.fromEntries(files.map((file) => [basename(file), readFileSync(file, 'latin1')]));
}

/** What builds leave in the cache; the worktree is there, too. */
const leftIn = (cache: string): string[] =>
  readdirSync(cache)
    .filter((name) => name !== 'worktrees')
    .map((name) => join(cache, name));

/** What those files are when nothing was there before. */
async function fromNothing({ cache, build }: Setting, source: SourceTree): Promise<Record<string, string>> {
  for (const path of [join(source.worktree, 'build-default'), ...leftIn(cache)]) rmSync(path, { recursive: true });
  return results(await build(source));
}

/** All that a build is made of changes, so that every step has something to do once more. */
function change({ tree, dir }: Setting): SourceTree {
  writeFileSync(join(dir, 'selftests/progs/one.bpf.c'), 'int one(void)\n{\n\treturn 2;\n}\n');
  tree.commit('kernel/Kconfig', 'config EXPERT\n\tbool "expert"\nconfig FPROBE\n\tbool "probes"\n');
  tree.commit('tools/lib/bpf/libbpf.c', 'int libbpf = 2;\n');
  return tree.commit('kernel/a.c', 'int a = 2;\n');
}

/** Starts a build that stops at the moment, and kills the workbench there. */
async function killAt({ tree, dir, pidFile }: Setting, moment: Moment, source: SourceTree, t: Test): Promise<void> {
  rmSync(pidFile, { force: true });
  tree.say({ STOP_AT: moment });
  const child = runScript(ONCE, [dir, JSON.stringify(source)]);
  const early = once(child, 'exit').then(() => Promise.reject(new Error(`it ended before ${moment}`)));
  early.catch(() => undefined);
  const pid = await Promise.race([pidFrom(pidFile), early]);
  t.equal(await killNow(child), 'SIGKILL');
  t.ok(await gone(pid), 'nothing goes on');
}

/** The same, ended as Ctrl-C does. */
async function interruptAt(
  { tree, dir, pidFile }: Setting,
  moment: Moment,
  source: SourceTree,
  t: Test,
): Promise<void> {
  rmSync(pidFile, { force: true });
  tree.say({ STOP_AT: moment });
  const abort = new AbortController();
  const running = failure(prepareKernel({ ...tree.ctx, run: nextRun(dir), signal: abort.signal }, source, 'default'));
  const pid = await Promise.race([pidFrom(pidFile), running.then((error) => Promise.reject(error))]);
  abort.abort();
  t.match(await running, { code: 'E_INTERRUPTED', exitCode: 130 });
  t.ok(await gone(pid), 'nothing goes on');
}

/** Where make takes back what it was making, and where it is not make that writes. */
const INTERRUPTED: readonly Moment[] = ['merge', 'compiler', 'header', 'clang'];

for (const [how, stop, moments] of [
  ['kill -9', killAt, MOMENTS],
  ['Ctrl-C', interruptAt, INTERRUPTED],
] as const) {
  t.test(`${how} in the middle of a build: the next one makes what an undisturbed one makes`, { skip }, async (t) => {
    const all = setUp(t);
    const { tree, dir, cache, build } = all;
    await build(tree.source);
    const source = change(all);
    // the state before it is the same for each
    const [built, saved] = [join(source.worktree, 'build-default'), join(dir, 'saved')];
    const keep = (from: string, to: string): void => cpSync(from, to, { recursive: true, preserveTimestamps: true });
    mkdirSync(saved);
    keep(built, join(saved, 'built'));
    for (const path of leftIn(cache)) keep(path, join(saved, 'cache', basename(path)));
    const expected = await fromNothing(all, source);
    for (const moment of moments) {
      for (const path of [built, ...leftIn(cache)]) rmSync(path, { recursive: true, force: true });
      keep(join(saved, 'built'), built);
      keep(join(saved, 'cache'), cache);
      await stop(all, moment, source, t);
      t.strictSame(await build(source).then(results, (error: unknown) => messageOf(error)), expected, moment);
      t.strictSame(heldLocks(join(cache, 'locks')), [], `${moment}: no lock is left`);
    }
  });
}

t.test('kill -9: a warning that only the log of that build has is heard in the next one', { skip }, async (t) => {
  const all = setUp(t);
  const { tree, build } = all;
  await build(tree.source);
  const source = tree.commit('kernel/b.c', '#warning odd\nint b = 1;\n');
  await killAt(all, 'linker', source, t);
  t.match(await failure(build(source)), { code: 'E_BUILD_WARNING', detail: /^kernel\/b\.c:1: .*odd/ });
});

t.test('Ctrl-C: what was compiled before it is not compiled again', { skip }, async (t) => {
  const all = setUp(t);
  const { tree, build } = all;
  await interruptAt(all, 'linker', tree.source, t);
  t.equal((await build(tree.source)).build.steps, 1, 'the linker alone');
});

t.test('Ctrl-C, and a linker that ignores it until it is killed together with make', { skip }, async (t) => {
  const all = setUp(t);
  const { tree, build } = all;
  await build(tree.source);
  const source = tree.commit('kernel/a.c', 'int a = 2;\n');
  tree.say({ STUBBORN: 'yes' });
  await interruptAt(all, 'linker', source, t);
  const made = await build(source).then(results, (error: unknown) => messageOf(error));
  t.match(
    tree.entries.filter((entry) => entry.kind === 'note' && entry.text.startsWith('a make was killed')),
    { length: 1 },
    'it begins anew, and says so',
  );
  t.strictSame(made, await fromNothing(all, source));
});

t.test('a BPF program that is again what it was before it was half compiled', { skip }, async (t) => {
  const all = setUp(t);
  const { tree, dir, build } = all;
  const source = join(dir, 'selftests/progs/one.bpf.c');
  const text = readFileSync(source);
  const first = results(await build(tree.source));
  writeFileSync(source, 'int one(void)\n{\n\treturn 2;\n}\n');
  await interruptAt(all, 'clang', tree.source, t);
  writeFileSync(source, text);
  t.strictSame(results(await build(tree.source)), first);
});

t.test('a configuration that is again what it was before another one was half made', { skip }, async (t) => {
  const all = setUp(t);
  const { tree, build } = all;
  const kconfig = join(tree.source.worktree, 'kernel/Kconfig');
  const text = readFileSync(kconfig, 'utf8');
  const first = results(await build(tree.source));
  await interruptAt(all, 'merge', tree.commit('kernel/Kconfig', `${text}config NEW\n\tbool "new"\n`), t);
  t.strictSame(results(await build(tree.commit('kernel/Kconfig', text))), first);
});

t.test(
  'a build of another tree that did not end: the kernel built before it is not taken for what it was',
  { skip },
  async (t) => {
    const all = setUp(t);
    const { tree, build } = all;
    const first = results(await build(tree.source));
    const other = tree.commit('kernel/a.c', 'int a = 3;\n');
    await interruptAt(all, 'header', tree.commit('tools/lib/bpf/defs', '#define THIRD 3\n'), t);
    t.ok(existsSync(join(other.worktree, 'build-default/arch/x86/boot/bzImage')));
    tree.commit('tools/lib/bpf/defs', '#define FIRST 1\n#define SECOND 2\n');
    const again = await build(tree.commit('kernel/a.c', 'int a = 1;\n'));
    t.equal(again.build.source.tree, tree.source.tree);
    t.equal(results(again)['bzImage'], first['bzImage']);
  },
);
