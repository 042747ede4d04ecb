import t from 'tap';
import { jobsOf, judgeJob, type Job, type JobEnd } from './jobs.ts';

const progs = (count: number): { name: string; file: string }[] =>
  Array.from({ length: count }, (_, at) => ({ name: `test${at}`, file: 'f' }));
const only = { progs: [], verifier: false, perf: [] };
const ended = (text: string, exitCode: number | null = 0): JobEnd => ({ text, exitCode, why: '' });
const died = (text: string): JobEnd => ({ text, exitCode: null, why: "the guest's kernel panicked" });

function progsJob(...names: string[]): Job {
  const [job] = jobsOf('/d', { ...only, progs: names.map((name) => ({ name, file: 'f' })) }, []);
  if (job === undefined) throw new Error('no job');
  return job;
}

t.test('a few tests a start, every test once, each suite in its directory', async (t) => {
  const jobs = jobsOf('/d', { progs: progs(19), verifier: true, perf: ['mmap'] }, ['--watchdog-timeout', '300']);
  const [first] = jobs;
  t.match(first, { suite: 'test_progs', cwd: '/d/tools/testing/selftests/bpf' });
  t.strictSame(first?.argv.slice(0, 4), ['./test_progs', '--watchdog-timeout', '300', '--allow']);
  t.equal(first?.argv.at(-1), first?.names.join(','));
  const all = jobs.filter(({ suite }) => suite === 'test_progs').flatMap(({ names }) => names);
  t.strictSame(
    all.sort(),
    progs(19)
      .map(({ name }) => name)
      .sort(),
  );
  t.match(jobs.slice(-2), [
    { suite: 'test_verifier', argv: ['./test_verifier'] },
    { suite: 'perf_events', argv: ['./mmap'], cwd: '/d/tools/testing/selftests/perf_events' },
  ]);
  t.strictSame(jobsOf('/d', only, []), []);
});

t.test('tests without a result are run alone, and what came before the end counts', async (t) => {
  const { tests, again } = judgeJob(progsJob('a', 'b', 'c'), died('#1 a:OK\n#2/1 b/x:OK\n'));
  t.match(tests, [{ suite: 'test_progs', name: 'a', status: 'passed' }]);
  t.equal(tests.length, 1, 'a subtest of a test that is run again comes again');
  t.strictSame(
    again.map(({ names, argv }) => [names, argv.at(-1)]),
    [
      [['b'], 'b'],
      [['c'], 'c'],
    ],
  );
});

t.test('alone, a test without a result failed, with the reason', async (t) => {
  const dead = judgeJob(progsJob('b'), died('#2/1 b/x:OK\n'));
  t.match(dead.tests, [
    { name: 'b/x', status: 'passed' },
    { name: 'b', status: 'failed', why: "the guest's kernel panicked" },
  ]);
  t.strictSame(dead.again, []);
  t.match(judgeJob(progsJob('b'), ended('', 139)).tests, [{ name: 'b', status: 'failed', why: /ended with 139/ }]);
});

t.test('test_verifier: the test in progress is named; a run that said nothing failed as a whole', async (t) => {
  const [job] = jobsOf('/d', { ...only, verifier: true }, []);
  if (job === undefined) throw new Error('no job');
  t.match(judgeJob(job, died('#0/p first OK\n#1/p second ')).tests, [
    { suite: 'test_verifier', name: 'first', status: 'passed' },
    { name: 'second', status: 'failed', why: /panicked/ },
  ]);
  t.match(judgeJob(job, ended('no module\n', 1)).tests, [
    { name: 'the whole run', status: 'failed', why: /ended with 1/ },
  ]);
  const good = judgeJob(job, ended('#0/p first OK\nSummary: 1 PASSED, 0 SKIPPED, 0 FAILED\n'));
  t.match(good.tests, [{ name: 'first', status: 'passed' }]);
  t.equal(good.tests.length, 1);
});

t.test('perf_events: TAP, with the name of the program', async (t) => {
  const [job] = jobsOf('/d', { ...only, perf: ['watermark'] }, []);
  if (job === undefined) throw new Error('no job');
  const tap = 'TAP version 13\n1..2\nok 1 global.one\nok 2 global.two # SKIP no PMU\n# Totals\n';
  t.strictSame(
    judgeJob(job, ended(tap)).tests.map(({ suite, name, status, why }) => [suite, name, status, why]),
    [
      ['perf_events', 'watermark: global.one', 'passed', ''],
      ['perf_events', 'watermark: global.two', 'skipped', 'no PMU'],
    ],
  );
  const failing = [
    'TAP version 13',
    '1..2',
    '# Starting 2 tests from 1 test cases.',
    '#  RUN           remove_on_exec.fork_only ...',
    '# remove_on_exec.c:90:fork_only:Expected self->fd (-1) != -1 (-1)',
    '# fork_only: Test terminated by assertion',
    '#          FAIL  remove_on_exec.fork_only',
    'not ok 1 remove_on_exec.fork_only',
    '#  RUN           remove_on_exec.exec_stress ...',
    '#            OK  remove_on_exec.exec_stress',
    'ok 2 remove_on_exec.exec_stress',
    '# FAILED: 1 / 2 tests passed.',
    '# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0',
  ];
  t.match(judgeJob(job, ended(failing.join('\n'), 1)).tests, [
    { status: 'failed', why: /^remove_on_exec\.c:90:fork_only:Expected self->fd \(-1\) != -1 \(-1\)\nfork_only: Test/ },
    { status: 'passed', why: '' },
  ]);
  t.match(judgeJob(job, ended('', 1)).tests, [{ status: 'failed' }], 'nothing said is a failure');
  t.match(judgeJob(job, died('TAP version 13\n1..2\nok 1 global.one\n')).tests, [
    { name: 'watermark: global.one', status: 'passed' },
    { status: 'failed', why: /panicked/ },
  ]);
});
