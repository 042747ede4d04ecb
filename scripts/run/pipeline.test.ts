import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { WorkbenchError } from '../lib/errors.ts';
import { cachePaths } from '../lib/paths.ts';
import { planRun } from '../lib/record.ts';
import { stage } from '../testing/bench.ts';
import { useCacheHome } from '../testing/cache-home.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';
import { failure } from '../testing/series.ts';
import { prepareKernel, testConfigs, type Bootable, type PrepareStages } from './pipeline.ts';
import type { selftest } from './selftest.ts';

const programs = { dir: '/progs', compiled: [], reused: [], ms: 0 };

t.test('between apply and a guest: what goes on beside is over before the kernel is built', async (t) => {
  const root = t.testdir({});
  useCacheHome(t, join(root, 'cache'));
  const ctx = stage(root);
  const applied = sourceTree(join(cachePaths().worktrees, 'w'));
  const order: string[] = [];
  const made = configRecord(applied);
  let finish = (): void => undefined;
  const beside = new Promise<void>((resolve) => (finish = resolve)).then(() => void order.push('beside'));
  const stages: PrepareStages = {
    collectEnvironment: async () => [{ name: 'gcc', value: '12' }],
    sourceNow: async (_, source) => ({ ...source, tree: 'now' }),
    configure: async (_, source, name) => {
      order.push(`configure ${name}`);
      setImmediate(finish);
      return { ...made, source };
    },
    archRoot: async (_, { name }) => (name === 'arm64' ? '/root' : undefined),
    build: async (_, from, own) => (order.push('build'), buildRecord(from, own === undefined ? {} : { root: own })),
    compilePrograms: async (_, { release }) => (order.push(`programs of ${release}`), programs),
  };
  const prepared = await prepareKernel(ctx, applied, 'debug', beside, stages);
  t.strictSame(order, ['configure debug', 'beside', 'build', 'programs of 6.12.1']);
  t.match(prepared, {
    config: { sha256: 'configured', source: { tree: 'now' } },
    build: { configSha256: 'configured' },
    programs,
  });
  t.notOk('root' in prepared.build);
  t.equal((await prepareKernel(ctx, applied, 'debug-arm64', undefined, stages)).build.root, '/root');
  const written = JSON.parse(readFileSync(join(ctx.run.dir, 'environment.json'), 'utf8'));
  t.match(written, { stage: 'environment', facts: [{ name: 'gcc', value: '12' }] });

  order.length = 0;
  const broken = { ...stages, configure: () => Promise.reject(new WorkbenchError('E_CONFIG_DROPPED', 'dropped')) };
  const failed = await failure(prepareKernel(ctx, applied, 'debug', undefined, broken));
  t.match(failed, { code: 'E_CONFIG_DROPPED' });
  t.strictSame(order, [], 'nothing is built of what could not be configured');

  const dry = { ...ctx, dryRun: true, run: planRun(root, 'dry') };
  await prepareKernel(dry, applied, 'debug', undefined, stages);
  t.notOk(existsSync(dry.run.dir), 'a dry run has no record');
});

t.test('what tests the workbench is tested once, with the first kernel that there is', async (t) => {
  const root = t.testdir({ scripts: {}, selftests: {} });
  const ctx = stage(root);
  const kernelOf = async (config: string): Promise<Bootable> => {
    if (config === 'broken') throw new WorkbenchError('E_BUILD', 'it does not build');
    return {
      build: buildRecord(configRecord(sourceTree('/w'), { config })),
      programs,
      accel: { accel: 'tcg', reason: '' },
    };
  };
  const asked: unknown[] = [];
  const test: typeof selftest = async (_, { build, topics, accel, length, workbench }) => {
    asked.push([build.config, topics, length, (await workbench)?.topic]);
    return {
      stage: 'selftest',
      config: build.config,
      release: '',
      tree: '',
      accel: accel.accel,
      accelReason: '',
      slowness: 1,
      topics: [],
      boots: [],
      passed: 1,
      failed: 0,
      skipped: 0,
      ms: 1,
    };
  };
  const [configs, topics] = [
    ['broken', 'default', 'debug'],
    ['smoke', 'harness', 'workbench'],
  ];
  const result = await testConfigs(ctx, { configs, topics }, kernelOf, undefined, test);
  t.strictSame(asked, [
    ['default', topics, 'short', 'workbench'],
    ['debug', ['smoke'], 'short', undefined],
  ]);
  t.match(result, { done: [{ config: 'default' }, { config: 'debug' }], failures: [{ config: 'broken' }] });
  const written = JSON.parse(readFileSync(join(ctx.run.dir, 'failure.broken.json'), 'utf8'));
  t.match(written, { stage: 'failure', config: 'broken', code: 'E_BUILD', exitCode: 13 });
});

t.test('an interrupted run ends what goes on beside it', async (t) => {
  const forever = 'setInterval(() => undefined, 1000);\n';
  const ctx = stage(t.testdir({ scripts: { 'a.host.test.ts': forever }, selftests: {} }));
  const kernelOf = (): Promise<Bootable> => Promise.reject(new WorkbenchError('E_INTERRUPTED', 'interrupted'));
  const asked = { configs: ['default'], topics: ['workbench'] };
  await t.rejects(testConfigs(ctx, asked, kernelOf), { code: 'E_INTERRUPTED' });
  t.notOk(existsSync(join(ctx.run.dir, 'failure.default.json')), 'and is no failure of the configuration');
});
