/**
 * Reports of which the kernel prints no trace: the words alone, in the middle of other text. A trace behind one belongs
 * to something else. Sources: the strings of Linux 6.12 and 7.3.
 */

export const TRACELESS: readonly RegExp[] = [
  /^kmemleak: \d+ new suspected memory leaks/,
  /^kmemleak: (?:Cannot|Trying|Found|Object|Freeing)\b/,
  /^unreferenced object 0x[0-9a-f]+ \(size \d+\):/,
  /^debugfs: (?:(?:Directory|File) '.*already present|'.*' already exists in )/,
  /^unregister_netdevice: waiting for/,
  /^ref_tracker: \S+ has \d+\/\d+ users at/,
  /^kobject: kobject_add_internal failed for /,
  /^Error: Driver '.*' is already registered, aborting/,
  /^\w+: \S+ returned bad count$/,
  /^sysctl duplicate entry: /,
  /: Runtime PM usage count underflow!$/,
  // fs/
  /^VFS: Busy inodes after unmount of /,
  /^VFS: Close: file count is /,
  /^Leaked (?:locks|\S+ lock) on dev=/,
  /^kill_fasync: bad magic number/,
  /^BUG in /,
  // memory; the first is pgd_ERROR() and its kin
  /^\S+:\d+: bad (?:pte|pmd|pud|p4d|pgd) /,
  /^PAGETABLE BUG #/,
  /^BUG: (?:Bad rss-counter state|non-zero pgtables_bytes) /,
  /^Huh VM_FAULT_OOM leaked out to the #PF handler/,
  /^page_pool_\w+\(\) page_pool refcnt -?\d+ violation/,
  /^(?:rcu: )?\w+\(\): Double-freed CB /,
  /\bpercpu_ref underflow/,
  // kernel/
  /^Fixing recursive fault but reboot is needed!/,
  /^(?:softirq: )?huh, entered softirq /,
  /^psi: (?:task underflow!|inconsistent task state!)/,
  /^Bad trampoline accounting at: /,
  /^IRQ \d+ device .* returned IRQ_WAKE_THREAD but no thread function/,
  /^unexpected IRQ trap at vector /,
  /^CPU \d+ left hardirqs enabled!/,
  // time and the scheduler
  /^NOHZ tick-stop error: /,
  /^sched: RT throttling activated/,
  /^Failed to broadcast timer tick\. /,
  /^sched_clock on CPU \d+ went backward by /,
  /^Timer migration setup failed/,
  /^\w+: wrong timeout value /,
  /^ERROR: (?:domain->|flag \S+ set here but not in|groups don't span|parent span)/,
  /^ERROR: (?:group is NULL|empty group|repeated CPUs)/,
  /^note: .*\[\d+\] exited with (?:preempt_count |irqs disabled)/,
  /^exiting task ".*" \(\d+\) is an active IRQ thread/,
  /^sched_ext: (?:Soft|Hard) lockup - CPU /,
  // processors and interrupts
  /^(?:\w+: )?(?:\d+\.\d+ )?No irq handler for (?:vector|\d+\.\d+)/,
  /^Spurious.* percpu IRQ\d+ on CPU/,
  /^CPU\d+: failed to come online/,
  /^CPU\d+ failed to report (?:dead|alive) state/,
  /^(?:Failed to offline CPU|Error taking CPU)\d+/,
  /^SMP: fork_idle\(\) failed for CPU /,
  /^(?:mce: )?\[Hardware Error\]: /,
  /^Memory failure: 0x[0-9a-f]+: /,
  /^(?:Uhhuh\. NMI received for unknown reason|NMI: (?:PCI system|IOCK) error)/,
  // kprobes, modules, BPF and the tables of sysctl
  /^(?:kretprobe|rethook): Return address not found/,
  /^BPF:\s*\S/,
  /^(?:BPF: )?failed to validate module \[.*\] BTF: /,
  /^missing vmlinux BTF, cannot register /,
  /^kfunc \S+ \(id: \d+\) is already present in /,
  /^Adding module '.*' to sysfs failed /,
  /^sysctl table check failed: /,
  /^rcu: Failed to (?:create|allocate) /,
  /^\S+ has failed boot-time tests\.$/,
  /^lockdep:.* bad path found in chain graph/,
  // devices, and what is on them
  /\bNETDEV WATCHDOG: /,
  /^(?:[\w -]+: )?(?:I\/O|[a-z][a-z -]+) error, dev \S+, sector \d+/,
  /^Buffer I\/O error on dev/,
  /^EXT4-fs (?:error \(device |\(\S+\): .*[Cc]orrupt)/,
  /^(?:Assertion failure in |jbd2_\w+: journal block not found at offset )/,
  /^(?:Read|Write)-error on swap-device/,
  /^Page cache invalidation failure on direct I\/O\./,
  /^Filesystem \S+ get_tree\(\) didn't set fc->root/,
  /^VFS: Filesystem thaw failed/,
  /^locks_delete_lock: fasync == /,
  /^(?:__find_get_block_slow\(\) failed\.|getblk\(\): block size )/,
  /: requested out-of-range block \d+ for device /,
  /^Initramfs unpacking failed: /,
  /^initrd overwritten \(0x/,
  // memory
  /^page 0x[0-9a-f]+ outside node \d+ zone /,
  /^SLUB:? .*slabs? counted but counter=/,
  /^(?:zswap: )?Decompression error from zswap /,
  /^(?:vmalloc: )?tree is corrupted: /,
  /^(?:percpu: )?failed to initialize, /,
  /^unrecognized swap entry 0x/,
  // net/
  /^repoll requested for device /,
  /^\S+: failed to move \S+ to init_net: /,
  /^neighbour leakage$/,
  /: Can(?:'t|not) create .*SLAB cache!$/,
];

export function isTraceless(text: string): boolean {
  return TRACELESS.some((words) => words.test(text));
}
