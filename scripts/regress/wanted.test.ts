import t from 'tap';
import { matchesGlob } from './glob.ts';
import { PERF_PROGRAMS, select, testsIn, unknownToAll } from './wanted.ts';

const SOURCES = new Map([
  ['verifier', 'void test_verifier_and(void) { RUN(verifier_and); }\nvoid test_verifier_movsx(void)\n{\n}\n'],
  ['tailcalls', 'static void test_tailcall_1(void)\n{\n}\n\nvoid test_tailcalls(void)\n{\n}\n'],
  ['libbpf_probes', 'void test_libbpf_probe_prog_types(void)\n{\n}\nvoid serial_test_libbpf_probe_helpers()\n{\n}\n'],
  ['sockmap_basic', 'void test_sockmap_basic(void)\n{\n}\n'],
]);
const TESTS = testsIn(SOURCES);
const names = (asked: readonly string[]): string[] => select(TESTS, asked).progs.map(({ name }) => name);

t.test('tests are what a file defines, and not its subtests', async (t) => {
  t.strictSame(
    TESTS.map(({ name, file }) => `${file}: ${name}`),
    [
      'libbpf_probes: libbpf_probe_helpers',
      'libbpf_probes: libbpf_probe_prog_types',
      'sockmap_basic: sockmap_basic',
      'tailcalls: tailcalls',
      'verifier: verifier_and',
      'verifier: verifier_movsx',
    ],
  );
});

t.test('without a name: the tests of what the series changes, and all of the other suites', async (t) => {
  const all = select(TESTS, []);
  t.strictSame(names([]), [
    'libbpf_probe_helpers',
    'libbpf_probe_prog_types',
    'tailcalls',
    'verifier_and',
    'verifier_movsx',
  ]);
  t.match(all, { verifier: true, perf: PERF_PROGRAMS, unknown: { length: 0 } });
});

t.test('names, patterns and suites, also of tests that are not asked for otherwise', async (t) => {
  t.strictSame(names(['sockmap_basic', 'verifier_*']), ['sockmap_basic', 'verifier_and', 'verifier_movsx']);
  t.match(select(TESTS, ['tailcalls']), { verifier: false, perf: { length: 0 }, unknown: { length: 0 } });
  t.match(select(TESTS, ['test_verifier']), { progs: { length: 0 }, verifier: true, perf: { length: 0 } });
  t.match(select(TESTS, ['perf_events']), { verifier: false, perf: PERF_PROGRAMS });
  t.match(select(TESTS, ['mmap']), { perf: ['mmap'] });
  t.equal(select(TESTS, ['test_progs']).progs.length, TESTS.length);
  t.strictSame(select(TESTS, ['tailcall', 'nothing*', 'mmap']).unknown, ['tailcall', 'nothing*']);
});

t.test('tests that the series brings are among those of its kernel, and no error on the base', async (t) => {
  const brought = new Map([...SOURCES, ['dtrace_buffer', 'void test_dtrace_buffer(void)\n{\n}\n']]);
  const both = (asked: readonly string[]): string[] =>
    unknownToAll([TESTS, testsIn(brought)].map((tests) => select(tests, asked)));
  t.match(select(testsIn(brought), []).progs, [{ name: 'dtrace_buffer' }]);
  t.strictSame(select(TESTS, ['dtrace*']).unknown, ['dtrace*'], 'the base has none');
  t.strictSame(both(['dtrace*', 'tailcalls']), []);
  t.strictSame(both(['dtrace*', 'nothing*']), ['nothing*'], 'and what neither has is a mistake');
  t.strictSame(unknownToAll([select(testsIn(brought), ['nothing*'])]), ['nothing*'], 'one tree alone');
});

t.test('a star is anything, and everything else is itself', async (t) => {
  const rows: [name: string, pattern: string, matches: boolean][] = [
    ['verifier_and', 'verifier*', true],
    ['verifier', 'verifier*', true],
    ['xverifier', 'verifier*', false],
    ['tailcalls', 'tailcall', false],
    ['a.b', 'a.b', true],
    ['axb', 'a.b', false],
    ['uprobe_multi_test', '*multi*', true],
  ];
  for (const [name, pattern, matches] of rows) t.equal(matchesGlob(name, pattern), matches, `${name} ${pattern}`);
});
