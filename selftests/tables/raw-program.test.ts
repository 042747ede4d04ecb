import t from 'tap';
import { bpfProgram, insn } from './raw-program.ts';

t.test('an instruction is eight little-endian bytes', async (t) => {
  t.equal(Buffer.from(insn(0xb7, 3, 0, 0, -1)).toString('hex'), 'b7030000ffffffff');
  t.equal(Buffer.from(insn(0x79, 2, 1, -8, 0)).toString('hex'), '7912f8ff00000000');
});

t.test('a program with and without a tail call', async (t) => {
  t.equal(Buffer.from(bpfProgram('kprobe').insns).toString('hex'), 'b700000000000000' + '9500000000000000');
  const caller = bpfProgram('kprobe', { fd: 7 }, { flags: 16 });
  t.equal(caller.insns.length, 6 * 8);
  t.equal(Buffer.from(caller.insns).toString('hex', 0, 8), '1812000007000000', 'the map by its fd');
  t.equal(caller.flags, 16);
});
