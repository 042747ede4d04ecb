import t from 'tap';
import { findSplats } from './splat.ts';

t.test("a program's warning is none on a console with stamps; the kernel's is, with a stamp or without", async (t) => {
  const ordinary = '[    5.000000] ordinary';
  const program = 'WARNING: Running pip as the root user can break permissions';
  t.strictSame(findSplats([ordinary, program]), []);
  for (const lines of [
    [program],
    [ordinary, `[    6.000000] ${program}`],
    ['[    5.000000] ', program],
    [ordinary, 'WARNING: held lock freed!'],
    [ordinary, 'WARNING: bash/1 still has locks held!'],
    [ordinary, 'WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2'],
    [ordinary, 'WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected'],
  ])
    t.equal(findSplats(lines).length, 1, lines.join(' | '));
});

t.test('what an oops leaves behind is its own; without one it is a splat', async (t) => {
  const note = '[    9.000000] note: writer[77] exited with preempt_count 1';
  const oops = ['[    8.000000] Oops: Oops: 0002 [#1] SMP', '[    8.100000] ---[ end trace 0000000000000000 ]---'];
  t.equal(findSplats([...oops, note]).length, 1);
  t.equal(findSplats([note]).length, 1);
});
