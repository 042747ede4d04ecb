/** How we react to guests that die and hang: the guests are stand-ins, moved by the test. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { BootGuest } from '../guest/boot-guest.ts';
import { Guest } from '../guest/client.ts';
import { silentLog } from '../lib/log.ts';
import { openRun } from '../lib/record.ts';
import { buildRecord, configRecord, sourceTree } from '../testing/records.ts';
import { scriptedGuest, type ScriptedGuest } from '../testing/scripted-guest.ts';
import type { TestTree } from './build-tests.ts';
import { jobStore } from './job-store.ts';
import { jobsOf, judgeJob } from './jobs.ts';
import { runTests, type Ran, type StartGuest } from './run-tests.ts';

/** What a guest does of a job: it prints, and then it ends, dies, or does neither. */
interface Act {
  readonly prints: string;
  readonly ends?: 'panics' | 'hangs';
}

/** @param acts of each guest, a job each */
async function run(
  t: Test,
  names: readonly string[],
  acts: readonly (readonly Act[])[],
  store = t.testdir({}),
  ready = 0,
): Promise<Ran & { booted: BootGuest[] }> {
  const root = join(store, 'root');
  mkdirSync(root, { recursive: true });
  const booted: BootGuest[] = [];
  const start: StartGuest = async (options) => {
    const mine = [...(acts[booted.length] ?? [])];
    booted.push(options);
    let act: Act | undefined;
    const answer = (op: string): unknown => {
      if (op === 'exec') return { exitCode: ready, stderr: 'mount: unknown file system' };
      if (op === 'spawn') act = mine.shift();
      if (op === 'spawn') return { process: 1, pid: 1 };
      if (op !== 'process.waitOutput') return {};
      if (act?.ends === 'panics' && guest.vm.death === null)
        guest.say(
          '[    9.1] Kernel panic - not syncing: Fatal exception 4711',
          '[    9.2] ---[ end Kernel panic - not syncing ]---',
        );
      const over = act?.ends === undefined;
      return { found: over, stdout: `${act?.prints ?? ''}${over ? 'regress: over 0\n' : ''}`, stderr: '' };
    };
    const guest: ScriptedGuest = await scriptedGuest(answer);
    t.teardown(() => guest.remove());
    const facts = { slowness: acts.flat().some(({ ends }) => ends === 'hangs') ? 0.0001 : 1 } as Guest['facts'];
    return {
      guest: new Guest(guest.vm, facts),
      vm: guest.vm,
      bootMs: 1,
      accel: options.accel,
      stop: () => guest.vm.stop(),
    };
  };
  const tree: TestTree = {
    kernel: 'series',
    dir: join(root, 'tests'),
    tree: 'a',
    bzImage: '/tests/bzImage',
    vmlinux: '/tests/notes',
    release: '6.12',
    leftOut: [],
  };
  const ctx = {
    root,
    log: silentLog,
    signal: new AbortController().signal,
    dryRun: false,
    run: openRun(root, 'regress'),
  };
  const progs = names.map((name) => ({ name, file: 'f' }));
  const jobs = jobsOf(tree.dir, { progs, verifier: false, perf: [] }, []);
  const build = buildRecord(configRecord(sourceTree(root)));
  const ran = await runTests(
    ctx,
    tree,
    build,
    { accel: 'tcg', reason: '' },
    jobs,
    { command: 'regress', prepare: 'true', judge: judgeJob, store: jobStore('tcg', false, store) },
    start,
  );
  return { ...ran, booted };
}

t.test(
  'one guest for all jobs, with the kernel of the tests, and no CPU beside another one in emulation',
  async (t) => {
    const { tests, boots, booted } = await run(t, ['a'], [[{ prints: '#1 a:OK\n' }]]);
    t.strictSame(
      tests.map(({ name, status }) => [name, status]),
      [['a', 'passed']],
    );
    t.match(boots, [{ end: 'stopped' }]);
    t.match(booted, [{ build: { bzImage: '/tests/bzImage', vmlinux: '/tests/notes' }, inTurn: true }]);
  },
);

t.test('a guest that cannot be made ready runs nothing', async (t) => {
  await t.rejects(run(t, ['a'], [[{ prints: '#1 a:OK\n' }]], t.testdir({}), 1), {
    code: 'E_BOOT',
    detail: /unknown file system/,
    next: /^less /,
  });
});

t.test('a kernel that dies: the test in progress is named, the rest runs in a new guest', async (t) => {
  const { tests, boots } = await run(
    t,
    ['a', 'b', 'c'],
    [[{ prints: '#1 a:OK\n', ends: 'panics' }], [{ prints: '', ends: 'panics' }], [{ prints: '#3 c:OK\n' }]],
  );
  const found = tests.filter(({ suite }) => suite === 'test_progs');
  t.match(found, [
    { name: 'a', status: 'passed' },
    { name: 'b', status: 'failed', why: /panicked/ },
    { name: 'c', status: 'passed' },
  ]);
  t.equal(found.length, 3);
  const kernel = tests.filter(({ suite }) => suite === 'kernel');
  t.match(kernel, [
    { status: 'failed', name: /panicked: .* exception N$/, why: /^during test_progs a b c\n[\s\S]*Kernel panic/ },
    { status: 'failed', why: /^during test_progs b\n/ },
  ]);
  t.match(boots, [{ end: 'panic' }, { end: 'panic' }, { end: 'stopped' }]);
});

t.test('a test without an end fails, and what is behind it runs in a new guest', async (t) => {
  const { tests, boots } = await run(t, ['a'], [[{ prints: '#1/1 a/x:OK\n', ends: 'hangs' }]]);
  t.match(tests, [
    { name: 'a/x', status: 'passed' },
    { name: 'a', status: 'failed', why: /^no end after/ },
  ]);
  t.match(boots, [{ end: 'hang', reason: /no end/ }], 'and a death at the end stays one in the record');
});

t.test('what was run is not run again, unless it is asked for; what died is', async (t) => {
  const store = t.testdir({});
  const names = Array.from({ length: 9 }, (_, at) => `t${at}`);
  const lines = (some: readonly string[]): string => some.map((name, at) => `#${at} ${name}:OK\n`).join('');
  const [first, last] = [names.slice(0, 8), names.slice(8)];
  const panics = { prints: '', ends: 'panics' } as const;
  const broken = await run(t, names, [[{ prints: lines(first) }, panics]], store);
  t.match(broken.tests.at(8), { name: 't8', status: 'failed' });
  const mended = await run(t, names, [[{ prints: lines(last) }]], store);
  t.equal(mended.tests.filter(({ status }) => status === 'passed').length, 9);
  t.equal(mended.booted.length, 1);
  const known = await run(t, names, [], store);
  t.strictSame(known.tests, mended.tests);
  t.match(known, { booted: { length: 0 }, boots: { length: 0 } });
});

t.test('--again forgets what was kept before, and keeps what comes', async (t) => {
  const place = t.testdir({});
  const [job] = jobsOf('/d', { progs: [], verifier: true, perf: [] }, []);
  if (job === undefined) throw new Error('no job');
  const kept = { end: { text: '#0/p a OK\n', exitCode: 0, why: '' }, said: [] };
  jobStore('tcg', false, place).keep(job, kept);
  t.equal(jobStore('kvm', false, place).known(job), undefined, 'of another accelerator');
  t.strictSame(jobStore('tcg', false, place).known(job), kept, 'the output, which is read each time');
  const anew = jobStore('tcg', true, place);
  t.equal(anew.known(job), undefined);
  anew.keep(job, kept);
  t.strictSame(anew.known(job), kept);
});
