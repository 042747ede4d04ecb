import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { worktreeLock } from '../apply/state.ts';
import { architectureOf } from '../lib/architecture.ts';
import { WorkbenchError } from '../lib/errors.ts';
import { acquire } from '../lib/lock.ts';
import { silentLog } from '../lib/log.ts';
import { cachePaths } from '../lib/paths.ts';
import { openRun } from '../lib/record.ts';
import { useCacheHome } from '../testing/cache-home.ts';
import { applyRecord, sourceTree, writeRun } from '../testing/records.ts';
import { failure } from '../testing/series.ts';
import { baselineTargets } from './baseline.ts';
import { bpfArgv } from './bpf.ts';
import { buildDirOf, compilerOf, makeArgv } from './kbuild.ts';
import { kernelStep } from './make.ts';
import { lastApply, sourceOf, withTree } from './source.ts';
import { formatStep, type StageContext } from '../lib/stage.ts';
import { NO_USERSPACE, outputPaths, readBuildState, readWarnings, whyBuild } from './state.ts';
import type { BuildRecord, ConfigRecord } from '../records/build.ts';
import { parseWarnings } from './warnings.ts';

const source = { worktree: '/w', base: 'v6.12', version: '6.12.1', baseCommit: 'b', head: 'h', tree: 't', options: [] };
const config: ConfigRecord = {
  stage: 'config',
  config: 'default',
  source,
  buildDir: '/w/build-default',
  dotconfig: '/w/build-default/.config',
  sha256: 's',
  fragments: [],
  leftOut: [],
  requests: 1,
  enabled: 1,
  reused: false,
  ms: 1,
};

t.test('the build directory is a direct child of the tree, and make says so', async (t) => {
  t.equal(buildDirOf('/c/w', 'debug'), '/c/w/build-debug');
  t.same(makeArgv('/c/w', '/c/w/build-debug', ['bzImage'], 3), [
    'make',
    '-C',
    '/c/w',
    'O=build-debug',
    'CC=ccache gcc',
    'HOSTCC=ccache gcc',
    '-j3',
    'bzImage',
  ]);
});

t.test('another architecture is cross-built: the kernel, programs, and what the base is asked for', async (t) => {
  t.same(makeArgv('/c/w', '/c/w/build-default-arm64', ['Image'], 3), [
    'make',
    '-C',
    '/c/w',
    'O=build-default-arm64',
    'ARCH=arm64',
    'CROSS_COMPILE=aarch64-linux-gnu-',
    'CC=ccache aarch64-linux-gnu-gcc',
    'HOSTCC=ccache gcc',
    '-j3',
    'Image',
  ]);
  t.strictSame(compilerOf(architectureOf('default'), undefined), ['gcc']);
  t.strictSame(compilerOf(architectureOf('default-arm64'), '/r'), [
    'aarch64-linux-gnu-gcc',
    '--sysroot=/r',
    '-L/r/usr/lib/aarch64-linux-gnu',
  ]);
  t.strictSame(kernelStep({ source: sourceTree('/w'), buildDir: '/w/build-x-arm64' }).argv.slice(-2), [
    'Image',
    'headers',
  ]);
  const foreign = { ...config, config: 'x-arm64', buildDir: '/w/build-x-arm64' };
  t.equal(outputPaths(foreign, NO_USERSPACE).bzImage, '/w/build-x-arm64/arch/arm64/boot/Image');
});

t.test('the newest apply, or why there is none, with the command that makes one', async (t) => {
  const root = t.testdir({ w: {}, older: {} });
  const refused = (message: RegExp): void =>
    void t.throws(() => lastApply(root), { code: 'E_RECORD_MISSING', exitCode: 2, message, next: 'npm run apply' });
  refused(/no apply record under out\//);
  writeRun(root, '20260101T000000-apply-1', { apply: applyRecord(join(root, 'older')) });
  writeRun(root, '20260102T000000-test-1', { apply: applyRecord(join(root, 'w')) });
  t.strictSame(sourceOf(lastApply(root)), sourceTree(join(root, 'w')), 'what is built is the head, on the base');
  const older = applyRecord(join(root, 'older'));
  writeRun(root, '20251201T000000-apply-1', { apply: { ...older, base: { ...older.base, name: 'v7.3' } } });
  t.match(
    lastApply(root, 'v7.3'),
    { worktree: join(root, 'older'), base: { name: 'v7.3' } },
    'of one base, when asked',
  );
  t.equal(lastApply(root, older.base.name).worktree, join(root, 'w'));
  t.throws(() => lastApply(root, 'v9'), { code: 'E_RECORD_MISSING', next: 'npm run apply -- --base v9' });
  rmSync(join(root, 'w'), { recursive: true });
  refused(/the worktree of out\/20260102T000000-test-1 is gone: .*\/w$/);
  const { base: _, ...without } = applyRecord(root);
  for (const damaged of [
    without,
    { ...without, base: { commit: 'x' } },
    { ...applyRecord(root), stage: 'export' },
    { ...applyRecord(root), commits: 3 },
  ]) {
    writeRun(root, '20260103T000000-apply-1', { apply: damaged });
    refused(/out\/20260103T000000-apply-1\/apply\.json is not a record of apply/);
  }
});

/** A run of its own, and a cache of its own, without other locks. */
function stageIn(t: { readonly teardown: (handler: () => void) => unknown }, root: string): StageContext {
  useCacheHome(t, join(root, 'cache'));
  return { root, log: silentLog, signal: new AbortController().signal, run: openRun(root, 'build'), dryRun: false };
}

t.test('a tree belongs to one process at a time; a dry run does not wait for it', async (t) => {
  const root = t.testdir({});
  const ctx = stageIn(t, root);
  const source = sourceTree(join(cachePaths().worktrees, 'tree'));
  const lock = worktreeLock(source.worktree);
  const work = (): Promise<string> =>
    acquire(lock, { purpose: 'other', waitMs: 0 }).then(
      (release) => (release(), 'free'),
      (error: unknown) => (error instanceof WorkbenchError ? `${error.code} ${error.message}` : 'unknown'),
    );
  t.match(await withTree(ctx, source, 'building default', work), /^E_LOCKED .* is held by "building default" /);
  t.equal(await work(), 'free', 'behind it');
  t.match(
    await failure(withTree(ctx, source, 'building default', () => Promise.reject(new WorkbenchError('E_BUILD', 'no')))),
    { code: 'E_BUILD' },
  );
  t.equal(await work(), 'free', 'also when the work fails');
  t.equal(await withTree({ ...ctx, dryRun: true }, source, 'building default', work), 'free');
});

t.test('steps can be pasted', async (t) => {
  t.equal(
    formatStep({ title: 'x', argv: ['cat', 'f'], cwd: '/a', env: { A: '1' } }),
    '(cd /a && env -i PATH="$PATH" HOME="$HOME" LC_ALL=C A=1 cat f)',
  );
  t.match(
    formatStep({ title: 'x', argv: ['make', 'all'] }),
    / KBUILD_BUILD_USER=dtrace-bpf .* LOCALVERSION=\S+ .* CCACHE_DIR=\S+ .* make all$/,
  );
  const cwd = join(t.testdir({ 'a b': {} }), 'a b');
  const text = formatStep({
    title: 'x',
    argv: ['sh', '-c', 'echo "$PWD: $TIME, $NONE"'],
    cwd,
    env: { TIME: 'Thu Jan  1', NONE: '' },
  });
  t.equal(
    execFileSync('bash', ['-c', text], { encoding: 'utf8', env: { ...process.env, NONE: 'some' } }),
    `${cwd}: Thu Jan  1, \n`,
  );
});

t.test('why make has to run, a row each', async (t) => {
  const dir = t.testdir({ image: 'x', bpf: {} });
  const file = join(dir, 'image');
  const record = {
    ...outputPaths(config, { ...NO_USERSPACE, libbpfSo: file, libbpfA: file, libbpfIncludes: dir, bpftool: file }),
    bzImage: file,
    vmlinux: file,
    vmlinuxH: file,
    uapi: dir,
    bpfIncludes: [dir],
    compiler: '',
    release: '',
    reused: false,
    steps: 1,
    ms: 1,
    warnings: [],
    newWarnings: [],
  } satisfies BuildRecord;
  const state = { tree: 't', record };
  t.equal(whyBuild(state, 't', [], 's'), undefined);
  t.match(whyBuild(undefined, 't', [], 's'), /nothing was built/);
  t.match(whyBuild(state, 'other', [], 's'), /tree has changed/);
  t.match(whyBuild(state, 't', [], 'other'), /configuration has changed/);
  t.match(whyBuild(state, 't', ['a.c', 'b.c'], 's'), /uncommitted changes in a\.c and 1 more/);
  t.match(whyBuild({ tree: 't', record: { ...record, bzImage: join(dir, 'gone') } }, 't', [], 's'), /gone is missing/);
});

t.test('damaged state is no state', async (t) => {
  const dir = t.testdir({
    a: { '.workbench-built.json': '{"tree": "t", "rec' },
    b: { '.workbench-built.json': '{"tree": "t", "record": {"stage": "build"}}' },
    'w.json': '{"warnings": [{"key": "k", "unit": "u", "file": "f", "where": "", "message": "m"}]}',
    'x.json': '{"warnings": [{"key": "k", "unit": "u"}]}',
  });
  t.equal(readBuildState(join(dir, 'a')), undefined);
  t.equal(readBuildState(join(dir, 'b')), undefined);
  t.equal(readBuildState(join(dir, 'none')), undefined);
  t.match(readWarnings(join(dir, 'w.json')), [{ key: 'k' }]);
  for (const name of ['x.json', 'none.json']) t.equal(readWarnings(join(dir, name)), undefined, name);
});

t.test('the base is asked about the files that warn', async (t) => {
  const targets = (log: string): string[] =>
    baselineTargets(parseWarnings(log), (path) => !path.includes('new'), 'bzImage');
  t.same(targets('a/b.c:1:1: warning: x\na/c.c:1:1: warning: y\na/b.c:2:1: warning: z\n'), ['a/b.o', 'a/c.o']);
  t.same(targets('a/new.c:1:1: warning: x\n'), [], 'a file that the base does not have');
  t.same(
    targets('In file included from a/b.c:1:\nx.h:1:1: warning: x\n'),
    ['a/b.o'],
    'a header is compiled with its unit',
  );
  t.same(targets('vmlinux.o: warning: objtool: f+0x1: bad\na/b.c:1:1: warning: x\n'), ['bzImage']);
  t.same(
    targets('  LD      arch/x86/boot/setup.elf\nld: warning: odd\n'),
    ['bzImage'],
    'what is linked outside of vmlinux, too',
  );
});

t.test('BPF programs see the tree before the machine', async (t) => {
  const argv = bpfArgv('clang', ['/b/bpf', '/t/include'], '/b/usr/include', 'x.bpf.c', 'x.bpf.o');
  t.ok(argv.indexOf('/b/bpf') < argv.indexOf('/t/include'));
  t.ok(argv.includes('-fms-extensions'), 'vmlinux.h of 7.3 has anonymous members with a tag');
  t.match(argv.join(' '), /-target bpf .*-Wall -Werror .*-isystem \/b\/usr\/include -c x\.bpf\.c -o x\.bpf\.o$/);
});
