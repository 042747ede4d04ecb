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
const OTHER = 'Starting udevd version 252, device events and more of what a service says\t.';

t.test('letters of two writers mixed are a console that cannot be read', async (t) => {
  for (const runs of [[1], [1, 2], [2, 1], [3, 2], [2, 3, 1]]) {
    const line = `[   12.345678] ${mix(PANIC, OTHER, runs)}`;
    t.match(findUnreadable([line]), { why: /two writers/ }, line);
    t.match(findSplats(['[   12.000000] ordinary', line]), [{ title: 'the console cannot be read: the letters of two writers are mixed' }]);
  }
  // the phrase may go on in the next line
  const cut = mix(PANIC, OTHER, [2, 2]);
  t.match(findUnreadable([`[   12.345678] ${cut.slice(0, 30)}`, cut.slice(30)]), { why: /two writers/ });
});

t.test('binary bytes and runs of NULs are, too', async (t) => {
  t.match(findUnreadable(['fine', '[    1.0] te\x01x\x02t\x7f']), { index: 1, why: 'control characters' });
  t.match(findUnreadable([`[    1.0] a${'\0'.repeat(64)}b`]), { why: /NUL/ });
});

t.test('text is not, however it looks', async (t) => {
  const fine = [
    `[    1.000000] ${PANIC}`, `[    1.000000] ${OTHER}`, '', 'early console in setup code\r', '\x1b[1mbold\x1b[0m\tand tabs',
    '[    1.000000] Kernel command line: console=ttyS0 panic=-1 nosync no_timer_check oops=panic unknown_nmi_panic=1 printk.time=1',
    '[    1.000000] WARNING: CPU: 0 PID: 1 at kernel/panic.c:1 - not synchronised with anything in the system, going on',
    `dtrace-selftest: agent ${mix(PANIC, OTHER, [1])}`,
  ];
  t.equal(findUnreadable(fine), undefined);
});
