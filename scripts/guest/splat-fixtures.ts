/** Lines for the tests of what is a splat. Each is as the kernel's own format string gives it. */

/** One line, at least, of each pattern. */
export const REPORTS: readonly string[] = `
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
[    1.000000] NOHZ tick-stop error: local softirq work is pending, handler #80!!!
[    1.000000] __common_interrupt: 1.33 No irq handler for vector
[    1.000000] __common_interrupt: No irq handler for 1.33
[    1.000000] e1000 0000:00:03.0 eth0: NETDEV WATCHDOG: CPU: 0: transmit queue 0 timed out 5000 ms
[    1.000000] sysctl table check failed: kernel/x No proc_handler
[    1.000000] BPF: vmlinux [1] Invalid name
[    1.000000] BPF: [1] FUNC ring_read type_id=2 vlen != 0
[    1.000000] failed to validate module [x] BTF: -22
[    1.000000] missing vmlinux BTF, cannot register kfuncs
[    1.000000] kfunc ring_read (id: 77) is already present in vmlinux.
[    1.000000] sched: RT throttling activated
[    1.000000] CPU1: failed to come online
[    1.000000] CPU1 failed to report alive state
[    1.000000] Failed to offline CPU1 - error=-16
[    1.000000] SMP: fork_idle() failed for CPU 1
[    1.000000] EXT4-fs error (device vda): ext4_lookup:1800: inode #2: comm bash: deleted inode referenced: 12
[    1.000000] EXT4-fs (vda): group descriptors corrupted!
[    1.000000] I/O error, dev vda, sector 2048 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 2
[    1.000000] critical target error, dev vda, sector 2048 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2
[    1.000000] blk_update_request: I/O error, dev vda, sector 2048
[    1.000000] Buffer I/O error on dev vda, logical block 256, async page read
[    1.000000] Assertion failure in ext4_free_blocks() at fs/ext4/mballoc.c:77: 'x'
[    1.000000] jbd2_journal_bmap: journal block not found at offset 7 on vda-8
[    1.000000] mce: [Hardware Error]: CPU 0: Machine Check: 0 Bank 4: b200000000070f0f
[    1.000000] Memory failure: 0x1234: recovery action for dirty LRU page: Failed
[    1.000000] note: x[77] exited with preempt_count 1
[    1.000000] note: x[77] exited with irqs disabled
[    1.000000] Failed to broadcast timer tick. Some CPUs may be unresponsive.
[    1.000000] sched_clock on CPU 1 went backward by 1250 ns
[    1.000000] Timer migration setup failed
[    1.000000] schedule_timeout: wrong timeout value ffffffffffffff9c
[    1.000000] ERROR: domain->span does not contain CPU1
[    1.000000] ERROR: flag SD_SHARE_LLC set here but not in parent
[    1.000000] ERROR: group is NULL
[    1.000000] ERROR: groups don't span domain->span
[    1.000000] exiting task "irq/9-acpi" (77) is an active IRQ thread (irq 9)
[    1.000000] sched_ext: Soft lockup - CPU 1 stuck for 22s, disabling BPF scheduler
[    1.000000] Spurious unthreaded percpu IRQ7 on CPU1
[    1.000000] Uhhuh. NMI received for unknown reason 3d on CPU 1.
[    1.000000] NMI: IOCK error (debug interrupt?) for reason 71 on CPU 0.
[    1.000000] kretprobe: Return address not found, not execute handler. Maybe there is a bug in the kernel.
[    1.000000] rethook: Return address not found! Maybe there is a bug in the kernel
[    1.000000] Adding module 'ring' to sysfs failed (-12), the system may be unstable.
[    1.000000] rcu: Failed to create rcu_exp_gp_kthread_worker!
[    1.000000] call_rcu_tasks() has failed boot-time tests.
[    1.000000] lockdep:print_shortest_lock_dependencies bad path found in chain graph
[    1.000000] Write-error on swap-device (254:0:2048)
[    1.000000] Page cache invalidation failure on direct I/O.  Possible data corruption due to collision with \
buffered I/O!
[    1.000000] Filesystem ring get_tree() didn't set fc->root, returned 0
[    1.000000] VFS: Filesystem thaw failed
[    1.000000] VFS: Close: file count is 0
[    1.000000] locks_delete_lock: fasync == 00000000a1b2c3d4
[    1.000000] __find_get_block_slow() failed. block=77, b_blocknr=78, b_state=0x1, b_size=4096, device vda
[    1.000000] getblk(): block size 100 not aligned to logical block size 512
[    1.000000] grow_buffers: requested out-of-range block 99999 for device vda
[    1.000000] Initramfs unpacking failed: junk within compressed archive
[    1.000000] initrd overwritten (0x1000 < 0x2000) - disabling it.
[    1.000000] page 0x1234 outside node 0 zone Normal [ 0x100 - 0x200 ]
[    1.000000] SLUB kmalloc-64: 3 partial slabs counted but counter=4
[    1.000000] zswap: Decompression error from zswap (0:7 lzo 12->4096)
[    1.000000] vmalloc: tree is corrupted: 4096, 8192
[    1.000000] percpu: failed to initialize, ai->nr_groups <= 0
[    1.000000] unrecognized swap entry 0x77
[    1.000000] repoll requested for device eth0 ring_poll+0x0/0x20 but napi is not scheduled.
[    1.000000] __dev_change_net_namespace: failed to move eth0 to init_net: -17
[    1.000000] neighbour leakage
[    1.000000] UNIX: Can't create request sock SLAB cache!
[    1.000000] bad: scheduling from the idle thread!
[    1.000000] sched: CPU 1 need_resched set for > 100000000 ns (25 ticks) without schedule
[    1.000000] CFI failure at ring_read+0x12/0x40 (target: ring_poll+0x0/0x20; expected type: 0x12345678)
[    1.000000] usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-64' (offset 0, size 128)!
[    1.000000] BUG: Dentry 00000000a1b2c3d4{i=77,n=x}  still in use (1) [unmount of tmpfs tmpfs]
[    1.000000] BUG: using __this_cpu_read() in preemptible [00000000] code: bash/1
[    1.000000] WARNING: bad unlock balance detected!
[    1.000000] WARNING: held lock freed!
[    1.000000] UBSAN: shift-out-of-bounds in lib/ring.c:77:5
[    1.000000] irq event 9: bogus return value 77
[    1.000000] INFO: task writer:91 is blocked on a mutex likely owned by task reader:92.
[    1.000000] watchdog: rcu_preempt self-detected stall on CPU
[    1.000000] slab error in verify_redzone_free(): cache 'ring': double free detected
[    1.000000] percpu ref double free
[    1.000000] pagealloc: memory corruption
[    1.000000] stack-protector: Kernel stack is corrupted in: ring_read+0x12/0x40
[    1.000000] Bad page state in process bash  pfn:00100
[    1.000000] suspicious RCU usage: ring
[    1.000000] jump_label: Fatal kernel bug, unexpected op at ring_read+0x12/0x40 [00000000a1b2c3d4] (0f != 90)
[    1.000000] KASAN: null-ptr-deref in range [0x0000000000000000-0x0000000000000007]
`
  .trim()
  .split('\n');

/** What looks like a report and is none. */
export const HARMLESS: readonly string[] = `
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

/** Complaints that are no splat, with the reason why not. */
export const EXCUSED: readonly (readonly [line: string, reason: string])[] = [
  [
    'sched: DL replenish lagged too much',
    'the host did not run the guest for longer than a deadline has; said once, and what was late is repaired',
  ],
  [
    'rcu_tasks_wait_gp: rcu_tasks grace period number 9 (since boot) is 30140 jiffies old.',
    'how long the wait is by now, which a loaded host makes long; a stall has its own words, which are a splat',
  ],
  ['Dazed and confused, but trying to continue', 'ends what is said of an NMI, which is a splat'],
  ['Disabling IRQ #9', 'ends what is said of an interrupt that nobody cared for, which is a splat'],
  [
    'kernel tried to execute NX-protected page - exploit attempt? (uid: 0)',
    'begins an oops, which its next line, a BUG, opens: a second head would make two of it',
  ],
  ['smp: csd: CSD lock (#1) got unstuck on CPU#01, CPU#00 released the lock.', 'ends the report of that lock'],
  ['CPU#0 Utilization every 4000ms during lockup:', 'belongs to a soft lockup'],
  ['rcu: \tOffline CPU 1 blocking current GP.', 'belongs to a stall'],
  ['writer[77] control protection ip:55d0c0a01000 sp:7ffd00000000 ssp:0 error:1(near ret) in writer', 'of a program'],
  ['Memory cgroup out of memory: Killed process 77 (writer) total-vm:1kB', 'what invoked the killer is a splat'],
  ['ring: module verification failed: signature and/or required key missing - tainting kernel', 'no key is wanted'],
  ['ring: Unknown symbol ring_read (err -2)', 'a module that is refused, and init_module() says so'],
  ["ring: version magic '7.3.0 SMP ' should be '7.3.0 SMP preempt '", 'a module that is refused'],
  ["ring: `x' invalid for parameter `size'", 'a parameter that is refused'],
  ['Invalid ELF header magic: != \x7fELF', 'a module that is refused'],
  ['kexec_file: Could not allocate control_code_buffer', 'a system call that says so, too'],
  ['reboot: Restarting system', 'as it was told'],
  ['reboot: Power down', 'as it was told'],
  ['RDSEED32 is broken. Disabling the corresponding CPUID bit.', 'of the processor, said at boot'],
  ['rcu-torture: ->fqs NULL and non-zero fqs_duration, fqs disabled.', 'of a test that no kernel here has'],
  ['IPv4: Oversized IP packet from 127.0.0.1', 'of what a program sent'],
];
