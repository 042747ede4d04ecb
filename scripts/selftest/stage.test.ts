import t from 'tap';
import type { BuildRecord } from '../build/types.ts';
import { silentLog } from '../lib/log.ts';
import { planRun } from '../lib/record.ts';
import { merge } from './run-topics.ts';
import { judge } from './self-check.ts';
import { formatSelftest, OWN_TOPICS } from './stage.ts';
import type { TopicRecord } from './types.ts';

t.test('a dry run prints the machine that the kernel gets, and each driver', async (t) => {
  const root = t.testdir({
    kconfig: { 'default.config': 'CONFIG_BPF=y\n', 'debug.config': '# Why.\nCONFIG_KASAN=y\n' },
    scripts: { 'a.host.test.ts': '', 'b.test.ts': '' }, selftests: {}, built: { '.config': 'CONFIG_PROVE_LOCKING=y\n' },
  });
  const ctx = { root, log: silentLog, signal: new AbortController().signal, dryRun: true, run: planRun(root, 'test') };
  const print = (config: string, dotconfig: string): string[] => {
    const build = { config, dotconfig, bzImage: '/k/bzImage' } as unknown as BuildRecord;
    return formatSelftest(ctx, { build, topics: ['smoke', ...OWN_TOPICS], accel: { accel: 'tcg', reason: '' } });
  };
  const [boot, ...drivers] = print('default', '/not/yet');
  t.match(boot, /^vng --run \/k\/bzImage .* --cpus 2 --memory 2048M /);
  t.strictSame(drivers, ['node --import tsx selftests/smoke.test.ts', 'node --import tsx scripts/a.host.test.ts']);
  t.match(print('debug', '/not/yet')[0], / --memory 4096M /, 'by the fragment');
  t.match(print('default', `${root}/built/.config`)[0], / --memory 4096M /, 'by what was configured');
});

const topic = (name: string): TopicRecord => ({ topic: name, file: '', log: '', ms: 0, tests: [] });

t.test('topics keep their order, whichever guest they ran in', async (t) => {
  const boot = { console: '', ms: 1, end: 'stopped', reason: '' };
  const { topics, boots } = merge(['a', 'b', 'c'], [{ topics: [topic('a'), topic('c')], boots: [boot] }, { topics: [topic('b')], boots: [boot, boot] }]);
  t.strictSame(topics.map((one) => one.topic), ['a', 'b', 'c']);
  t.equal(boots.length, 3);
});

t.test('a self-check of which nothing was reported has failed throughout', async (t) => {
  const { tests } = judge({ topics: [], boots: [] }, { status: 'fulfilled', value: { topics: [], boots: [] } }, 1);
  t.ok(tests.length > 15);
  t.strictSame(tests.filter((one) => one.status !== 'failed').map((one) => one.name), ['nothing else is reported']);
});
