import t from 'tap';
import { brokenTargets, planLeaveOut } from './leave-out.ts';

const DIR = '/c/tools/testing/selftests/bpf';
const LOG = [
  '  CLNG-BPF [test_progs] good.bpf.o',
  '  CLNG-BPF [test_progs] needs_ipv6.bpf.o',
  "progs/needs_ipv6.c:9:31: error: no member named 'v6' in 'struct sock'",
  '    9 |         return sk->v6;',
  '1 error generated.',
  `make: *** [Makefile:752: ${DIR}/needs_ipv6.bpf.o] Error 1`,
  '  TEST-OBJ [test_progs] no_skeleton.test.o',
  `${DIR}/prog_tests/no_skeleton.c:4:10: fatal error: no_skeleton.skel.h: No such file or directory`,
  `make: *** [Makefile:752: ${DIR}/no_skeleton.test.o] Error 1`,
  '  BINARY   xdp_synproxy',
  `make: *** No rule to make target '${DIR}/synproxy.bpf.o', needed by '${DIR}/xdp_synproxy'.`,
  "make: Target '/c/test_progs' not remade because of errors.",
].join('\n');

t.test('what make gave up, each with the first words that say why', async (t) => {
  t.strictSame(brokenTargets(LOG), [
    { target: `${DIR}/needs_ipv6.bpf.o`, reason: "no member named 'v6' in 'struct sock'" },
    { target: `${DIR}/no_skeleton.test.o`, reason: 'no_skeleton.skel.h: No such file or directory' },
    { target: `${DIR}/xdp_synproxy`, reason: 'there is no synproxy.bpf.o' },
  ]);
  t.strictSame(
    brokenTargets("make: *** No rule to make target '/c/mmap'."),
    [{ target: '/c/mmap', reason: 'there is no mmap' }],
    'what was asked for itself',
  );
  t.strictSame(brokenTargets('  CLNG-BPF [test_progs] good.bpf.o\n'), []);
});

t.test(
  'a program goes with the tests that include its skeleton, a test alone, a file that tests want is made empty',
  async (t) => {
    const users = (program: string): string[] => (program === 'needs_ipv6' ? ['sockets', 'iterators'] : []);
    const { remove, empty, leftOut } = planLeaveOut(brokenTargets(LOG), LOG, users);
    t.strictSame(remove, [
      'progs/needs_ipv6.c',
      'prog_tests/sockets.c',
      'prog_tests/iterators.c',
      'prog_tests/no_skeleton.c',
    ]);
    t.strictSame(empty, [`${DIR}/xdp_synproxy`]);
    t.strictSame(
      leftOut.map(({ what }) => what),
      [...remove, 'xdp_synproxy'],
      'nothing goes without a word',
    );
    t.match(leftOut[1], { reason: "it needs progs/needs_ipv6.c: no member named 'v6' in 'struct sock'" });
    t.ok(leftOut.every(({ reason }) => reason !== ''));
  },
);

t.test('a test that calls what stood in a file that is left out goes, too', async (t) => {
  const log = [
    '  BINARY   test_progs',
    `/usr/bin/ld: ${DIR}/caller.test.o: in function \`test_caller':`,
    `${DIR}/prog_tests/caller.c:7: undefined reference to \`helper_of_another'`,
    'collect2: error: ld returned 1 exit status',
    `make: *** [Makefile:760: ${DIR}/test_progs] Error 1`,
  ].join('\n');
  const { remove, leftOut } = planLeaveOut(brokenTargets(log), log, () => []);
  t.strictSame(remove, ['prog_tests/caller.c']);
  t.match(leftOut, [{ reason: /undefined reference to `helper_of_another'/ }]);
});

/** As Linux 7.3 has it: a library of programs with a Makefile of its own, and clang 19. */
t.test('what a make below another gave up is a part of it, and no program of the tests', async (t) => {
  const log = [
    '  CLNG-BPF [libarena] asan.bpf.o',
    `${DIR}/libarena/include/bpf_arena_spin_lock.h:216:12: error: unsupported atomic operation`,
    'make[1]: *** [Makefile:89: asan.bpf.o] Error 1',
    'make: *** [Makefile:838: libarena/libarena.skel.h] Error 2',
  ].join('\n');
  const broken = brokenTargets(log);
  t.strictSame(broken, [{ target: 'libarena/libarena.skel.h', reason: 'unsupported atomic operation' }]);
  t.match(
    planLeaveOut(broken, log, () => ['libarena']),
    {
      remove: { length: 0 },
      empty: ['libarena/libarena.skel.h'],
      leftOut: [{ what: 'libarena.skel.h', reason: 'unsupported atomic operation' }],
    },
  );
});
