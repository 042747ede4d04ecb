import t from 'tap';
import { readTestProgs, readTestVerifier } from './read-results.ts';

t.test('test_progs: a line for each test and subtest', async (t) => {
  const text = [
    '#3/1     arrays/one:OK',
    '#3/2     arrays/two: with a colon:OK',
    '#3       arrays:OK',
    '#7       events:SKIP',
    '#8       later:SKIP (not built)',
    '#9/1     both/here:OK',
    '#9/2     both/there:SKIP',
    '#9       both:OK (SKIP: 1/2)',
    'Summary: 2/3 PASSED, 1 SKIPPED, 0 FAILED',
  ].join('\n');
  t.match(
    readTestProgs(text).find(({ name }) => name === 'later'),
    { why: 'not built' },
  );
  t.strictSame(
    readTestProgs(text).map(({ name, status }) => [name, status]),
    [
      ['arrays/one', 'passed'],
      ['arrays/two: with a colon', 'passed'],
      ['arrays', 'passed'],
      ['events', 'skipped'],
      ['later', 'skipped'],
      ['both/here', 'passed'],
      ['both/there', 'skipped'],
      ['both', 'passed'],
    ],
  );
});

t.test('test_progs: a failure with what it says, once, although it is printed twice', async (t) => {
  const log = [
    'test_one:PASS:open 0 nsec',
    'test_one:FAIL:load unexpected error: -22 (errno 22)',
    'a line of the verifier',
    '#5/1     chain/one:FAIL',
    '#5       chain:FAIL',
  ];
  const text = [...log, '', 'All error logs:', ...log, 'Summary: 0/0 PASSED, 0 SKIPPED, 1 FAILED'].join('\n');
  t.strictSame(readTestProgs(text), [
    { name: 'chain/one', status: 'failed', why: 'test_one:FAIL:load unexpected error: -22 (errno 22)' },
    { name: 'chain', status: 'failed', why: '' },
  ]);
  const words = 'strange words\n\n#1 alone:FAIL\n';
  const twice = readTestProgs(`${words}\nAll error logs:\n${words}`);
  t.match(twice, [{ why: /^strange words$/ }], 'the last words, where no check failed');
});

t.test('test_progs: the check that failed is the reason, and not those that passed', async (t) => {
  // of Linux 6.12.117 without CONFIG_BPF_LSM
  const log = [
    'test_libbpf_probe_prog_types:PASS:btf_parse 0 nsec',
    'test_libbpf_probe_prog_types:PASS:bpf_prog_type_id 0 nsec',
    '#5/1     libbpf_probe_prog_types/BPF_PROG_TYPE_SOCKET_FILTER:OK',
    'test_libbpf_probe_prog_types:FAIL:BPF_PROG_TYPE_LSM unexpected BPF_PROG_TYPE_LSM: actual 0 != expected 1',
    '#5/29    libbpf_probe_prog_types/BPF_PROG_TYPE_LSM:FAIL',
    '#5/33    libbpf_probe_prog_types/BPF_PROG_TYPE_DTRACE:OK',
    '#5       libbpf_probe_prog_types:FAIL',
  ];
  const again = log.filter((line) => !line.endsWith(':OK'));
  const text = [...log, '', 'All error logs:', ...again, 'Summary: 0/30 PASSED, 0 SKIPPED, 1 FAILED'].join('\n');
  const why = log[3];
  t.strictSame(readTestProgs(text), [
    { name: 'libbpf_probe_prog_types/BPF_PROG_TYPE_SOCKET_FILTER', status: 'passed', why: '' },
    { name: 'libbpf_probe_prog_types/BPF_PROG_TYPE_LSM', status: 'failed', why },
    { name: 'libbpf_probe_prog_types/BPF_PROG_TYPE_DTRACE', status: 'passed', why: '' },
    { name: 'libbpf_probe_prog_types', status: 'failed', why: '' },
  ]);
});

t.test('two tests of one name are two', async (t) => {
  const text = '#1/1 same/x:OK\n#1/2 same/x:FAIL\n#1 same:FAIL\n';
  t.strictSame(
    readTestProgs(text).map(({ name }) => name),
    ['same/x', 'same/x (2)', 'same'],
  );
});

t.test('nothing is no results', async (t) => {
  for (const text of ['', 'Killed\n', '#not a number:OK', 'a #1 b:OK']) t.strictSame(readTestProgs(text), []);
  t.strictSame(readTestVerifier('Failed to load module\n'), { tests: [], running: undefined });
});

t.test('test_verifier: the result stands behind the name, or behind words of the kernel', async (t) => {
  const text = [
    '#0/u add, sub OK',
    '#0/p add, sub OK',
    '#1/u needs a type SKIP',
    '#1/p needs a type SKIP (unsupported program type 26)',
    '#2/p three runs 3 cases OK',
    '#3/p odd address OK (NOTE: not executed due to unknown alignment)',
    '#4/p refused FAIL',
    'Unexpected success to load!',
    '0: (95) exit',
    '#5/p cannot run Did not run the program (not supported) OK',
    '#6/p wrong value (run 1/1) ',
    'processed 3 insns',
    'Summary: 6 PASSED, 2 SKIPPED, 2 FAILED',
  ].join('\n');
  const { tests, running } = readTestVerifier(text);
  t.equal(running, undefined);
  t.strictSame(
    tests.map(({ name, status, why }) => [name, status, why.split('\n')[1] ?? why]),
    [
      ['add, sub (unprivileged)', 'passed', ''],
      ['add, sub', 'passed', ''],
      ['needs a type (unprivileged)', 'skipped', 'no reason given'],
      ['needs a type', 'skipped', '(unsupported program type 26)'],
      ['three runs', 'passed', ''],
      ['odd address', 'passed', ''],
      ['refused', 'failed', 'Unexpected success to load!'],
      ['cannot run', 'passed', ''],
      ['wrong value', 'failed', 'processed 3 insns'],
    ],
  );
});

t.test('test_verifier: what a library says meanwhile is no part of a name', async (t) => {
  // of Linux 6.12.117 without CONFIG_BPF_LSM and IPv6
  const text = [
    '#210/p calls: check_ids() across call boundary OK',
    '#211/p valid 1,2,4,8-byte reads from bpf_sk_lookup FAIL',
    "Failed to load prog 'Invalid argument'!",
    'bpf verifier is misconfigured',
    'processed 108 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0',
    '#507/p sleepable lsm accept libbpf: bpf is not found in vmlinux BTF',
    'FAIL',
    "Failed to find BTF ID for 'bpf'!",
    '#508/p sleepable uprobe accept OK',
    'Summary: 788 PASSED, 0 SKIPPED, 2 FAILED',
  ].join('\n');
  t.strictSame(
    readTestVerifier(text).tests.map(({ name, status }) => [name, status]),
    [
      ['calls: check_ids() across call boundary', 'passed'],
      ['valid 1,2,4,8-byte reads from bpf_sk_lookup', 'failed'],
      ['sleepable lsm accept', 'failed'],
      ['sleepable uprobe accept', 'passed'],
    ],
  );
});

t.test('test_verifier: the test in progress, when the text stops', async (t) => {
  t.match(readTestVerifier('#0/p first OK\n#1/p second '), { tests: [{ name: 'first' }], running: 'second' });
  t.match(readTestVerifier('#0/p first OK\n#1/u'), { tests: [{ name: 'first', status: 'passed' }] });
});
