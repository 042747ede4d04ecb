/** What the other scripts that build kernels of their own decide: those of a variant, and of the golden file. */
import { keptKernel } from '../../scripts/kernel/kept-kernel.ts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { AccelChoice } from '../../scripts/host/accelerator.ts';
import type { BuildRecord } from '../../scripts/records/build.ts';
import type { TestRecord } from '../../scripts/records/selftest.ts';
import type { RunTopics } from '../../scripts/run/run-topics.ts';
import { buildRecord, configRecord, sourceTree } from '../../scripts/testing/records.ts';
import { writeGolden, type GoldenStages } from '../golden/base-kernel.ts';
import { patchOf, testVariant, VARIANTS, type VariantStages } from '../kernel/variants.ts';
import { stage, tested, topicOf } from './fixture.ts';
import { openVariantRun } from './tree.ts';

const TCG: AccelChoice = { accel: 'tcg', reason: '' };

t.test('a variant: the series with its patch, its topic, and success only of tests that passed', async (t) => {
  const root = t.testdir({});
  const ctx = stage(root, openVariantRun(root, 'kernel'));
  const config = configRecord(sourceTree('/toy'));
  const seen: unknown[] = [];
  const stages = (tests: readonly TestRecord[]): VariantStages => ({
    variantTree: async (_, variant) => (seen.push(variant), config.source),
    prepareKernel: async (_, source, name) => (
      seen.push(source.worktree, name),
      { config, build: buildRecord(config), programs: { dir: '/progs', compiled: [], reused: [], ms: 0 } }
    ),
    chooseAccel: async () => TCG,
    runTopics: async ({ topics, progs, dir }: RunTopics) => (
      seen.push(topics, progs, existsSync(join(dir, 'kernel'))),
      { topics: [topicOf('kernel/toy-target', tests)], boots: [] }
    ),
  });
  t.match(await testVariant(ctx, 'toy-target', 'auto', stages([tested('one', 'passed'), tested('two', 'skipped')])), {
    code: 0,
    sum: { passed: 1, failed: 0, skipped: 1 },
  });
  t.strictSame(seen, [
    { name: 'toy-target', from: 'series', patches: [patchOf('toy-target')] },
    '/toy',
    'default',
    ['kernel/toy-target'],
    '/progs',
    true,
  ]);
  for (const name of VARIANTS) t.ok(existsSync(patchOf(name)), name);
  t.match(await testVariant(ctx, 'toy-target', 'auto', stages([tested('one', 'passed'), tested('two', 'failed')])), {
    code: 1,
  });
  t.match(await testVariant(ctx, 'toy-target', 'auto', stages([tested('one', 'skipped')])), { code: 1 });
});

t.test(
  'the golden file: the programs of the series on the base, and the exit code is that of the test that writes',
  async (t) => {
    const ctx = stage(t.testdir({}));
    const series = buildRecord(configRecord(sourceTree('/w')));
    const seen: unknown[] = [];
    const stages = (...tests: TestRecord[]): GoldenStages => ({
      builtSeries: () => series,
      otherKernel: async (_, config, kernel) => (
        seen.push(config.dotconfig, kernel), keptKernel('/bench/base.bzImage')
      ),
      compilePrograms: async (_, build: BuildRecord) => (
        seen.push(build.bzImage), { dir: '/progs', compiled: [], reused: [], ms: 0 }
      ),
      chooseAccel: async () => TCG,
      runTopics: async ({ build, topics, env }: RunTopics) => (
        seen.push(build.bzImage, build.vmlinux, topics, env),
        { topics: [topicOf('same-type-unchanged', tests)], boots: [] }
      ),
    });
    const [writes, needsSeries] = [tested('writes', 'passed'), tested('needs the series', 'failed')];
    t.equal(await writeGolden(ctx, 'auto', stages(writes, needsSeries)), 0);
    t.strictSame(seen, [
      series.dotconfig,
      'base',
      series.bzImage,
      '/bench/base.bzImage',
      '/bench/base.bzImage.notes',
      ['same-type-unchanged'],
      { WRITE_GOLDEN: '1' },
    ]);
    t.equal(await writeGolden(ctx, 'auto', stages(tested('writes', 'failed'), needsSeries)), 1);
    t.equal(await writeGolden(ctx, 'auto', stages()), 1, 'a topic that told nothing wrote nothing');
  },
);
