import t from 'tap';
import { stripStamp } from './console-text.ts';
import { findSplats, judgeSplats } from './splat.ts';
import { isSplatHead } from './splat-heads.ts';

/** One line of each format, as the kernel's own format string gives it. */
const HEADS = `
[   12.345678] WARNING: CPU: 1 PID: 77 at kernel/bpf/core.c:100 foo+0x1/0x2
[   12.345678] WARNING: kernel/bpf/core.c:100 at foo+0x1/0x2, CPU#1: bar/77
[   12.345678][  T123] BUG: KASAN: slab-use-after-free in bar+0x1/0x2
BUG: kernel NULL pointer dereference, address: 0000000000000008
[    1.000000] BUG: unable to handle page fault for address: ffffc90000a01000
[    1.000000] BUG: TASK stack guard page was hit at 00000000aaaaaaaa (stack is 0..1)
[    1.000000] BUG: scheduling while atomic: swapper/0/0/0x00000100
[    1.000000] BUG: using smp_processor_id() in preemptible [00000000] code: bash/1
[    1.000000] BUG: spinlock bad magic on CPU#0, bash/1
[    1.000000] BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 43s!
[    1.000000] BUG: workqueue leaked atomic, lock or RCU: kworker/0:1[9]
[    1.000000] BUG: Bad page state in process bash  pfn:00100
[    1.000000] BUG: Bad rss-counter state mm:00000000 type:MM_FILEPAGES val:1
[    1.000000] BUG: MAX_LOCKDEP_ENTRIES too low!
[    1.000000] BUG: sleeping function called from invalid context at mm/slab.h:1
[    1.000000] BUG: KFENCE: out-of-bounds read in x
[    1.000000] BUG: KCSAN: data-race in a / b
[    1.000000] BUG kmalloc-64 (Tainted: G        W         ): Poison overwritten
[    1.000000] BUG task_struct (Not tainted): Object already free
[    1.000000] [ BUG: Invalid wait context ]
[    1.000000] [ BUG: bad unlock balance detected! ]
[    1.000000] [ BUG: held lock freed! ]
[    1.000000] [ INFO: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected ]
[    1.000000] ------------[ ftrace bug ]------------
[    1.000000] Kernel BUG at ring_read+0x12/0x40 [verbose debug info unavailable]
[    1.000000] MSR access error: RDMSR from 0x1b0 at rIP: 0xffffffff8100a4b6 (native_read_msr+0x6/0x30)
[    1.000000] unreferenced object 0xffff888003b1e200 (size 64):
[    1.000000] ref_tracker: lo@ffff888003b1e200 has 1/1 users at
[    1.000000] smp: csd: Detected non-responsive CSD lock (#1) on CPU#0, \
waiting 5000000000 ns for CPU#01 f+0x0/0x10(0x0).
[    1.000000] VFS: Busy inodes after unmount of sda1 (ext4)
[    1.000000] Fixing recursive fault but reboot is needed!
[    1.000000] Thread overran stack, or stack corrupted
[    1.000000] writer: Corrupted page table at address 7f0000001000
[    1.000000] Oops: Oops: 0002 [#1] PREEMPT SMP KASAN
[    1.000000] Oops: general protection fault, probably for non-canonical address 0xdffffc0000000000: 0000 [#1] SMP
[    1.000000] general protection fault, probably for non-canonical address 0xdead: 0000 [#1]
[    1.000000] invalid opcode: 0000 [#1] PREEMPT SMP
[    1.000000] divide error: 0000 [#1] SMP
[    1.000000] stack segment: 0000 [#1] SMP
[    1.000000] int3: 0000 [#1] SMP
[    1.000000] PANIC: double fault, error_code: 0x0
[    1.000000] traps: PANIC: double fault, error_code: 0x0
[    1.000000] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008
[    1.000000] Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP
[    1.000000] Insufficient stack space to handle exception!
[    1.000000] kernel BUG at mm/slub.c:500!
[    1.000000] ------------[ cut here ]------------
[    1.000000] Kernel panic - not syncing: sysrq triggered crash
[    1.000000] UBSAN: array-index-out-of-bounds in kernel/x.c:1:2
[    1.000000] ODEBUG: free active (active state 0) object: 0 object type: timer_list
[    1.000000] DEBUG_LOCKS_WARN_ON(1)
[    1.000000] WARNING: possible circular locking dependency detected
[    1.000000] WARNING: possible recursive locking detected
[    1.000000] WARNING: possible irq lock inversion dependency detected
[    1.000000] WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected
[    1.000000] WARNING: inconsistent lock state
[    1.000000] WARNING: suspicious RCU usage
[    1.000000] WARNING: bash/1 still has locks held!
[    1.000000] WARNING: lock held when returning to user space!
[    1.000000] WARNING: Nested lock was not taken
[    1.000000] INFO: trying to register non-static key.
[    1.000000] rcu: INFO: rcu_preempt self-detected stall on CPU
[    1.000000] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
[    1.000000] rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 0-...D } 21 jiffies s: 1 root: 0x1/.
[    1.000000] INFO: rcu_tasks detected stalls on tasks:
[    1.000000] INFO: rcu_tasks_trace detected stalls? (Late IPI?)
[    1.000000] rcu: rcu_preempt kthread starved for 2102 jiffies! g9 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x0 ->cpu=1
[    1.000000] INFO: task kworker/0:1:9 blocked for more than 120 seconds.
[    1.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [bash:1]
[    1.000000] NMI watchdog: Watchdog detected hard LOCKUP on cpu 0
[    1.000000] watchdog: CPU0: Watchdog detected hard LOCKUP on cpu 0
[    1.000000] kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
[    1.000000] kmemleak: Cannot insert 0xffff888003b1e200 into the object search tree (overlaps existing)
[    1.000000] list_add corruption. next->prev should be prev (ffff), but was ffff. (next=ffff).
[    1.000000] list_del corruption, ffff->next is LIST_POISON1 (dead000000000100)
[    1.000000] refcount_t: underflow; use-after-free.
[    1.000000] unchecked MSR access error: WRMSR to 0x38f (tried to write 0x1) at rIP: 0xffffffff8100a4b6 \
(native_write_msr+0x6/0x30)
[    1.000000] sysfs: cannot create duplicate filename '/kernel/dtrace'
[    1.000000] kobject: kobject_add_internal failed for dtrace with -EEXIST, \
don't try to register things with the same name in the same directory.
[    1.000000] kobject: kobject 'ring' (00000000a1b2c3d4): tried to add an uninitialized object, \
something is seriously wrong.
[    1.000000] kobject: kobject (00000000a1b2c3d4): tried to init an initialized object, something is seriously wrong.
[    1.000000] debugfs: Directory 'dtrace' with parent 'bpf' already present!
[    1.000000] irq 4: nobody cared (try booting with the "irqpoll" option)
[    1.000000] node: page allocation failure: order:4, mode:0x40dc0(GFP_KERNEL|__GFP_COMP|__GFP_ZERO), nodemask=(null)
[    1.000000] node invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
[    1.000000] unregister_netdevice: waiting for lo to become free. Usage count = 2
starting the reader...[   41.500000] WARNING: CPU: 0 PID: 91 at kernel/events/ring_buffer.c:612 f+0x8c/0xa0
[   41.400000] Run /init as in[   41.500000][    T1] Kernel panic - not syncing: Attempted to kill init!
waiting WARNING: CPU: 0 PID: 91 at kernel/x.c:1 f+0x8c/0xa0
waiting for <TASK>[   41.500000] BUG: spinlock bad magic on CPU#0, bash/1
50 %\r\x1b[?25l[   41.500000] BUG: spinlock bad magic on CPU#0, bash/1
waiting... BUG: sleeping function called from invalid context at mm/slab.h:1
waiting... BUG kmalloc-512 (Not tainted): Right Redzone overwritten
waiting... WARNING: possible recursive locking detected
waiting... kernel BUG at mm/slub.c:500!
waiting... [ BUG: Invalid wait context ]
waiting... INFO: task writer:91 blocked for more than 120 seconds.
waiting... unchecked MSR access error: WRMSR to 0x38f (tried to write 0x1) at rIP: 0xffffffff8100a4b6 \
(native_write_msr+0x6/0x30)
\x1b[31m[    1.000000] BUG: something\x1b[0m
[    1.000000] BU\x00G: something\r
`
  .trim()
  .split('\n')
  .map((line) => line.replaceAll('\\x1b', '\x1b').replaceAll('\\x00', '\0').replaceAll('\\r', '\r'));

const HARMLESS = `
[    1.000000] dtrace-selftest: begin 3 a WARNING: is declared
[    1.000000] dtrace-selftest: agent [   41.500000] WARNING: CPU: 0 PID: 91 at kernel/x.c:1 f+0x8c/0xa0
[    1.000000] perf: interrupt took too long (2500 > 2400), lowering kernel.perf_event_max_sample_rate
[    1.000000] Warning: unable to open an initial console.
[    1.000000] debug: checking for BUG: none
[    1.000000] BUGS are not here
[    1.000000] x86/fpu: x87 FPU will use FXSAVE
[    1.000000] Kernel command line: oops=panic unknown_nmi_panic=1 panic=-1 BUG: WARNING:
[    1.000000] kmemleak: Kernel memory leak detector initialized (mem pool available: 15679)
[    1.000000] rcu: 	RCU event tracing is enabled.
[    1.000000] rcu: Hierarchical RCU implementation.
[    1.000000] NMI watchdog: Perf NMI watchdog permanently disabled
[    1.000000] Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar
[    1.000000] Unstable clock detected, switching default tracing clock to "global"
[    1.000000] clocksource: timekeeping watchdog on CPU1: Marking clocksource 'tsc' as unstable because the \
skew is too large
[    1.000000] workqueue: output_poll_execute hogged CPU for >10000us 4 times, consider switching to WQ_UNBOUND
[    1.000000] random: crng init done
[    1.000000] trap handlers are in place
[    1.000000] ODEBUG: selftest passed
[    1.000000] ODEBUG: 46 of 46 active objects replaced
[    1.000000] INFO: NMI handler (perf_event_nmi_handler) took too long to run: 1.500 msecs
[    1.000000] kcsan: selftest: 3/3 tests passed
[    1.000000] Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, \
data leaks possible via Spectre v2 BHB attacks!
[    1.000000] writer[77]: segfault at 8 ip 000055d0c0a01000 sp 00007ffd00000000 error 4 in writer[55d0c0a00000+1000]
[    1.000000] traps: writer[77] general protection fault ip:55d0c0a01000 sp:7ffd00000000 error:0 in \
writer[55d0c0a00000+1000]
[    1.000000] kobject: 'dtrace' (00000000): kobject_add_internal: parent: 'kernel', set: '<NULL>'
early console in setup code
qemu-system-x86_64: terminating on signal 15 from pid 2917 (node)
`
  .trim()
  .split('\n')
  .concat('');

for (const line of HEADS) t.ok(isSplatHead(line), `a splat: ${JSON.stringify(line).slice(0, 70)}`);
for (const line of HARMLESS) t.notOk(isSplatHead(line), `no splat: ${line.slice(0, 60)}`);

t.test('stamps, callers, colours, NULs and carriage returns go', async (t) => {
  t.equal(stripStamp('[   12.345678] text\r'), 'text');
  t.equal(stripStamp('[   12.345678][    C1] text'), 'text');
  t.equal(stripStamp('<6>[    0.000000] text'), 'text');
  t.equal(stripStamp('\x1b[1mte\0xt\x1b[0m'), 'text');
});

const WARNING = [
  '[    5.000000] ------------[ cut here ]------------',
  '[    5.100000] WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2',
  '[    5.200000] Modules linked in:',
  '[    5.300000] Call Trace:',
  '[    5.400000] ---[ end trace 0000000000000000 ]---',
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

const trace = (...before: string[]): string[] => [
  ...before,
  '[    7.000000] CPU: 1 UID: 0 PID: 1 Comm: swapper/0 Not tainted 6.12.117 #1',
  '[    7.100000] Call Trace:',
  '[    7.200000]  <TASK>',
  '[    7.300000]  dump_stack_lvl+0x4b/0x70',
  '[    7.400000]  </TASK>',
];

t.test('a trace without a head is a splat, by the words above it; one that was asked for is none', async (t) => {
  const [bare, ...more] = findSplats(
    trace('[    6.000000] ordinary', '[    6.900000] fancy: this should not have happened'),
  );
  t.equal(more.length, 0);
  t.equal(bare?.title, 'fancy: this should not have happened');
  t.equal(findSplats(trace())[0]?.title, 'Call Trace:');
  for (const words of [
    '---[ end trace 0000000000000000 ]---',
    'sysrq: Show backtrace of all active CPUs',
    'NMI backtrace for cpu 1',
  ])
    t.strictSame(findSplats(trace(`[    6.9] ${words}`)), []);
});

const REGISTERS = [
  '[    7.010000] Hardware name: QEMU Standard PC',
  '[    7.020000] RIP: 0010:ring_read+0x12/0x40',
  '[    7.030000] Code: 90 90 <f4> c3',
  '[    7.040000] RSP: 0018:ffffc90000bdfac0 EFLAGS: 00000286',
  '[    7.050000] RAX: 0000000000000000 RBX: 0000000000000001 RCX: 0000000000000002',
  '[    7.060000] FS:  0000000000000000(0000) GS:ffff88803ec00000(0000) knlGS:0000000000000000',
  '[    7.070000] CR2: 0000000000000008 CR3: 1 CR4: 6f0',
  '[    7.080000] Call Trace:',
  '[    7.090000]  <TASK>',
  '[    7.095000]  ring_poll+0x1/0x20',
];

t.test(
  'registers of the kernel without a head are a splat; those of other processors, ' +
    'and those that a report ends with, are none',
  async (t) => {
    t.match(findSplats(['[    6.900000] ring: lost its way', ...REGISTERS]), [{ title: 'ring: lost its way' }]);
    for (const words of ['NMI backtrace for cpu 1', 'sysrq: Show Regs'])
      t.strictSame(findSplats([`[    6.900000] ${words}`, ...REGISTERS]), [], words);
    const oops = [
      '[    6.800000] BUG: kernel NULL pointer dereference, address: 0000000000000008',
      '[    6.900000] ---[ end trace 0000000000000000 ]---',
    ];
    t.equal(findSplats([...oops, ...REGISTERS.slice(1, 7)]).length, 1);
  },
);

t.test("lockdep's trace behind a long chain belongs to its report", async (t) => {
  const chain = Array.from({ length: 200 }, (_, line) => `[    6.000000]        lock_acquire+0x${line}/0x2d0`);
  const report = [
    '[    5.000000] WARNING: possible circular locking dependency detected',
    ...chain,
    ...trace('[    6.900000] stack backtrace:'),
  ];
  t.equal(findSplats(report).length, 1);
});

/** Lines as the kernel has them, a stamp each. */
const stamped = (...texts: string[]): string[] =>
  texts.map((text, index) => `[    8.${String(index).padStart(6, '0')}] ${text}`);
const DUMP = [
  'CPU: 1 UID: 0 PID: 91 Comm: writer Not tainted 6.12.117 #1',
  'Hardware name: QEMU Standard PC (Q35 + ICH9, 2009)',
  'Call Trace:',
  ' <TASK>',
  ' dump_stack_lvl+0x4b/0x70',
  ' ring_write+0x1c/0x90',
  ' </TASK>',
];
const INTERRUPTED = [
  ...DUMP.slice(0, 3),
  ' <IRQ>',
  ' ring_tick+0x1c/0x90',
  ' </IRQ>',
  ' <TASK>',
  ' asm_sysvec_apic_timer_interrupt+0x1a/0x20',
  'RIP: 0010:default_idle+0xf/0x20',
  'Code: 90 90 <f4> c3',
  'RSP: 0018:ffffc90000bdfac0 EFLAGS: 00000286',
  'RAX: 0000000000000000 RBX: 0000000000000001 RCX: 0000000000000002',
  ' cpu_startup_entry+0x2c/0x30',
  ' </TASK>',
];
const many = (count: number, line: (at: number) => string): string[] =>
  Array.from({ length: count }, (_, at) => line(at));

/** Whole reports without a marker of their end. */
const WITHOUT_END: Readonly<Record<string, readonly string[]>> = {
  sysfs: ["sysfs: cannot create duplicate filename '/kernel/dtrace'", ...DUMP],
  'sleeping in an atomic section': [
    'BUG: sleeping function called from invalid context at mm/slab.h:1',
    'in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 91, name: writer',
    'preempt_count: 1, expected: 0',
    'RCU nest depth: 0, expected: 0',
    '1 lock held by writer/91:',
    ' #0: ffff888003b1e200 (&ring->lock){+.+.}-{3:3}, at: ring_write+0x1c/0x90',
    'irq event stamp: 4250',
    'hardirqs last  enabled at (4249): [<ffffffff8100a4b6>] f+0x1/0x2',
    'Preemption disabled at:',
    '[<ffffffff8100a4b6>] ring_write+0x1c/0x90',
    ...DUMP,
  ],
  SLUB: [
    'BUG kmalloc-512 (Not tainted): Right Redzone overwritten',
    '-----------------------------------------------------------------------------',
    '0xffff888003b1e200-0xffff888003b1e207 @offset=512. First byte 0x0 instead of 0xcc',
    'Allocated in ring_open+0x1c/0x90 age=1 cpu=0 pid=91',
    ...many(10, (at) => `\t__kmalloc+0x${at}/0x90`),
    'Slab 0xffffea00000ec780 objects=8 used=8 fp=0x0000000000000000 ' +
      'flags=0x100000000000240(workingset|head|node=0|zone=1)',
    'Object 0xffff888003b1e000 @offset=0 fp=0x0000000000000000',
    ...many(26, (at) => `Object   ffff888003b1e0${at}: 6b 6b 6b 6b 6b 6b 6b 6b  kkkkkkkk`),
    ...DUMP,
  ],
  lockdep: [
    'WARNING: possible recursive locking detected',
    '--------------------------------------------',
    ...many(25, (at) => `writer/91 says ${at}`),
    'stack backtrace:',
    ...DUMP,
  ],
  'a stack with an interrupt in it': ["sysfs: cannot create duplicate filename '/kernel/dtrace'", ...INTERRUPTED],
  'a soft lockup': [
    'watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [writer:91]',
    'Modules linked in:',
    ...INTERRUPTED,
  ],
  'a stall, with the other processors': [
    'rcu: INFO: rcu_preempt self-detected stall on CPU',
    'rcu: \t1-....: (2100 ticks this GP) idle=1/1/0x4000 softirq=1/1 fqs=1',
    ...INTERRUPTED,
    'Sending NMI from CPU 1 to CPUs 0:',
    'NMI backtrace for cpu 0',
    ...INTERRUPTED,
  ],
  'a task that hangs': [
    'INFO: task writer:91 blocked for more than 120 seconds.',
    '      Not tainted 6.12.117 #1',
    '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.',
    'task:writer          state:D stack:0     pid:91    tgid:91    ppid:1      flags:0x00004002',
    ...DUMP.slice(2),
  ],
  'a bare trace': ['fancy: this should not have happened', ...DUMP],
  'what has no trace': ["debugfs: Directory 'dtrace' with parent 'bpf' already present!"],
  'what has none and is said behind a trace': [
    "sysfs: cannot create duplicate filename '/kernel/dtrace'",
    ...DUMP,
    'kobject: kobject_add_internal failed for dtrace with -EEXIST, ' +
      "don't try to register things with the same name in the same directory.",
  ],
};

for (const [name, report] of Object.entries(WITHOUT_END)) {
  t.test(`${name}: one report, and a bare trace behind it is another`, async (t) => {
    const first = findSplats(stamped(...report));
    t.equal(first.length, 1);
    for (const words of [['ring: lost its way'], ['ordinary', 'ring: lost its way']]) {
      const found = findSplats(stamped(...report, ...words, ...DUMP));
      t.equal(found.length, 2, words.join(', '));
      t.equal(found[0]?.title, first[0]?.title);
      t.equal(found[1]?.title, 'ring: lost its way');
      const declared = { pattern: /^(?!ring: lost)/, reason: 'on purpose' };
      t.match(judgeSplats(found, [declared]).unexpected, [{ title: 'ring: lost its way' }]);
    }
    t.equal(findSplats(stamped(...report, 'a', ...DUMP, 'b', ...DUMP)).length, 3);
    if (report.at(-1) !== ' </TASK>') return;
    const [, silent, ...more] = findSplats(stamped(...report, ...DUMP));
    t.equal(more.length, 0);
    t.equal(silent?.title, 'Call Trace:', 'without words of its own');
  });
}

t.test('a trace far behind words that another writer said is not what the report ends with', async (t) => {
  const report = 'BUG: spinlock bad magic on CPU#0, bash/1';
  const chatter = (count: number): string[] => many(count, (at) => `e1000: link ${at} is up`);
  t.equal(findSplats(stamped(report, ...chatter(5), ...DUMP)).length, 1);
  t.equal(findSplats(stamped(report, ...chatter(30), ...DUMP)).length, 2);
});

t.test("another writer's line within a trace does not make two of it", async (t) => {
  const [head, at] = ["sysfs: cannot create duplicate filename '/kernel/dtrace'", INTERRUPTED.indexOf(' </IRQ>')];
  t.equal(findSplats(stamped(head, ...INTERRUPTED.toSpliced(at, 0, 'e1000: link is up'))).length, 1);
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

t.test('a declared report does not excuse another one close behind it', async (t) => {
  const rows: readonly { readonly lines: readonly string[]; readonly expected: RegExp; readonly other: RegExp }[] = [
    {
      lines: ["sysfs: cannot create duplicate filename '/x'", 'CPU: 0', 'BUG: KASAN: use-after-free in x'],
      expected: /sysfs/,
      other: /KASAN/,
    },
    {
      lines: [
        'BUG: sleeping function called from invalid context at a.c:1',
        'foo',
        'general protection fault, probably for x: 0000 [#1]',
      ],
      expected: /sleeping/,
      other: /general protection/,
    },
    {
      lines: [...WARNING.slice(0, 3), ...WARNING.slice(0, 3).map((line) => line.replace('f+0x1', 'g+0x1'))],
      expected: / f\+/,
      other: / g\+/,
    },
  ];
  for (const { lines, expected, other } of rows) {
    const { unexpected } = judgeSplats(findSplats(lines), [{ pattern: expected, reason: 'on purpose' }]);
    t.equal(unexpected.length, 1, other.source);
    t.match(unexpected[0]?.title, other);
  }
});

t.test('an oops is one event, from the fault to the panic', async (t) => {
  const lines = [
    'BUG: kernel NULL pointer dereference, address: 0000000000000008',
    '#PF: supervisor read access',
    'Oops: Oops: 0002 [#1] PREEMPT SMP KASAN',
    'Kernel panic - not syncing: Fatal exception',
  ];
  t.equal(findSplats(lines).length, 1);
  t.equal(findSplats([WARNING[0] ?? '', 'refcount_t: underflow; use-after-free.', ...WARNING.slice(1)]).length, 1);
});
