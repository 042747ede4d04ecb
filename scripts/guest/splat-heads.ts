/**
 * How the kernel begins a report about itself. Sources: the strings of Linux 6.12 and 7.3 (kernel/, mm/, lib/, fs/,
 * arch/x86, arch/arm64) and the lists of formats that syzkaller, NIPA and the kernel test robot look for. Anchored
 * behind stamp and caller, so that text which quotes a report is none.
 */
import { isMarker, splitWriters, stripStamp } from './console-text.ts';
import { isTraceless } from './traceless.ts';

export const HEADS: readonly RegExp[] = [
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
  // these have a trace, but no word before it that the others begin with
  /^bad: scheduling from the idle thread!/,
  /^(?:sched: )?CPU \d+ need_resched set for > /,
  /^CFI failure at /,
  /^(?:usercopy: )?Kernel memory (?:exposure|overwrite) attempt detected /,
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

/** Begins of the kernel's own warnings that say no place in the source. */
const WARNING_OF_KERNEL =
  /^WARNING: (?:possible |suspicious |inconsistent |bad |held lock |lock held |Nested |.*-safe -> |\S+\/\d+ )/;

/** "WARNING: " and words that may be anyone's. */
export function isPlainWarning(line: string): boolean {
  const text = stripStamp(line);
  return /^WARNING: /.test(text) && !UNMISTAKABLE.test(text) && !WARNING_OF_KERNEL.test(text);
}

export function isSplatHead(line: string): boolean {
  return splitWriters(line).some((part) => {
    const text = stripStamp(part);
    if (HEADS.some((head) => head.test(text)) || isTraceless(text)) return true;
    return !isMarker(part) && UNMISTAKABLE.test(text);
  });
}
