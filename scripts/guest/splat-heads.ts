/**
 * How the kernel begins a report about itself. Sources: the strings of Linux 6.12 and 7.3 (kernel/, mm/, lib/, fs/,
 * arch/x86, arch/arm64) and the lists of formats that syzkaller, NIPA and the kernel test robot look for. Anchored
 * behind stamp and caller, so that text which quotes a report is none.
 */
import { isMarker, splitWriters, stripStamp } from './console-text.ts';
import { isTraceless } from './traceless.ts';

const HEADS: readonly RegExp[] = [
  // lib/bug.c, kernel/panic.c
  /^-+\[ (?:cut here|ftrace bug) \]-{12}/,
  /^WARNING: /,
  /^[Kk]ernel BUG at /,
  /^Kernel panic - not syncing/,
  // "BUG: " of many; SLUB's "BUG kmalloc-512 (Not tainted): ..."; lockdep's "[ BUG: ... ]" and the
  // "[ INFO: ... ]" of older kernels
  /^(?:watchdog: )?BUG: /,
  /^BUG \S.* \((?:Not tainted|Tainted\b|G |P )[^)]*\): /,
  /^\[ (?:BUG|INFO): .* \]/,
  // exceptions, arch/x86 and arch/arm64
  /^Oops:? /,
  /^(?:invalid opcode|divide error|double fault|general protection fault|stack segment)\b.*(?:\[#\d+\]|: [0-9a-f]{4})/,
  /^(?:segment not present|int3|bounds|alignment check|trap)\b.*(?:\[#\d+\]|: [0-9a-f]{4})/,
  // die(): "WHAT: ERROR_CODE [#COUNT]", of whichever exception
  /^[\w#][\w #,-]*: [0-9a-f]{4,16} \[#\d+\]/,
  /^(?:traps: )?PANIC: /,
  /^traps: PANIC/,
  /^Unable to handle kernel /,
  /^Internal error: /,
  /^(?:unchecked )?MSR access error: /,
  /^(?:Kernel stack overflow|Insufficient stack space to handle exception)/,
  // sanitizers and debugging
  /^(?:KASAN|UBSAN|KCSAN|KMSAN|KFENCE): /,
  /^ODEBUG: (?!selftest passed|\d+ of \d+ active objects)/,
  /^DEBUG_LOCKS_WARN_ON/,
  /^(?:pagealloc|page_owner|page_poison): /,
  /^slab error in /,
  /^list_(?:add|del) (?:corruption|double add)/,
  /^(?:slab: |percpu ref )?\bdouble free\b/,
  /^refcount_t: /,
  /^ref_tracker: reference already released/,
  /^check: Corrupted low memory at /,
  /^NEIGH: BUG, /,
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
  // fs/sysfs, lib/kobject.c, kernel/irq
  /^sysfs: cannot create duplicate filename/,
  /^kobject: .* something is seriously wrong/,
  /^irq \d+: nobody cared/,
  /^irq event \d+: bogus return value/,
  // kernel/smp.c, whose traces of other processors look as if they were asked for; kernel/jump_label.c
  /^smp: csd: .* non-responsive CSD lock/,
  /^jump_label: Fatal kernel bug, /,
  /^Thread overran stack, or stack corrupted/,
  /: Corrupted page table at address /,
  // memory that ran out in a guest that has enough
  /: page allocation failure: order:/,
  / invoked oom-killer: /,
];

/** Begins of a report that another writer's unfinished line cannot hide: no other text has them. */
const UNMISTAKABLE = new RegExp(
  [
    String.raw`WARNING: (?:CPU: \d+ PID: \d+ at |\S+:\d+ at \S+\+0x)`,
    'WARNING: (?:possible .* detected|suspicious RCU usage|inconsistent lock state)$',
    String.raw`BUG: (?:KASAN|KFENCE|KCSAN|KMSAN|unable to handle|kernel NULL pointer|soft lockup)\b`,
    String.raw`BUG: (?:sleeping function called|scheduling while atomic)\b`,
    String.raw`BUG [\w:-]+ \((?:Not tainted|Tainted: [^)]*)\): `,
    'Kernel panic - not syncing: ',
    String.raw`Oops: .*[0-9a-f]{4} \[#\d+\]`,
    String.raw`[Kk]ernel BUG at \S+:\d+!$`,
    'general protection fault, probably for ',
    'unchecked MSR access error: (?:RDMSR|WRMSR) ',
    String.raw`UBSAN: [\w-]+ in \S+:\d+`,
    String.raw`INFO: (?:task \S+:\d+ blocked for more than|\S+ (?:self-)?detected (?:expedited )?stalls? on CPU)`,
    String.raw`\[ BUG: .* \]$`,
    String.raw`-{12}\[ cut here \]-{12}$`,
  ].join('|'),
);

export function isSplatHead(line: string): boolean {
  return splitWriters(line).some((part) => {
    const text = stripStamp(part);
    if (HEADS.some((head) => head.test(text)) || isTraceless(text)) return true;
    return !isMarker(part) && UNMISTAKABLE.test(text);
  });
}

/**
 * Words of a report that are looked for letter by letter where two writers mixed theirs: long, or with letters that
 * other text seldom has. What varies between them is left out, and reads as another writer's.
 */
export const PHRASES: readonly string[] = [
  'Kernel panic - not syncing',
  'WARNING: CPU: PID: at ',
  '------------[ cut here ]------------',
  'kernel BUG at .c:!',
  'BUG: unable to handle page fault',
  'BUG: kernel NULL pointer dereference',
  'BUG: sleeping function called from invalid context',
  'BUG: scheduling while atomic',
  'BUG: KASAN: ',
  'BUG: KFENCE: ',
  'BUG: soft lockup - CPU#',
  '[ BUG: Invalid wait context ]',
  'BUG (Not tainted): ',
  'BUG (Tainted: ',
  'Oops: Oops: [#',
  'general protection fault, probably for',
  'UBSAN: array-index-out-of-bounds',
  'possible circular locking dependency detected',
  'possible recursive locking detected',
  'WARNING: suspicious RCU usage',
  'WARNING: inconsistent lock state',
  'refcount_t: underflow; use-after-free',
  'refcount_t: addition on 0; use-after-free',
  'INFO: task blocked for more than',
  'self-detected stall on CPU',
  'detected stalls on CPUs/tasks',
  'Watchdog detected hard LOCKUP',
  'unchecked MSR access error: ',
  'cannot create duplicate filename',
  // no trace says it a second time
  'kobject_add_internal failed for',
  'unregister_netdevice: waiting for',
  'VFS: Busy inodes after unmount of',
  'Fixing recursive fault but reboot is needed!',
  'new suspected memory leaks',
  'unreferenced object 0x (size ):',
  'huh, entered softirq',
];
