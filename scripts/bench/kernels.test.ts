import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeBuildState } from '../kernel/state.ts';
import { fakeTree } from '../testing/fake-tree.ts';
import type { BuildRecord } from '../records/build.ts';
import { writeJson } from '../lib/record.ts';
import type { LogEntry } from '../lib/log.ts';
import { applyRecord, buildRecord, configRecord, rememberBuild, sourceTree, writeRun } from '../testing/records.ts';
import { git } from '../testing/project.ts';
import { builtSeries, configOf, otherKernel, planKernel } from './kernels.ts';
import { availableKernels } from './run.ts';

t.test('the kernel of the applied series, and no other one that was built since', async (t) => {
  const root = t.testdir({ w: {}, other: {}, image: '', older: '' });
  const [worktree, image] = [join(root, 'w'), join(root, 'image')];
  const config = configRecord(sourceTree(worktree));
  const of = (source: object, bzImage: string, release: string): BuildRecord =>
    buildRecord({ ...config, source: { ...config.source, ...source } }, { bzImage, release });
  writeRun(root, '20260101T000000-apply-1', { apply: applyRecord(worktree), 'build.debug': of({}, image, 'debug') });
  t.throws(() => builtSeries(root, 'default'), {
    code: 'E_RECORD_MISSING',
    message: /^no default kernel of the applied series was built$/,
    next: 'npm run build',
  });
  writeRun(root, '20260102T000000-build-1', { 'build.default': of({}, join(root, 'older'), 'older') });
  writeRun(root, '20260103T000000-build-1', { 'build.default': of({}, image, 'right') });
  writeRun(root, '20260104T000000-build-1', {
    'build.default': of({ tree: 'f'.repeat(40) }, image, 'of another tree'),
  });
  writeRun(root, '20260105T000000-build-1', {
    'build.default': of({ worktree: join(root, 'other') }, image, 'in another worktree'),
  });
  writeRun(root, '20260106T000000-build-1', { 'build.default': { stage: 'build' } });
  t.throws(
    () => builtSeries(root, 'default'),
    { code: 'E_RECORD_MISSING' },
    'a record of what the directory does not hold',
  );
  rememberBuild(of({}, image, 'right'));
  t.equal(builtSeries(root, 'default').release, 'right');
  t.match(configOf(builtSeries(root, 'default')), {
    stage: 'config',
    config: 'default',
    sha256: 'configured',
    dotconfig: join(worktree, 'build-default/.config'),
    source: { worktree },
  });
  rmSync(image);
  t.equal(builtSeries(root, 'default').release, 'older', 'one whose image is gone cannot be measured');
});

t.test('which kernels there are, and what each is made of', async (t) => {
  const root = t.testdir({ selftests: { kernel: {} } });
  t.strictSame(availableKernels(root), ['series', 'base']);
  const patch = join(root, 'selftests/kernel/v1-inpage.patch');
  writeFileSync(patch, 'diff\n');
  t.strictSame(availableKernels(root), ['series', 'base', 'v1-inpage']);
  const config = configRecord(sourceTree('/w'));
  const base = planKernel(root, config, 'base');
  const v1 = planKernel(root, config, 'v1-inpage');
  t.match(base, { commit: config.source.baseCommit, patch: undefined, image: /\/bench\/base-[0-9a-f]{16}\.bzImage$/ });
  t.match(v1, { commit: config.source.head, patch, image: /\/bench\/v1-inpage-/ });
  t.strictSame(
    planKernel(root, { ...config, source: { ...config.source, worktree: '/elsewhere', head: 'other' } }, 'base'),
    base,
    'the base is that of any series',
  );
  t.not(planKernel(root, { ...config, sha256: 'other' }, 'base').image, base.image, 'another .config');
  t.not(
    planKernel(root, { ...config, source: { ...config.source, head: 'other' } }, 'v1-inpage').image,
    v1.image,
    'another series',
  );
  writeFileSync(patch, 'another diff\n');
  t.not(planKernel(root, config, 'v1-inpage').image, v1.image, 'another patch');
});

t.test('a kernel is built once, of the base or with the patch on top, beside the worktree of the series', async (t) => {
  const fake = fakeTree(t.testdir({}), '# Why.\nCONFIG_EXPERT=y\n');
  t.teardown(fake.restore);
  const { ctx } = fake;
  const source = fake.commit('kernel/a.c', 'int series;\n');
  mkdirSync(join(ctx.root, 'selftests/kernel'), { recursive: true });
  writeFileSync(
    join(ctx.root, 'selftests/kernel/v1-inpage.patch'),
    '--- a/kernel/a.c\n+++ b/kernel/a.c\n@@ -1 +1 @@\n-int series;\n+int v1;\n',
  );
  const config = configRecord(source);
  mkdirSync(config.buildDir);
  writeFileSync(config.dotconfig, 'CONFIG_EXPERT=y\n');
  const scratch = `${source.worktree}-scratch`;
  const dry: LogEntry[] = [];
  const planned = await otherKernel({ ...ctx, dryRun: true, log: (entry) => void dry.push(entry) }, config, 'base');
  t.match(dry, [{ kind: 'command', text: /^make -C \S*w-scratch O=build-bench-base .* bzImage$/ }]);
  t.notOk(existsSync(scratch), 'a dry run makes nothing');

  const rows = [
    ['base', 'int x;\n'],
    ['v1-inpage', 'int v1;\n'],
    ['base', 'int v1;\n'],
  ] as const;
  for (const [index, [kernel, text]] of rows.entries()) {
    const image = await otherKernel(ctx, config, kernel);
    for (const file of Object.values(image)) t.ok(existsSync(file), file);
    t.equal(
      readFileSync(join(scratch, 'kernel/a.c'), 'utf8'),
      text,
      index === 2 ? 'built earlier: nothing is touched' : kernel,
    );
    t.equal(image.bzImage === planned.bzImage, kernel === 'base');
  }
  t.match(readFileSync(join(scratch, 'build-bench-v1-inpage/.config'), 'utf8'), /^CONFIG_EXPERT=y\n/);
  const builds = (): number => fake.calls().filter((call) => call.endsWith(' bzImage')).length;
  t.equal(builds(), 2);
  rmSync(planned.systemMap);
  t.ok(existsSync((await otherKernel(ctx, config, 'base')).systemMap), 'one that was kept without its functions');
  t.equal(builds(), 1, 'is built once more');
  t.equal(git(source.worktree, 'status', '--porcelain'), '', 'the worktree of the series is left alone');
});

t.test('the kernel of the applied tree, as long as its build directory holds that one', async (t) => {
  const root = t.testdir({
    out: { '20260101T000000-build-1': {}, '20260102T000000-build-1': {}, '20260103T000000-apply-1': {} },
    worktree: {},
    build: { bzImage: 'kernel' },
  });
  const [worktree, buildDir] = [join(root, 'worktree'), join(root, 'build')];
  const record = (tree: string): BuildRecord =>
    buildRecord(configRecord(sourceTree(worktree, { tree }), { buildDir }), { bzImage: join(buildDir, 'bzImage') });
  writeJson(join(root, 'out/20260103T000000-apply-1/apply.json'), applyRecord(worktree, { tree: 'applied' }));
  writeJson(join(root, 'out/20260101T000000-build-1/build.default.json'), record('applied'));
  writeBuildState({ tree: 'applied', record: record('applied') });
  t.equal(builtSeries(root, 'default').source.tree, 'applied');
  const next = 'npm run build -- --config default';
  writeJson(join(root, 'out/20260102T000000-build-1/build.default.json'), record('another'));
  writeBuildState({ tree: 'another', record: record('another') });
  t.throws(
    () => builtSeries(root, 'default'),
    { code: 'E_RECORD_MISSING', next },
    "what is there now is another tree's",
  );
});
