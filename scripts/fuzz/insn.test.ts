import t from 'tap';
import { disassemble } from './disassemble.ts';
import {
  alu,
  aluReg,
  atomicAdd,
  call,
  callFunc,
  encode,
  exit,
  jump,
  jumpReg,
  load,
  mapRef,
  store,
  storeImm,
  wideImm,
} from './insn.ts';
import { HELPERS, helpersIn } from './interface.ts';

/** Bytes as llvm-objdump and the kernel's own macros have them. */
const ROWS: readonly (readonly [string, Parameters<typeof encode>[0], string])[] = [
  ['r6 = r1', [aluReg('mov', 6, 1)], 'bf16000000000000'],
  ['r9 = 256', [alu('mov', 9, 256)], 'b709000000010000'],
  ['r1 = *(u64 *)(r6 + 80)', [load(8, 1, 6, 80)], '7961500000000000'],
  ['*(u32 *)(r7 + 4) = 1', [storeImm(4, 7, 4, 1)], '6207040001000000'],
  ['*(u64 *)(r10 - 8) = r7', [store(8, 10, -8, 7)], '7b7af8ff00000000'],
  ['lock *(u64 *)(r7 + 4) += r9', [atomicAdd(7, 4, 9)], 'db97040000000000'],
  ['if r2 > r8 goto 3', [jumpReg('gt', 2, 8, 2)], '2d82020000000000'],
  ['if w1 != 0 goto 0', [jump('ne', 1, 0, -1, false)], '5601ffff00000000'],
  ['r3 = map rings', mapRef(3, 1), '18130000010000000000000000000000'],
  ['r3 = 0x1ffffffff ll', wideImm(3, 0x1ffffffffn), '18030000ffffffff0000000001000000'],
  ['call buffer_reserve', [call(213)], '85000000d5000000'],
  ['call function 3', [callFunc(2)], '8510000002000000'],
  ['exit', [exit()], '9500000000000000'],
];

t.test('instructions as bytes and as text', async (t) => {
  for (const [text, insns, bytes] of ROWS) {
    t.equal(encode(insns).toString('hex'), bytes, text);
    const [first] = disassemble({ type: 'dtrace', insns, funcs: [] }, HELPERS);
    t.equal(first?.slice(6), text);
  }
});

t.test('the numbers of helpers are those of the header', async (t) => {
  const header = Object.entries(HELPERS)
    .map(([name, number]) => `\tFN(${name}, ${number + 1}, ##ctx)\t\\`)
    .join('\n');
  t.equal(helpersIn(header).buffer_reserve, 214);
  t.throws(() => helpersIn('FN(unspec, 0, ##ctx)'), /no helper tail_call/);
});
