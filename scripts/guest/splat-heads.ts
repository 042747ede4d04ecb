/**
 * How the kernel begins a report about itself. Sources: the strings of Linux 6.12 and 7.3 (kernel/, mm/, lib/, fs/, arch/x86, arch/arm64)
 * and the lists of formats that syzkaller, NIPA and the kernel test robot look for. Anchored behind stamp and caller, so that
 * text which quotes a report is none.
 */
export const HEADS: readonly RegExp[] = [
  // lib/bug.c, kernel/panic.c
  /^-+\[ cut here \]-+$/,
  /^WARNING: /,
  /^kernel BUG at /,
  /^Kernel panic - not syncing/,
  // "BUG: " of many; SLUB's "BUG kmalloc-512 (Not tainted): ..."; lockdep's "[ BUG: ... ]"
  /^(?:watchdog: )?BUG: /,
  /^BUG \S.* \((?:Not tainted|Tainted\b|G |P )[^)]*\): /,
  /^\[ BUG: .* \]$/,
  // exceptions, arch/x86 and arch/arm64
  /^Oops:? /,
  /^(?:invalid opcode|divide error|double fault|general protection fault|stack segment|segment not present|int3|bounds|alignment check|trap)\b.*(?:\[#\d+\]|: [0-9a-f]{4})/,
  /^(?:traps: )?PANIC: /,
  /^traps: PANIC/,
  /^Unable to handle kernel /,
  /^Internal error: /,
  /^unchecked MSR access error: /,
  /^(?:Kernel stack overflow|Insufficient stack space to handle exception)/,
  // sanitizers and debugging
  /^(?:KASAN|UBSAN|KCSAN|KMSAN|KFENCE|ODEBUG): /,
  /^DEBUG_LOCKS_WARN_ON/,
  /^kmemleak: \d+ new suspected memory leaks/,
  /^kmemleak: (?:Cannot|Trying|Found|Object|Freeing)\b/,
  /^(?:pagealloc|page_owner|page_poison): /,
  /^slab error in /,
  /^list_(?:add|del) (?:corruption|double add)/,
  /^(?:slab: |percpu ref )?\bdouble free\b/,
  /^refcount_t: /,
  /^Bad page (?:state|map|cache)/,
  /^stack-protector: /,
  // lockdep and RCU
  /possible (?:recursive locking|circular locking dependency|irq lock inversion dependency) detected/,
  /^(?:bad unlock balance|bad contention|held lock freed|inconsistent lock state|suspicious RCU usage)/,
  /inconsistent lock state$/,
  /^INFO: trying to register non-static key/,
  /^(?:rcu: )?INFO: \S+ (?:self-)?detected (?:expedited )?stalls?\b/,
  /^rcu: .* kthread (?:starved|timer wakeup didn't happen)/,
  /^INFO: task .* blocked (?:for more than|on|in)\b/,
  /^(?:NMI )?[Ww]atchdog(?:: | )?.*[Hh]ard LOCKUP/,
  /^(?:watchdog: )?.*\bself-detected stall on CPU/,
  // drivers/base, fs/sysfs, fs/debugfs, lib/kobject.c
  /^sysfs: cannot create duplicate filename/,
  /^kobject(?:_add_internal failed|: .* tried to init an initialized object)/,
  /^debugfs: (?:Directory|File) '.*already present/,
  /^irq \d+: nobody cared/,
  /^irq event \d+: bogus return value/,
  // memory that ran out in a guest that has enough
  /: page allocation failure: order:/,
  / invoked oom-killer: /,
  /^unregister_netdevice: waiting for/,
];

/** Begins of a report that another writer's unfinished line cannot hide: no other text has them. */
export const UNMISTAKABLE = /\b(?:WARNING: CPU: \d+ PID: \d+ at |BUG: (?:KASAN|KFENCE|KCSAN|unable to handle|kernel NULL pointer)|Kernel panic - not syncing: |Oops: [0-9a-f]{4} \[#\d+\])/;

/** Words of a report that are looked for letter by letter where two writers mixed theirs; long enough that no other text holds them so. */
export const PHRASES: readonly string[] = [
  'Kernel panic - not syncing', 'BUG: unable to handle page fault', 'BUG: kernel NULL pointer dereference', 'general protection fault, probably',
  'possible circular locking dependency', 'possible recursive locking detected', 'sleeping function called from invalid context',
  'cut here ]---', 'WARNING: CPU: ', 'BUG: KASAN: ', 'suspicious RCU usage', 'blocked for more than', 'soft lockup - CPU#',
];
