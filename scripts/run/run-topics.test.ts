/** What a run does when KVM leaves it: the guests are a test's own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { cachePaths } from '../lib/paths.ts';
import { MEMORY_FILE } from '../host/accelerator-memory.ts';
import { WorkbenchError } from '../lib/errors.ts';
import type { LogEntry } from '../lib/log.ts';
import type { TopicRecord } from '../records/selftest.ts';
import { useCacheHome } from '../testing/cache-home.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';
import { runTopics, type RunTopics } from './run-topics.ts';

const topic = (name: string): TopicRecord => ({ topic: name, file: '', log: '', ms: 0, tests: [] });
const TOPICS = ['smoke', 'buffer-race', 'tail-call'];

function setUp(t: Test): { readonly options: RunTopics; readonly said: LogEntry[]; learned(): boolean } {
  const root = t.testdir({ '.config': 'CONFIG_BPF=y\n' });
  useCacheHome(t, join(root, 'cache'));
  const said: LogEntry[] = [];
  const build = { ...buildRecord(configRecord(sourceTree('/w'))), dotconfig: join(root, '.config') };
  return {
    said,
    learned: () => existsSync(join(cachePaths().root, MEMORY_FILE)),
    options: {
      root,
      build,
      progs: '',
      topics: TOPICS,
      accel: { accel: 'kvm', reason: 'KVM runs a kernel: Linux 6 spoke after 0.1 s' },
      length: 'short',
      dir: join(root, 'out'),
      log: (entry) => void said.push(entry),
      signal: new AbortController().signal,
    },
  };
}

t.test(
  'a guest that cannot be had under KVM, the first or a later one: what is left runs in emulation, and nothing is lost',
  async (t) => {
    for (const done of [0, 1, 2]) {
      const { options, said, learned } = setUp(t);
      const ran: string[] = [];
      const found = await runTopics(options, async ({ accel, topics }, inTurn, dir) => {
        ran.push(`${accel.accel}${inTurn ? ' in turn' : ''}: ${topics.join(' ')} in ${dir.slice(options.dir.length)}`);
        t.equal(learned(), false, 'not before emulation did what KVM did not');
        return accel.accel === 'kvm'
          ? { topics: topics.slice(0, done).map(topic), boots: [], kvmTrouble: 'console-1.log: it is silent' }
          : { topics: topics.map(topic), boots: [], kvmTrouble: null };
      });
      const left = TOPICS.slice(done);
      t.strictSame(
        found.topics.map((one) => one.topic),
        TOPICS,
      );
      t.equal(ran[0], `kvm: ${TOPICS.join(' ')} in `);
      t.ok(
        ran.includes(`tcg in turn: ${left.filter((name) => name !== 'buffer-race').join(' ')} in /tcg`),
        ran.join('; '),
      );
      t.match(found.accel, {
        accel: 'tcg',
        reason: /^KVM was given up: console-1\.log: it is silent; before that, KVM runs a kernel: Linux 6/,
      });
      t.strictSame(said.filter((entry) => entry.kind === 'warn').length, 1, 'one loud line');
      t.ok(learned());
    }
  },
);

t.test(
  'a kernel that does not boot in emulation either is at fault itself, and nothing is remembered of KVM',
  async (t) => {
    const { options, learned } = setUp(t);
    await t.rejects(
      runTopics(options, async ({ accel }) => {
        if (accel.accel === 'tcg') throw new WorkbenchError('E_BOOT', 'it panics');
        return { topics: [], boots: [], kvmTrouble: 'it panics' };
      }),
      { code: 'E_BOOT', message: 'it panics' },
    );
    t.equal(learned(), false);
  },
);

t.test('a run without trouble says nothing of it', async (t) => {
  const { options, said, learned } = setUp(t);
  const found = await runTopics(options, async ({ topics }) => ({
    topics: topics.map(topic),
    boots: [],
    kvmTrouble: null,
  }));
  t.notOk('accel' in found);
  t.strictSame(said, []);
  t.equal(learned(), false);
});
