/** What is looked for letter by letter where two writers mixed theirs. */
import { fixedLetters } from './fixed-letters.ts';
import { isTelling } from './mixed-letters.ts';
import { HEADS } from './splat-heads.ts';
import { TRACELESS } from './traceless.ts';

/**
 * The words behind a head that is too short to be found so ("BUG: ", "WARNING: "), and those between two names.
 * What varies is left out.
 */
const MORE: readonly string[] = [
  'WARNING: CPU: PID: at ',
  'WARNING: kernel/.c: at +0x/0x, CPU#: ',
  'kernel BUG at .c:!',
  '[verbose debug info unavailable]',
  'BUG: unable to handle page fault',
  'BUG: kernel NULL pointer dereference',
  'BUG: sleeping function called from invalid context',
  'BUG: scheduling while atomic',
  'BUG: using smp_processor_id() in preemptible',
  'BUG: using __this_cpu_',
  '() in preemptible [',
  'BUG: spinlock ',
  'BUG: workqueue lockup - pool',
  'BUG: workqueue leaked ',
  'BUG: MAX_LOCKDEP_',
  'stack guard page was hit at',
  'Bad page state in process',
  'Bad page map in process',
  'Bad page cache in process',
  'ref_tracker: ',
  ' has / users at',
  'neighbour leakage',
  'kthread starved for  jiffies!',
  'BUG: bad unlock balance detected!',
  'BUG: held lock freed!',
  'BUG: Bad rss-counter state',
  'still in use () [unmount of ',
  'BUG: KASAN: ',
  'BUG: KFENCE: ',
  'BUG: KCSAN: ',
  'BUG: soft lockup - CPU#',
  '[ BUG: Invalid wait context ]',
  '(Not tainted): ',
  ' (Tainted: G ',
  'Oops: Oops: [#',
  'divide error: 0000 [#',
  'invalid opcode: 0000 [#',
  'stack segment: 0000 [#',
  'invalid TSS: 0000 [#',
  'int3: 0000 [#',
  'exception: 0000 [#',
  'Bad pagetable: 000 [#',
  'general protection fault, probably for',
  'WARNING: suspicious RCU usage',
  'WARNING: inconsistent lock state',
  'WARNING: bad unlock balance detected!',
  'WARNING: held lock freed!',
  'WARNING: lock held when returning to user space!',
  'WARNING: Nested lock was not taken',
  'still has locks held!',
  '-unsafe lock order detected',
  'UBSAN: array-index-out-of-bounds in',
  'UBSAN: shift-out-of-bounds in',
  'UBSAN: signed-integer-overflow in',
  'ODEBUG: free active (active state',
  'DEBUG_LOCKS_WARN_ON()',
  'PANIC: double fault, error_code: ',
  'detected stalls on CPUs/tasks',
  'detected expedited stalls on CPUs/tasks',
  'detected stalls on tasks:',
  'detected stalls? (Late IPI?)',
  'self-detected stall on CPU',
  'Watchdog detected hard LOCKUP on cpu',
  'is blocked on a mutex',
  'blocked on a semaphore',
  'refcount_t: underflow; use-after-free',
  'refcount_t: addition on 0; use-after-free',
  'refcount_t: saturated; leaking memory',
  'tried to add an uninitialized object',
  'tried to init an initialized object',
  'EXT4-fs (): group descriptors corrupted!',
  'mm/pgtable-generic.c:: bad pgd ',
  'mm/pgtable-generic.c:: bad p4d ',
  'mm/pgtable-generic.c:: bad pud ',
  'mm/pgtable-generic.c:: bad pmd ',
  'Leaked POSIX lock on dev=',
  'BUG in find_next_ancestor: called with',
  'NEIGH: BUG, double timer add',
  'error, dev , sector ',
  'slab error in verify_redzone_free()',
  'double free detected',
  'percpu ref double free',
  'pagealloc: memory corruption',
  'pagealloc: single bit error',
  'KASAN: null-ptr-deref in range [',
  'KASAN: maybe wild-memory-access in range [',
  'BPF: vmlinux [',
];

/** What is in one of them may have a name that is longer than a turn of the other writer. */
const DIRECTORIES = ['arch/x86/', 'block/', 'drivers/', 'fs/', 'include/linux/', 'kernel/', 'lib/', 'mm/', 'net/'];

/** What BTF that is refused begins with. */
const BTF_KINDS =
  'INT PTR ARRAY STRUCT UNION ENUM FWD TYPEDEF VOLATILE CONST RESTRICT FUNC FUNC_PROTO VAR DATASEC FLOAT ENUM64'.split(
    ' ',
  );

export const PHRASES: readonly string[] = [
  ...new Set([
    ...[...HEADS, ...TRACELESS].flatMap(fixedLetters).filter(isTelling),
    ...MORE,
    ...DIRECTORIES.map((directory) => `kernel BUG at ${directory}`),
    ...BTF_KINDS.map((kind) => `BPF: [] ${kind} `),
  ]),
];
