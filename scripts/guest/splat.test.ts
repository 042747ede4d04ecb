import t from 'tap';
import { findSplats, isSplatHead, judgeSplats, stripStamp } from './splat.ts';

const HEADS = [
  '[   12.345678] WARNING: CPU: 1 PID: 77 at kernel/bpf/core.c:100 foo+0x1/0x2',
  '[   12.345678][  T123] BUG: KASAN: slab-use-after-free in bar+0x1/0x2',
  'BUG: kernel NULL pointer dereference, address: 0000000000000008',
  '[    1.000000] Oops: Oops: 0002 [#1] PREEMPT SMP KASAN',
  '[    1.000000] UBSAN: array-index-out-of-bounds in kernel/x.c:1:2',
  '[    1.000000] BUG: sleeping function called from invalid context at mm/slab.h:1',
  '[    1.000000] WARNING: possible circular locking dependency detected',
  '[    1.000000] WARNING: suspicious RCU usage',
  '[    1.000000] rcu: INFO: rcu_preempt self-detected stall on CPU',
  '[    1.000000] INFO: task kworker/0:1:9 blocked for more than 120 seconds.',
  '[    1.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [bash:1]',
  '[    1.000000] Kernel panic - not syncing: sysrq triggered crash',
  '[    1.000000] general protection fault, probably for non-canonical address 0xdead: 0000 [#1]',
  '[    1.000000] kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)',
  '[    1.000000] BUG: KFENCE: out-of-bounds read in x',
  '[    1.000000] ODEBUG: free active (active state 0) object: 0 object type: timer_list',
];

const HARMLESS = [
  '[    1.000000] dtrace-selftest: begin 3 a WARNING: is declared',
  '[    1.000000] perf: interrupt took too long (2500 > 2400), lowering kernel.perf_event_max_sample_rate',
  '[    1.000000] Warning: unable to open an initial console.',
  '[    1.000000] debug: checking for BUG: none',
  '[    1.000000] BUGS are not here',
  '',
];

for (const line of HEADS) t.ok(isSplatHead(line), `a splat: ${line.slice(0, 60)}`);
for (const line of HARMLESS) t.notOk(isSplatHead(line), `no splat: ${line.slice(0, 60)}`);

t.test('stamps, callers, colours and carriage returns go', async (t) => {
  t.equal(stripStamp('[   12.345678] text\r'), 'text');
  t.equal(stripStamp('[   12.345678][    C1] text'), 'text');
  t.equal(stripStamp('<6>[    0.000000] text'), 'text');
  t.equal(stripStamp('\x1b[1mtext\x1b[0m'), 'text');
});

const WARNING = [
  '[    5.0] ------------[ cut here ]------------',
  '[    5.1] WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2',
  '[    5.2] Modules linked in:',
  '[    5.3] Call Trace:',
  '[    5.4] ---[ end trace 0000000000000000 ]---',
];

t.test('one event with several heads is one splat, titled by what it says', async (t) => {
  const [splat, ...more] = findSplats(['before', ...WARNING, 'after']);
  t.equal(more.length, 0);
  t.equal(splat?.title, 'WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2');
  t.strictSame(splat?.excerpt, WARNING, 'the excerpt ends with the trace');
});

t.test('two events are two splats, even back to back', async (t) => {
  t.equal(findSplats([...WARNING, ...WARNING]).length, 2);
});

t.test('a marker ends an excerpt', async (t) => {
  const [splat] = findSplats(['BUG: something', 'detail', 'dtrace-selftest: end 1 x', 'unrelated']);
  t.strictSame(splat?.excerpt, ['BUG: something', 'detail']);
});

t.test('declared splats are accepted, and missed when they do not come', async (t) => {
  const splats = findSplats(WARNING);
  const meant = { pattern: /^WARNING: .* f\+/, reason: 'on purpose' };
  const other = { pattern: /^BUG: /, reason: 'never' };
  t.equal(splats.length, 1);
  t.strictSame(judgeSplats(splats, [meant]), { unexpected: [], missing: [] });
  t.strictSame(judgeSplats(splats, []), { unexpected: splats, missing: [] });
  t.strictSame(judgeSplats(splats, [other]), { unexpected: splats, missing: [other] });
  t.strictSame(judgeSplats(splats, [meant, other]), { unexpected: [], missing: [other] });
});
