import t from 'tap';
import { u32 } from '../../scripts/guest/bytes.ts';
import { decodeLayout, encodeContext, loadAllowed, unlisted } from './access.ts';

const layout = decodeLayout(u32(0, 4, 1, 8, 8, 0, 16, 24, 1, 48, 0, 2, 0, 0, 0));

t.test('arrays are words, and the last row is the size', async (t) => {
  t.equal(layout.size, 48);
  t.same(
    layout.fields.map(({ offset, size }) => [offset, size]),
    [
      [0, 4],
      [8, 8],
      [16, 8],
      [24, 8],
      [32, 8],
    ],
  );
});

t.test('inside a field, aligned, and whole where it must be', async (t) => {
  for (const [offset, size, allowed] of [
    [0, 4, true],
    [0, 1, true],
    [3, 1, true],
    [2, 2, true],
    [1, 2, false],
    [0, 8, false],
    [2, 4, false],
    [8, 8, true],
    [8, 4, false],
    [12, 4, false],
    [8, 1, false],
    [16, 8, true],
    [20, 4, true],
    [20, 8, false],
    [40, 8, false],
    [48, 1, false],
    [-8, 8, false],
  ] as const)
    t.equal(loadAllowed(layout, offset, size), allowed, `${size} at ${offset}`);
});

t.test('what the list leaves out', async (t) => {
  t.same(
    [4, 40, 48, 0].map((offset) => unlisted(layout, offset)),
    [true, true, false, false],
  );
});

t.test('a context is written field by field', async (t) => {
  const whole = decodeLayout(
    u32(
      ...[0, 4].flatMap((at) => [at, 4, 1]),
      8,
      8,
      0,
      16,
      8,
      1,
      ...Array.from({ length: 10 }, (_, index) => [24 + 4 * index, 4, 1]).flat(),
      64,
      96,
      1,
      160,
      8,
      1,
      168,
      8,
      0,
      176,
      0,
      2,
    ),
  );
  const bytes = Buffer.from(encodeContext(whole, { probe_id: 7, kind: 3, 'argv[11]': 5n, retval: 6n, regs: -1n }));
  t.equal(bytes.length, 176);
  t.same(
    [bytes.readUInt32LE(4), bytes.readUInt32LE(60), ...[152, 160, 168].map((at) => bytes.readBigInt64LE(at))],
    [7, 3, 5n, 6n, -1n],
  );
  t.throws(() => encodeContext(whole, { nonsense: 1 }), /no field nonsense/);
});
