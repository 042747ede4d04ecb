import t from 'tap';
import { stripStamp } from './console-text.ts';
import { EXCUSED, HARMLESS, REPORTS } from './splat-fixtures.ts';
import { HEADS, isSplatHead } from './splat-heads.ts';
import { TRACELESS } from './traceless.ts';

/** Reports with what other writers and terminals put around them. */
const AROUND = `
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

for (const line of [...REPORTS, ...AROUND]) t.ok(isSplatHead(line), `a splat: ${JSON.stringify(line).slice(0, 70)}`);
for (const line of HARMLESS) t.notOk(isSplatHead(line), `no splat: ${line.slice(0, 60)}`);
for (const [line, reason] of EXCUSED) t.notOk(isSplatHead(`[    1.000000] ${line}`), `${line.slice(0, 60)}: ${reason}`);

t.test('each pattern has a line that it alone, or with others, makes a splat', async (t) => {
  const texts = REPORTS.map(stripStamp);
  for (const pattern of [...HEADS, ...TRACELESS])
    t.ok(
      texts.some((text) => pattern.test(text)),
      pattern.source,
    );
});

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
