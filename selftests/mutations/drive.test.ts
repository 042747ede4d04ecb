import { basename, join } from 'node:path';
import t from 'tap';
import { WorkbenchError } from '../../scripts/lib/errors.ts';
import type { LogEntry } from '../../scripts/lib/log.ts';
import type { TopicRecord } from '../../scripts/records/selftest.ts';
import type { RunFile } from '../../scripts/run/run-file.ts';
import { caughtIn, runMutations } from './drive.ts';
import { ALL, stage, tested, topicOf } from './fixture.ts';
import { scripted } from './scripted.ts';

t.test('what a topic notices: its own tests, and what the guest complains of behind them', async (t) => {
  const record = topicOf('a', [
    tested('good', 'passed'),
    tested('bad', 'failed', 'should be equal'),
    tested('left out', 'skipped'),
    tested('mute', 'failed'),
  ]);
  t.strictSame(caughtIn('a', record, [{ kind: 'splat', message: 'the kernel complained', excerpt: [] }]), [
    { topic: 'a', test: 'leaves nothing behind', how: 'the kernel complained' },
    { topic: 'a', test: 'bad', how: 'should be equal' },
    { topic: 'a', test: 'mute', how: '' },
  ]);
  t.strictSame(caughtIn('a', topicOf('a', [tested('good', 'passed')]), []), []);
});

t.test('each mutation is switched on for each of its topics, and the control comes first', async (t) => {
  const root = t.testdir({});
  const said: LogEntry[] = [];
  const ctx = { ...stage(root), log: (entry: LogEntry): void => void said.push(entry) };
  const guests = scripted();
  const told: number[] = [];
  const files: RunFile[] = [];
  const broken = new Set(['1 a', '101 c']);
  const found = await runMutations(
    ctx,
    guests,
    ALL,
    (so) => void told.push(so.length),
    async (file) => {
      files.push(file);
      const [, number = ''] = /(\d+)-[^/]*\.tap$/.exec(file.log) ?? [];
      guests.asked.push(`run ${file.topic}`);
      return topicOf(file.topic, [
        tested('one', 'passed'),
        tested('two', broken.has(`${number} ${file.topic}`) ? 'failed' : 'passed', 'odd'),
      ]);
    },
  );
  const on = (number: number, ...topics: string[]): string[] =>
    topics.flatMap((topic) => [`file.write dtrace_mutation=${number}`, `run ${topic}`]);
  t.strictSame(guests.asked, ['boot 1', ...on(0, 'a', 'b', 'c'), ...on(1, 'a', 'b'), ...on(2, 'b'), ...on(101, 'c')]);
  t.strictSame(
    found.map((one) => [one.mutation.number, one.passed, one.caught.length]),
    [
      [0, 6, 0],
      [1, 3, 1],
      [2, 2, 0],
      [101, 1, 1],
    ],
  );
  t.strictSame(told, [1, 2, 3, 4], 'after each of them');
  t.match(files[0], {
    file: join('selftests', 'a.test.ts'),
    log: join(ctx.run.dir, '0-a.tap'),
    env: { DTRACE_SESSION: '/session' },
  });
  t.match(
    said.map((entry) => 'text' in entry && entry.text),
    [
      '0 control: 6 passed, nothing failed',
      '1 mutation 1: 3 passed, 1 failed: a: two',
      /^2 .*nothing failed$/,
      /^101 .*1 failed: c: two$/,
    ],
  );
  t.equal(guests.closed, 1);
});

t.test('a guest that a mutation kills is asked no further, and the next one goes on with a new guest', async (t) => {
  const guests = scripted();
  const ran: string[] = [];
  const run = async ({ topic, log }: RunFile): Promise<TopicRecord> => {
    ran.push(basename(log, '.tap'));
    const boot = guests.session.boots.at(-1);
    if (basename(log).startsWith('1-') && boot !== undefined)
      boot.death = { kind: 'panic', reason: 'it panicked', excerpt: [] };
    return topicOf(topic, [tested('one', 'passed')]);
  };
  await runMutations(stage(t.testdir({})), guests, ALL, () => undefined, run);
  t.strictSame(ran, ['0-a', '0-b', '0-c', '1-a', '2-b', '101-c'], 'topic b would have run with nothing broken');
  t.equal(guests.session.boots.length, 2);
});

t.test(
  'a run that is stopped, or whose kernel has no such switch, ends its guests and keeps what it told',
  async (t) => {
    const ctx = stage(t.testdir({}));
    const guests = scripted();
    const told: number[] = [];
    await t.rejects(
      runMutations(
        ctx,
        guests,
        ALL,
        (so) => void told.push(so.length),
        async ({ log, topic }) => {
          if (basename(log).startsWith('2-')) throw new WorkbenchError('E_INTERRUPTED', 'interrupted');
          return topicOf(topic, [tested('one', 'passed')]);
        },
      ),
      { code: 'E_INTERRUPTED' },
    );
    t.strictSame(told, [1, 2]);
    const other = scripted(true);
    await t.rejects(
      runMutations(
        ctx,
        other,
        ALL,
        () => undefined,
        async ({ topic }) => topicOf(topic, []),
      ),
      /dtrace_mutation: no such file$/,
    );
    t.strictSame([guests.closed, other.closed], [1, 1]);
  },
);
