import t from 'tap';
import { formatDiag, readTap } from './tap-result.ts';

const GOOD_END = { exitCode: 0, signal: null, timedOut: false };
const BAD_END = { exitCode: 1, signal: null, timedOut: false };

const NESTED = `TAP version 14
# Subtest: one
    ok 1 - a
    ok 2 - b
    1..2
ok 1 - one # time=12.5ms

ok 2 - two # SKIP no such kernel
1..2
`;

t.test('tests are the outer lines, assertions are counted below them', async (t) => {
  t.match(readTap(NESTED, GOOD_END), [
    { name: 'one', status: 'passed', assertions: 2, ms: 13 },
    { name: 'two', status: 'skipped', reason: 'no such kernel' },
  ]);
});

t.test('a failure is told by its deepest assertion', async (t) => {
  const text = `TAP version 14
# Subtest: one
    ok 1 - a
    not ok 2 - should be equal
      ---
      found: 1
      wanted: 2
      stack: noise
      ...
    1..2
not ok 1 - one
1..1
`;
  t.match(readTap(text, BAD_END), [
    { name: 'one', status: 'failed', failures: [{ message: 'should be equal', detail: 'found: 1\nwanted: 2' }] },
  ]);
});

const STRICT = [
  { says: 'nothing at all', text: '', end: GOOD_END, message: /no test ran/ },
  { says: 'a plan of nothing', text: 'TAP version 14\n1..0\n', end: GOOD_END, message: /no test ran/ },
  { says: 'no plan', text: 'TAP version 14\nok 1 - a\n', end: GOOD_END, message: /no plan/ },
  {
    says: 'fewer tests than planned',
    text: 'TAP version 14\n1..3\nok 1 - a\n',
    end: GOOD_END,
    message: /1 tests of 3 planned/,
  },
  {
    says: 'an exit code without a failure',
    text: 'TAP version 14\nok 1 - a\n1..1\n',
    end: { ...BAD_END, exitCode: 7 },
    message: /exited with 7 although no test failed/,
  },
  {
    says: 'a failure without an exit code',
    text: 'TAP version 14\nnot ok 1 - a\n1..1\n',
    end: GOOD_END,
    message: /exited with 0 although/,
  },
  {
    says: 'a killed process',
    text: 'TAP version 14\nok 1 - a\n1..1\n',
    end: { exitCode: null, signal: 'SIGKILL', timedOut: false },
    message: /ended by SIGKILL/,
  },
  {
    says: 'a process that took too long',
    text: 'TAP version 14\nok 1 - a\n',
    end: { exitCode: null, signal: 'SIGKILL', timedOut: true },
    message: /took too long/,
  },
  {
    says: 'a bail-out',
    text: 'TAP version 14\nok 1 - a\nBail out! enough\n',
    end: BAD_END,
    message: /bail out: enough/,
  },
] as const;

for (const { says, text, end, message } of STRICT) {
  t.test(`${says} is a failure`, async (t) => {
    const failed = readTap(text, end).flatMap((test) => test.failures);
    t.ok(
      failed.some((failure) => message.test(failure.message)),
      JSON.stringify(failed.map((f) => f.message)),
    );
  });
}

t.test('an inner failure below an outer ok is a failure', async (t) => {
  const text = 'TAP version 14\n# Subtest: one\n    not ok 1 - inner\n    1..1\nok 1 - one\n1..1\n';
  t.match(readTap(text, GOOD_END)[0], { name: 'one', status: 'failed', failures: [{ message: 'inner' }] });
});

t.test('a subtest without a plan is a failure', async (t) => {
  const text = 'TAP version 14\n# Subtest: one\n    ok 1 - inner\nok 1 - one\n1..1\n';
  t.equal(readTap(text, GOOD_END)[0]?.status, 'failed');
});

t.test('skips need reasons, and nothing is left to do', async (t) => {
  const text = 'TAP version 14\nok 1 - a # SKIP\nnot ok 2 - b # TODO later\n1..2\n';
  t.match(readTap(text, GOOD_END), [
    { status: 'failed', failures: [{ message: 'skipped without a reason' }] },
    { status: 'failed' },
    ...readTap(text, GOOD_END).slice(2),
  ]);
});

/**
 * As the kernel prints them: a plan right behind the version, children by 2 columns and before their parent's result.
 */
const KTAP_LINES: Readonly<Record<string, string>> = {
  'a child': 'KTAP version 1\n1..1\n  KTAP version 1\n  1..2\n  ok 1 a\n  not ok 2 b\nok 1 outer\n',
  'a grandchild':
    'KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n    KTAP version 1\n    1..1\n    not ok 1 b\n' +
    '  ok 1 inner\nok 1 outer\n',
  'a child that is missing': 'KTAP version 1\n1..1\n  KTAP version 1\n  1..3\n  ok 1 a\n  ok 2 b\nok 1 outer\n',
  'a child without a version': 'KTAP version 1\n1..1\n  1..2\n  ok 1 a\n  not ok 2 b\nok 1 outer\n',
  'a child by two columns in TAP': 'TAP version 14\n  # Subtest: outer\n  1..1\n  not ok 1 b\nok 1 - outer\n1..1\n',
  'a child by four columns, of KUnit':
    'KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: outer\n    1..1\n    not ok 1 b\nok 1 outer\n',
  'a child with the prefix of kselftest':
    'TAP version 13\n1..1\n# timeout set to 45\n# TAP version 13\n# 1..1\n# not ok 1 b\nok 1 outer\n',
  'a child that says nothing': 'KTAP version 1\n1..1\n  KTAP version 1\nok 1 outer\n',
  'a child that plans nothing': 'KTAP version 1\n1..1\n  KTAP version 1\n  1..0\nok 1 outer\n',
  'a test that ran out of time': 'KTAP version 1\n1..1\nok 1 outer # TIMEOUT 45 seconds\n',
  'a child by two columns in TAP, with a version':
    'TAP version 14\n1..1\n  KTAP version 1\n  1..1\n  not ok 1 b\nok 1 outer\n',
  'a child of a subtest of TAP, by two columns more':
    'TAP version 14\n# Subtest: outer\n    1..1\n      KTAP version 1\n      1..1\n      not ok 1 b\n    ok 1 x\n' +
    'ok 1 outer\n1..1\n',
  'a run of kselftest within itself':
    'TAP version 13\n1..1\n# TAP version 13\n# 1..1\n# # TAP version 13\n# # 1..1\n# # not ok 1 b\n# ok 1 a\n' +
    'ok 1 outer\n',
  'a child inside of TAP':
    'TAP version 14\n# Subtest: outer\n    KTAP version 1\n    1..1\n      KTAP version 1\n      1..1\n' +
    '      not ok 1 b\n    ok 1 inner\nok 1 - outer\n1..1\n',
};

t.test('KTAP: a child that is not ok, or not there, fails its parent that says ok', async (t) => {
  for (const [says, text] of Object.entries(KTAP_LINES)) {
    const [outer] = readTap(text, GOOD_END);
    t.match(outer, { name: /^outer/, status: 'failed' }, says);
  }
  t.match(readTap(KTAP_LINES['a child'] ?? '', GOOD_END)[0]?.failures, [{ message: 'b' }]);
});

t.test('KTAP in which all is well passes, with its children counted and its skips', async (t) => {
  const text =
    'KTAP version 1\n1..2\n  KTAP version 1\n  1..2\n  # a diagnostic line\n  ok 1 a\n  ok 2 b\nok 1 outer\n' +
    'ok 2 other # SKIP no such device\n';
  t.match(readTap(text, GOOD_END), [
    { name: 'outer', status: 'passed', assertions: 2 },
    { name: 'other', status: 'skipped', reason: 'no such device' },
  ]);
  t.equal(readTap(text, GOOD_END).length, 2);
});

/**
 * By 2 columns, by 4, behind "# ", between tests of TAP, with a device that is not there, with words of another writer.
 */
const ALL_WELL = [
  'KTAP version 1\n1..1\n  KTAP version 1\n  1..1\nwords of a program\n  ok 1 a\nok 1 outer\n',
  'KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: outer\n    # module: m\n    1..1\n    ok 1 a\n' +
    '# Totals: pass:1\nok 1 outer\n',
  'TAP version 13\n1..1\n# TAP version 13\n# 1..1\n# ok 1 a\n# # Totals: pass:1\nok 1 outer\n',
  'KTAP version 1\n1..2\n  KTAP version 1\n  1..0 # SKIP no device\nok 1 none # SKIP no device\n  1..1\n' +
    '  ok 1 a\nok 2 outer\n',
  'TAP version 14\n# Subtest: outer\n    ok 1 - a\n    1..1\nok 1 - outer\n  1..1\n  ok 1 b\nok 2 - b\n' +
    '# Subtest: c\n    ok 1 - c\n    1..1\nok 3 - c\n1..3\n',
];

t.test('children in each form that people print them in are read, and pass', async (t) => {
  for (const text of ALL_WELL)
    t.strictSame(
      readTap(text, GOOD_END).filter(({ failures }) => failures.length > 0),
      [],
      text,
    );
});

t.test('KTAP that stops, or counts wrongly, is a failure', async (t) => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ['KTAP version 1\n', /no test ran/],
    ['KTAP version 1\n1..2\nok 1 a\nok 1 a\n', /test 2 has the number 1/],
    ['KTAP version 1\n1..1\n  KTAP version 1\n  1..2\n  ok 1 a\n  Bail out! lost\n', /bail out: lost/],
    ['KTAP version 1\n1..1\nok 1 a\n  KTAP version 1\n  1..1\n  not ok 1 b\n', /a subtest has no result/],
  ];
  for (const [text, message] of rows)
    t.match(
      readTap(text, GOOD_END).flatMap(({ failures }) => failures),
      [{ message }],
      text,
    );
});

t.test('what a failure of TAP prints is no child', async (t) => {
  const text = 'TAP version 14\nnot ok 1 - a\n  ---\n  found: |\n    x\n  ok 1 - of what was found\n  ...\n1..1\n';
  t.match(readTap(text, BAD_END), [{ name: 'a', status: 'failed', assertions: 0 }]);
  t.equal(readTap(text, BAD_END).length, 1);
});

t.test('a bigint is told as it is, and does not end the run', async (t) => {
  const diag = '  ---\n  found: !bigint 18446744073709551615\n  frames:\n    - !bigint 1\n  ...\n';
  const [test] = readTap(`TAP version 14\nnot ok 1 - a\n${diag}1..1\n`, BAD_END);
  t.match(test?.failures[0]?.detail, /^found: "18446744073709551615n"\nframes:/);
  t.equal(formatDiag({ found: 2n ** 64n - 1n }), 'found: "18446744073709551615n"');
});
