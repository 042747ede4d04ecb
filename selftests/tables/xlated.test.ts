import t from 'tap';
import { insn } from './raw-program.ts';
import { listing, withoutMapIds } from './xlated.ts';

t.test('ids of maps go, all else stays', async (t) => {
  const program = Buffer.concat([
    insn(0xb7, 3, 0, 0, 0x18),
    insn(0x18, 2, 1, 0, 1234),
    insn(0, 0, 0, 0, 5),
    insn(0x85, 0, 0, 0, 12),
    insn(0x95, 0, 0, 0, 0),
  ]);
  t.same(listing(withoutMapIds(program)), [
    'b703000018000000',
    '1812000000000000',
    '0000000000000000',
    '850000000c000000',
    '9500000000000000',
  ]);
});

t.test('a plain constant is no map', async (t) => {
  const program = Buffer.concat([insn(0x18, 2, 0, 0, 1234), insn(0, 0, 0, 0, 0x18), insn(0x95, 0, 0, 0, 0)]);
  t.same(withoutMapIds(program), program);
});
