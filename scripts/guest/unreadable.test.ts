import t from 'tap';
import { findSplats } from './splat.ts';
import { findUnreadable } from './unreadable.ts';

/** Letter by letter in turn, with runs of one to three letters, as two processors write to one port. */
function mix(one: string, other: string, runs: readonly number[]): string {
  let [a, b, turn, out] = [0, 0, 0, ''];
  while (a < one.length || b < other.length) {
    const run = runs[turn % runs.length] ?? 1;
    if (turn++ % 2 === 0) out += one.slice(a, (a += run));
    else out += other.slice(b, (b += run));
  }
  return out;
}

const PANIC = 'Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b';
const STALLS = [
  'rcu: INFO: rcu_preempt self-detected stall on CPU',
  'watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [writer:1]',
];
const OTHER = 'Starting udevd version 252, device events and more of what a service says\t.';

t.test('letters of two writers mixed are a console that cannot be read', async (t) => {
  for (const runs of [[1], [1, 2], [2, 1], [3, 2], [2, 3, 1]]) {
    const line = `[   12.345678] ${mix(PANIC, OTHER, runs)}`;
    t.match(findUnreadable([line]), { why: /two writers/ }, line);
    t.match(findSplats(['[   12.000000] ordinary', line]), [
      { title: 'the console cannot be read: the letters of two writers are mixed' },
    ]);
  }
  // the stamp, too; and as many letters in turn as a port holds
  for (const runs of [[1], [2], [4], [8], [16], [1, 4], [5, 7]]) {
    for (const head of [
      PANIC,
      'kernel BUG at kernel/ring.c:612!',
      'BUG: KASAN: slab-use-after-free in ring_read+0x1/0x2',
      ...STALLS,
    ]) {
      const line = mix(`[   12.345678] ${head}`, OTHER, runs);
      t.ok(findUnreadable(line.split('\n')), `${runs.join()}: ${line}`);
    }
  }
  // the phrase may go on in the next line
  const cut = mix(PANIC, OTHER, [2, 2]);
  t.match(findUnreadable([`[   12.345678] ${cut.slice(0, 30)}`, cut.slice(30)]), { why: /two writers/ });
});

t.test('binary bytes and runs of NULs are, too', async (t) => {
  t.match(findUnreadable(['fine', '[    1.0] te\x01x\x02t\x7f']), { index: 1, why: 'control characters' });
  t.match(findUnreadable(['\b\x01\b\x02\x07\x03']), { why: 'control characters' });
  t.match(findUnreadable(['[    1.000000] \x80\x81\x82\x83'.repeat(5)]), { why: 'bytes that are no text' });
  t.match(findUnreadable(['** 271 printk messages dropped **']), { why: 'the kernel dropped messages' });
  t.match(findUnreadable([`[    1.0] a${'\0'.repeat(64)}b`]), { why: /NUL/ });
});

t.test('ordinary text can, however it looks', async (t) => {
  const fine = [
    `[    1.000000] ${PANIC}`,
    `[    1.000000] ${OTHER}`,
    '',
    'early console in setup code\r',
    'Checking 10%\b\b\b20%\b\b\b30% done',
    'three bells \x07\x07\x07 of getty',
    '\x1b[1mbold\x1b[0m\tand tabs',
    '[    1.000000] Kernel command line: console=ttyS0 panic=-1 nosync no_timer_check oops=panic ' +
      'unknown_nmi_panic=1 printk.time=1',
    '[    1.000000] WARNING: CPU: 0 PID: 1 at kernel/panic.c:1 - not synchronised with anything ' +
      'in the system, going on',
    '[    1.000000] Comm: \xc3\xa4\x80\x81',
    'text of a user with a number [in 12.5 of brackets], and \xc3\xa4',
    '[    1.000000] INFO: task hung: none. BUG: no. The test of kernel BUG in ring_read is over, ' +
      'what it sets at .c is kept',
    '[    1.000000] ordinary',
    '------------[ cut here ]------------',
    '[    1.000000] ordinary',
    'login: [    2.000000] WARNING: CPU: 0 PID: 1 at a.c:1',
    '[    1.000000] dtrace-selftest: agent ** 271 printk messages dropped **',
    `dtrace-selftest: agent ${mix(PANIC, OTHER, [1])}`,
  ];
  t.equal(findUnreadable(fine), undefined);
  t.strictSame(findSplats(['Checking 10%\b\b\b20%\b\b\b30% done']), []);
});
