import t from 'tap';
import { findSplats, judgeSplats } from './splat.ts';

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

t.test('a head that the newline of another writer broke in two is one splat, wherever it broke', async (t) => {
  const after = '[    6.000000] e1000: link is up';
  for (const words of [
    "sysfs: cannot create duplicate filename '/kernel/dtrace'",
    'Fixing recursive fault but reboot is needed!',
    'psi: task underflow! cpu=1 t=2 tasks=[0 0 0 0] clear=4 set=0',
  ]) {
    const line = `[    5.000000] ${words}`;
    for (let at = 1; at < line.length; at++) {
      const found = findSplats([line.slice(0, at), line.slice(at), after]);
      t.equal(found.length, 1, `${line.slice(0, at)}|`);
    }
  }
  for (const quiet of [
    ['[    5.000000] e1000: link', 'is up'],
    ['[    5.000000] sysfs: cannot', after],
  ])
    t.strictSame(findSplats(quiet), []);
  const declared = findSplats(['[    5.000000] BUG: spinl', 'ock bad magic on CPU#0, bash/1']);
  t.strictSame(declared[0]?.heads, ['BUG: spinlock bad magic on CPU#0, bash/1'], 'whole, so that it can be declared');
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
  'a page table': ['mm/pgtable-generic.c:51: bad pmd ffff888003b1e200(8000000000000067)'],
  'the end of a process': ['BUG: Bad rss-counter state mm:00000000 type:MM_FILEPAGES val:1'],
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
