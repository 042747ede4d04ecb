/** From what two kernels said to a verdict, and to words. */
import t from 'tap';
import type { KernelTest } from '../records/regress.ts';
import type { ClientSide } from '../records/clients.ts';
import { differencesOf } from '../regress/compare.ts';
import { check, type Client } from './client.ts';
import { EXPLAINED, explain, unusedOf, type Explained } from './explained.ts';
import { jobOf, judgeWith, prepare, skipsOf } from './jobs.ts';
import { CLIENTS, select } from './list.ts';
import { bootstrapArgv } from '../host/debian-root.ts';
import { HOW, rootDir } from './root-plan.ts';
import { clientTables, clientTotals, formatClients } from './tables.ts';

const client = (suite: string, name: string): Client => ({
  suite,
  name,
  packages: [suite],
  script: `${suite} --version`,
  seconds: 1,
  read: (text) => [check('it speaks', text !== '', 'nothing')],
});
const test = (name: string, status: KernelTest['status'] = 'passed'): KernelTest => ({
  suite: 'bpftool',
  name,
  status,
  why: status === 'passed' ? '' : `it ${status}`,
});
const ROW: Explained = { suite: 'bpftool', name: 'features: helpers * bpf_new', kind: 'new', reason: 'a new helper' };

t.test('every client is another one, can be asked for by its suite or name, and has a limit', async (t) => {
  t.equal(new Set(CLIENTS.map(({ suite, name }) => `${suite} ${name}`)).size, CLIENTS.length);
  for (const { suite } of CLIENTS) t.ok(select([suite]).clients.every((one) => one.suite === suite));
  t.strictSame(select([]), { clients: CLIENTS, unknown: [] });
  const two = [client('perf', 'cpu-clock'), client('bcc', 'execsnoop')];
  t.strictSame(select(['exec*', 'perk'], two), { clients: two.slice(1), unknown: ['perk'] });
  t.ok(CLIENTS.every(({ seconds, packages }) => seconds > 0 && packages.length > 0));
});

t.test('a job of another kernel or root is another job, and its end is a result of its own', async (t) => {
  const one = client('perf', 'cpu-clock');
  t.notSame(jobOf(one, 'a'), jobOf(one, 'b'));
  t.match(jobOf(one, 'a').argv, [
    'env',
    /=a$/,
    'chroot',
    /^\/run\//,
    'bash',
    '-c',
    /TMPDIR=\/tmp .*; cd \/tmp; perf --version$/,
  ]);
  const judge = judgeWith([one]);
  const job = jobOf(one, 'a');
  t.strictSame(
    judge(job, { text: 'x', exitCode: 0, why: '' }).tests.map(({ name, status }) => [name, status]),
    [
      ['cpu-clock', 'passed'],
      ['cpu-clock: it speaks', 'passed'],
    ],
  );
  t.match(judge(job, { text: 'no such event', exitCode: 1, why: '' }).tests, [
    { status: 'failed', why: /ended with 1: no such event/ },
    { status: 'passed' },
  ]);
  t.match(judge(job, { text: '', exitCode: null, why: 'the guest panicked' }).tests, [
    { status: 'failed', why: 'the guest panicked' },
    { status: 'failed', why: 'nothing' },
  ]);
});

t.test('the root is mounted where nothing that is written reaches the host', async (t) => {
  const script = prepare('/cache/my root', '/project/in puts');
  t.match(script, /overlay -o \$?'lowerdir=\/cache\/my root,upperdir=\/run\/clients\/upper,/);
  t.notMatch(script, /mount --bind \/cache/);
  t.match(script, /cp -r \$?'\/project\/in puts' \/run\/clients\/root\/root\/clients /);
});

t.test('what a suite of Debian does not have is skipped with the names', async (t) => {
  const all = [client('bpftrace', 'kprobe'), client('dtrace', 'drops')];
  t.strictSame(skipsOf(all, new Set(['bpftrace']), 'bookworm'), [
    { suite: 'dtrace', name: 'drops', status: 'skipped', why: 'bookworm has no dtrace' },
  ]);
});

t.test('every difference is red until a row explains it, also what is new', async (t) => {
  const [old, now] = [
    [test('a'), test('b', 'failed'), test('c')],
    [test('a'), test('b', 'failed')],
  ];
  const found = differencesOf(old, [...now, test('features: helpers kprobe bpf_new'), test('features: other')]);
  t.strictSame(
    explain(found, [ROW]).map(({ name, kind, red, reason }) => [name, kind, red, reason]),
    [
      ['c', 'vanished', true, ''],
      ['b', 'fails on both', true, ''],
      ['features: helpers kprobe bpf_new', 'new', false, 'a new helper'],
      ['features: other', 'new', true, ''],
    ],
  );
  const theirs = { ...test('tst.a.d', 'failed'), suite: 'dtrace' };
  t.match(
    explain(differencesOf([theirs], [theirs])),
    [{ kind: 'fails on both', red: false }],
    "a test of DTrace's own",
  );
  const gone = differencesOf([test('features: helpers kprobe bpf_new')], []);
  t.match(explain(gone, [ROW]), [{ kind: 'vanished', red: true }], 'a row is of one kind of difference');
});

t.test('a row that explains nothing is told, where its suite was run', async (t) => {
  const used = explain(differencesOf([], [test('features: helpers kprobe bpf_new')]), [ROW]);
  t.strictSame(unusedOf(used, ['bpftool'], [ROW]), []);
  t.match(unusedOf([], ['bpftool'], [ROW]), [/nothing is explained by the row bpftool: features/]);
  t.strictSame(unusedOf([], ['perf'], [ROW]), []);
  for (const { reason } of EXPLAINED) t.match(reason, /\S{3}/);
});

t.test('the root of another list or suite is another one, and is made where its end ends all of it', async (t) => {
  const one = { suite: 'unstable', packages: ['perf'] };
  t.not(rootDir('/b', one), rootDir('/b', { ...one, suite: 'bookworm' }));
  t.not(rootDir('/b', one), rootDir('/b', { ...one, packages: ['perf', 'gcc'] }));
  const argv = bootstrapArgv({ ...one, mirror: 'http://m/', how: HOW }, '/b/r');
  t.equal(argv[0], 'unshare');
  t.strictSame(argv.slice(-4), ['--include=perf', 'unstable', '/b/r', 'http://m/']);
});

const side = (kernel: ClientSide['kernel'], tests: readonly KernelTest[]): ClientSide => ({
  kernel,
  tree: 'abc',
  release: '7.3',
  accel: 'tcg',
  tests,
  boots: [],
  reused: false,
  ms: 1,
});

t.test('tables and the last line: what is red counts as failed, also what says nothing', async (t) => {
  const skipped: KernelTest = { suite: 'dtrace', name: 'drops', status: 'skipped', why: 'bookworm has no dtrace' };
  const base = side('base', [test('a'), test('b', 'failed'), test('c'), skipped]);
  const series = side('series', [test('a'), test('b', 'failed'), test('c', 'failed'), test('d'), skipped]);
  const differences = explain(differencesOf(base.tests, series.tests), []);
  const root = { suite: 'bookworm', packages: { bpftool: '7.1' } };
  const tables = clientTables(base, series, ['bpftool', 'dtrace'], differences, root);
  t.match(
    tables.map(({ title, rows }) => [title, rows.length]),
    [
      ['Programs that people use', 3],
      ['What differs', 2],
      ['What fails on both', 1],
      ['What was not run', 1],
    ],
  );
  t.match(tables[0]?.rows[0], { label: 'bpftool', cells: ['2 / 1 / 0', '2 / 2 / 0'] });
  t.strictSame(clientTotals({ series, differences }), { passed: 1, failed: 3, skipped: 1 });
  const record = { stage: 'clients', head: 'h', ok: false, whole: true, problems: ['1 tests: fails'] } as const;
  const text = formatClients({ ...record, differences, ...root, base, series, tables, ms: 1 });
  t.match(text, /c: passed; failed; fails: not explained; it failed\n/);
  t.match(text, /\n1 tests: fails\n1 passed, 3 failed, 1 skipped$/);
});
