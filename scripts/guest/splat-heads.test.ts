import t from 'tap';
import { stripStamp } from './console-text.ts';
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
[    1.000000] debugfs: 'dtrace' already exists in 'bpf'
[    1.000000] softirq: huh, entered softirq 1 TIMER 00000000a1b2c3d4 with preempt_count 00000100, \
exited with 00000101?
[    1.000000] fpu exception: 0000 [#1] SMP
[    1.000000] invalid TSS: 0000 [#1]
[    1.000000] Bad pagetable: 000f [#1]
[    1.000000] irq 4: nobody cared (try booting with the "irqpoll" option)
[    1.000000] node: page allocation failure: order:4, mode:0x40dc0(GFP_KERNEL|__GFP_COMP|__GFP_ZERO), nodemask=(null)
[    1.000000] node invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
[    1.000000] unregister_netdevice: waiting for lo to become free. Usage count = 2
[    1.000000] mm/pgtable-generic.c:51: bad pmd ffff888003b1e200(8000000000000067)
[    1.000000] PAGETABLE BUG #03!
[    1.000000] Huh VM_FAULT_OOM leaked out to the #PF handler. Retrying PF
[    1.000000] psi: task underflow! cpu=1 t=2 tasks=[0 0 0 0] clear=4 set=0
[    1.000000] psi: inconsistent task state! task=91:writer cpu=1 psi_flags=4 clear=0 set=4
[    1.000000] Bad trampoline accounting at: 00000000a1b2c3d4 (schedule+0x4/0x90) (e0000002)
[    1.000000] rcu: __call_rcu_common(): Double-freed CB 00000000a1b2c3d4->ring_free+0x0/0x20()!!!
[    1.000000] percpu_ref_switch_to_atomic_rcu(): percpu_ref underflow
[    1.000000] IRQ 9 device acpi returned IRQ_WAKE_THREAD but no thread function available.
[    1.000000] unexpected IRQ trap at vector 20
[    1.000000] CPU 1 left hardirqs enabled!
[    1.000000] Leaked locks on dev=0x0:0x15 ino=0x1f:
[    1.000000] Leaked POSIX lock on dev=0x0:0x15 ino=0x1f fl_owner=00000000a1b2c3d4 fl_flags=0x1 fl_type=0x1 fl_pid=91
[    1.000000] kill_fasync: bad magic number in fasync_struct!
[    1.000000] BUG in find_next_ancestor: called with parent == child
[    1.000000] sysctl duplicate entry: /kernel/dtrace
[    1.000000] fill_read_buffer: ring_show+0x0/0x20 returned bad count
[    1.000000] Error: Driver 'ring' is already registered, aborting...
[    1.000000] platform ring.0: Runtime PM usage count underflow!
[    1.000000] page_pool_release_retry() page_pool refcnt -1 violation
[    1.000000] NEIGH: BUG, double timer add, state is 1
[    1.000000] check: Corrupted low memory at 00000000a1b2c3d4 (1000 phys) = 00000001
[    1.000000] ref_tracker: reference already released.
[    1.000000] [ BUG: Invalid wait context ]starting the reader
[    1.000000] ------------[ cut here ]------------starting the reader
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
\x1b(B\x1b[mBUG: something
\x1bc\x1b[?7l\x1b[2JBUG: something
\x1b]0;a title\x07BUG: something
\x1b]0;a title\x1b\\BUG: something
\x1b[38:2:1:2:3mBUG: something
\x1b[>cBUG: something
\x1b7\x1b=BUG: something
\x1b]0;no end of a title [    1.000000] BUG: something
\x07\x08BUG: something
50 %\r60 %\rBUG: something
a\x1b[Kb\r[    1.000000] BUG: something
doneWARNING: CPU: 0 PID: 91 at kernel/x.c:1 f+0x8c/0xa0
doneKernel panic - not syncing: x
[    1.000000] BU\x00G: something\r
`
  .trim()
  .split('\n')
  .map((line) =>
    line
      .replaceAll('\\x1b', '\x1b')
      .replaceAll('\\x00', '\0')
      .replaceAll('\\r', '\r')
      .replaceAll('\\x07', '\x07')
      .replaceAll('\\x08', '\b'),
  );

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
[    1.000000] psi: Pressure stall information initialized
[    1.000000] IRQ 9: no longer affine to CPU1
[    1.000000] EXT4-fs (vda): bad pmd option ignored
[    1.000000] NET: Registered PF_INET protocol family, which returned bad count 0 times
[    1.000000] rcu: RCU restricting CPUs from NR_CPUS=64 to nr_cpu_ids=2.
[    1.000000] debugfs: debugfs=no-mount is a deprecated alias for debugfs=off
early console in setup code
qemu-system-x86_64: terminating on signal 15 from pid 2917 (node)
`
  .trim()
  .split('\n')
  .concat('');

for (const line of HEADS) t.ok(isSplatHead(line), `a splat: ${JSON.stringify(line).slice(0, 70)}`);
for (const line of HARMLESS) t.notOk(isSplatHead(line), `no splat: ${line.slice(0, 60)}`);

t.test('a line of any length is looked through at once, and a head at its end is seen', async (t) => {
  const MEGABYTE = 1_000_000;
  for (const word of ['[ BUG: ', 'BUG x (Not tainted', '[    1.000000] x', 'INFO: task ', '[ ', 'a']) {
    const line = word.repeat(MEGABYTE / word.length);
    const begin = process.cpuUsage();
    t.equal(isSplatHead(line), false, word);
    t.ok(process.cpuUsage(begin).user < 5_000_000, `${word}: it takes no time that grows with its square`);
    t.ok(isSplatHead(`${line}[    2.000000] BUG: something`), word);
    t.ok(isSplatHead(`${line} Kernel panic - not syncing: x`), word);
  }
  t.ok(isSplatHead(`BUG: something${'a'.repeat(MEGABYTE)}`));
});

t.test('letters are none of a control sequence', async (t) => {
  t.equal(stripStamp('[    1.000000] d\xc4\x9bWARNING'), 'd\xc4\x9bWARNING');
});

t.test('stamps, callers, colours, NULs and carriage returns go', async (t) => {
  t.equal(stripStamp('[   12.345678] text\r'), 'text');
  t.equal(stripStamp('[   12.345678][    C1] text'), 'text');
  t.equal(stripStamp('<6>[    0.000000] text'), 'text');
  t.equal(stripStamp('\x1b[1mte\0xt\x1b[0m'), 'text');
});
