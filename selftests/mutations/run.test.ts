/** What the scripts that build kernels of their own decide: mutations, the toy target, the golden file. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import type { StageContext } from '../../scripts/lib/stage.ts';
import type { BuildRecord } from '../../scripts/records/build.ts';
import { WorkbenchError } from '../../scripts/lib/errors.ts';
import { silentLog, type LogEntry } from '../../scripts/lib/log.ts';
import { cachePaths } from '../../scripts/lib/paths.ts';
import { openRun } from '../../scripts/lib/record.ts';
import type { RunFile } from '../../scripts/run/run-file.ts';
import type { RunTopics } from '../../scripts/run/run-topics.ts';
import type { TestRecord, TopicRecord } from '../../scripts/records/selftest.ts';
import { git } from '../../scripts/testing/project.ts';
import { buildRecord, configRecord, sourceTree } from '../../scripts/testing/records.ts';
import { writeGolden, type GoldenStages } from '../golden/base-kernel.ts';
import type { AccelChoice, giveUpKvm } from '../../scripts/host/accelerator.ts';
import type { Death } from '../../scripts/guest/death.ts';
import { patchOf, testVariant, VARIANTS, type VariantStages } from '../kernel/variants.ts';
import { caughtIn, guestsByKind, runMutations, type Driven, type GuestSource, type Opened } from './drive.ts';
import { appliedSeries, DIFF } from './fixture.ts';
import { parseRun } from './options.ts';
import { allCaught, type Found } from './report.ts';
import type { Mutation } from './table.ts';
import { openVariantRun, variantTree } from './tree.ts';

const mutation = (number: number, ...topics: string[]): Mutation => ({
  number,
  name: `mutation ${number}`,
  breaks: 'it',
  topics,
});
const ALL = [mutation(1, 'a', 'b'), mutation(2, 'b'), mutation(101, 'c')];

function stage(root: string, run = openRun(root, 'mutations')): StageContext {
  return { root, log: silentLog, signal: new AbortController().signal, run, dryRun: false };
}

t.test('what is asked for, a row each; a word that means nothing is refused', async (t) => {
  const numbers = (...args: string[]): number[] => parseRun(args, ALL).mutations.map(({ number }) => number);
  t.strictSame(numbers(), [1, 2, 101]);
  t.strictSame(numbers('101', '1'), [1, 101]);
  t.match(parseRun([], ALL), { config: 'default', accel: 'auto', write: false });
  t.match(parseRun(['--accel', 'tcg', '1', '--accel=kvm'], ALL), { accel: 'kvm', mutations: { length: 1 } });
  t.match(parseRun(['--write', '2', '--config', 'debug'], ALL), {
    config: 'debug',
    write: true,
    mutations: { length: 1 },
  });
  t.equal(parseRun(['--base', 'v6.12', '1'], ALL).base, 'v6.12');
  t.match(parseRun(['--config=debug'], ALL), { config: 'debug', write: false });
  for (const [args, message] of [
    [['3', '1', '7'], /^no mutation 3, 7; there are 1-2, 101$/],
    [['--wirte'], /^--wirte is no option/],
    [['--config'], /--config needs the name/],
    [['--accel', 'xen'], /--accel xen: it is one of auto, kvm, tcg/],
    [['--config', '--write'], /--config needs the name/],
    [['--config='], /--config needs/],
    [['1-3'], /^1-3 is no option and no number/],
  ] as const)
    t.throws(
      () => parseRun(args, ALL),
      { code: 'E_USAGE', exitCode: 2, message, next: /^node --import tsx selftests\/mutations\/run\.ts/ },
      args.join(' '),
    );
});

t.test('the verdict: everything is caught by tests that pass without it', async (t) => {
  const found = (number: number, passed: number, caught: number): Found => ({
    mutation: mutation(number),
    passed,
    caught: Array.from({ length: caught }, () => ({ topic: 'a', test: 'x', how: '' })),
  });
  t.ok(allCaught([found(0, 9, 0), found(1, 8, 1), found(2, 0, 9)]));
  t.notOk(allCaught([found(0, 9, 0), found(1, 8, 1), found(2, 9, 0)]), 'one was not caught');
  t.notOk(allCaught([found(0, 9, 1), found(1, 8, 1)]), 'the tests fail by themselves');
  t.notOk(allCaught([found(0, 0, 0), found(1, 8, 1)]), 'the control tested nothing');
  t.notOk(allCaught([found(0, 9, 0)]), 'nothing was broken');
  t.notOk(allCaught([]));
});

const tested = (name: string, status: TestRecord['status'], message?: string): TestRecord => ({
  name,
  status,
  reason: '',
  ms: 0,
  assertions: 0,
  failures: message === undefined ? [] : [{ message, detail: '' }],
});
const topicOf = (topic: string, tests: readonly TestRecord[]): TopicRecord => ({
  topic,
  file: '',
  log: '',
  ms: 0,
  tests,
});

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

interface Scripted extends GuestSource {
  /** What was asked of the guest and of the topics, in order. */
  readonly asked: string[];
  readonly session: { kvmTrouble: string | null; boots: { console: string; ms: number; death: Death | null }[] };
  closed: number;
}

/** One guest for all topics. */
function scripted(refuse = false): Scripted {
  const asked: string[] = [];
  const boots: Scripted['session']['boots'] = [];
  const session = {
    kvmTrouble: null,
    pids: () => [],
    boots,
    ready: async () => {
      if (boots.at(-1)?.death === null) return;
      boots.push({ console: '', ms: 1, death: null });
      asked.push(`boot ${boots.length}`);
    },
    call: async (op: string, { path, data }: { path: string; data: string }) => {
      asked.push(`${op} ${basename(path)}=${data}`);
      return refuse ? { ok: false, message: 'no such file' } : { ok: true };
    },
    endTopic: async () => [],
  };
  const guests: Scripted = {
    asked,
    session,
    closed: 0,
    for: async () => ({ session, server: { path: '/session' } }) as unknown as Driven,
    close: async () => void (guests.closed += 1),
  };
  return guests;
}

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

const TCG: AccelChoice = { accel: 'tcg', reason: '' };
const KVM: AccelChoice = { accel: 'kvm', reason: 'it spoke' };

t.test('a guest for the topics that run in turn and one for the others, each opened when it is needed', async (t) => {
  const log: string[] = [];
  const open = async (_: AccelChoice, inTurn: boolean): Promise<Opened> => {
    log.push(`open ${inTurn ? 'in turn' : 'parallel'}`);
    if (broken && !inTurn) throw new WorkbenchError('E_BOOT', 'does not boot');
    return {
      ...(await scripted().for('')),
      close: async () => void log.push(`close ${inTurn ? 'in turn' : 'parallel'}`),
    };
  };
  let broken = false;
  const guests = guestsByKind(TCG, silentLog, open);
  const [first, second, other] = [
    await guests.for('tail-call'),
    await guests.for('defects'),
    await guests.for('buffer-race'),
  ];
  t.equal(first, second);
  t.not(first, other);
  t.equal(await guests.for('buffer-order'), other);
  await guests.close();
  t.strictSame(log.splice(0), ['open in turn', 'open parallel', 'close in turn', 'close parallel']);
  const quick = guestsByKind(KVM, silentLog, open);
  t.equal(await quick.for('tail-call'), await quick.for('buffer-race'));
  t.strictSame(log.splice(0), ['open parallel'], 'with KVM there is one kind');
  broken = true;
  const failing = guestsByKind(TCG, silentLog, open);
  await failing.for('tail-call');
  await t.rejects(failing.for('buffer-race'), { code: 'E_BOOT' });
  await failing.close();
  t.strictSame(
    log,
    ['open in turn', 'open parallel', 'close in turn'],
    'what was opened is closed, whatever became of the other',
  );
});

t.test(
  'mutations whose guest is not to be had under KVM: in emulation, by kind, and what was found before is forgotten',
  async (t) => {
    const log: string[] = [];
    const open = async ({ accel }: AccelChoice, inTurn: boolean): Promise<Opened> => {
      log.push(`${accel} ${inTurn ? 'in turn' : 'parallel'}`);
      const { session } = scripted();
      const opened = {
        session,
        server: { path: '' },
        close: async () => void log.push(`close ${accel}`),
      } as unknown as Opened;
      if (accel === 'kvm') kvm = session;
      return opened;
    };
    let kvm: Scripted['session'] | undefined;
    const giveUp: typeof giveUpKvm = (choice, seen) => (
      log.push(`given up: ${seen}, ${choice.reason}`), { choice: TCG, learn: () => void log.push('learned') }
    );
    const guests = guestsByKind(KVM, silentLog, open, giveUp);
    const ran: string[] = [];
    const found = await runMutations(
      stage(t.testdir({})),
      guests,
      [mutation(1, 'a')],
      () => undefined,
      async ({ topic, log: file }) => {
        ran.push(basename(file, '.tap'));
        const stops = ran.length === 2 && kvm !== undefined;
        if (stops && kvm !== undefined) kvm.kvmTrouble = 'it stopped';
        return topicOf(topic, [tested('one', stops ? 'failed' : 'passed')]);
      },
    );
    t.strictSame(ran, ['0-a', '1-a', '1-a']);
    t.strictSame(
      found.map((one) => one.caught.length),
      [0, 0],
      'a guest that KVM lost caught nothing',
    );
    t.strictSame(log, [
      'kvm parallel',
      'given up: it stopped, it spoke',
      'tcg in turn',
      'learned',
      'close kvm',
      'close tcg',
    ]);
  },
);

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

t.test('a tree that differs from the series: with patches on top, or the base; the series is left alone', async (t) => {
  const { root, kernel, base, head } = appliedSeries(t);
  const ctx = stage(root);
  const patch = join(root, 'x.patch');
  writeFileSync(patch, DIFF);
  const series = await variantTree(ctx, { name: 'x', from: 'series', patches: [patch] });
  t.equal(series.worktree, join(cachePaths().worktrees, 'variant-x'));
  t.match(series, { base: 'v6.12', version: '6.12.1', baseCommit: base });
  const core = (): string => readFileSync(join(series.worktree, 'kernel/core.c'), 'utf8');
  t.match(core(), /^broken line 1\n/);
  t.strictSame(
    git(series.worktree, 'rev-parse', 'HEAD', 'HEAD^', 'HEAD^{tree}').split('\n', 3),
    [series.head, head, series.tree],
    'committed on top of the series: a build is keyed by its tree',
  );
  t.match(await variantTree(ctx, { name: 'x', from: 'base' }), { worktree: series.worktree, head: base });
  t.match(core(), /^core line 1\n/);
  t.notOk(existsSync(join(series.worktree, 'new.c')));
  t.strictSame([git(kernel, 'rev-parse', 'HEAD').trim(), git(kernel, 'status', '--porcelain')], [head, '']);
});

t.test("a run on such a tree leaves records that are not taken for the series'", async (t) => {
  const run = openVariantRun(t.testdir({}), 'kernel');
  t.equal(run.write('build.default', { stage: 'build' }), join(run.dir, 'variant.build.default.json'));
});

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
      otherKernel: async (_, config, kernel) => (seen.push(config.dotconfig, kernel), '/bench/base.bzImage'),
      compilePrograms: async (_, build: BuildRecord) => (
        seen.push(build.bzImage), { dir: '/progs', compiled: [], reused: [], ms: 0 }
      ),
      chooseAccel: async () => TCG,
      runTopics: async ({ build, topics, env }: RunTopics) => (
        seen.push(build.bzImage, topics, env), { topics: [topicOf('same-type-unchanged', tests)], boots: [] }
      ),
    });
    const [writes, needsSeries] = [tested('writes', 'passed'), tested('needs the series', 'failed')];
    t.equal(await writeGolden(ctx, 'auto', stages(writes, needsSeries)), 0);
    t.strictSame(seen, [
      series.dotconfig,
      'base',
      series.bzImage,
      '/bench/base.bzImage',
      ['same-type-unchanged'],
      { WRITE_GOLDEN: '1' },
    ]);
    t.equal(await writeGolden(ctx, 'auto', stages(tested('writes', 'failed'), needsSeries)), 1);
    t.equal(await writeGolden(ctx, 'auto', stages()), 1, 'a topic that told nothing wrote nothing');
  },
);
