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
];

export function isTraceless(text: string): boolean {
  return TRACELESS.some((words) => words.test(text));
}
