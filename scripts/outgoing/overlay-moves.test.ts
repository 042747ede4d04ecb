import t from 'tap';
import { planMoves } from './overlay-moves.ts';

const entry = (file: string, from?: string): { file: string; from: string | undefined } => ({ file, from });
/** A patch in front of three, of which the second is gone. */
const ENTRIES = [
  entry('0001-new.patch'),
  entry('0002-one.patch', '0001-one.patch'),
  entry('0003-three.patch', '0003-three.patch'),
];

const ROWS: readonly (readonly [what: string, name: string, via: string | undefined, to: string | undefined])[] = [
  ['a diff follows its patch', '0001.diff', '0002-one.patch.diff', '0002.diff'],
  ['one of a patch that stays', '0003.diff', undefined, '0003.diff'],
  ['one of a patch that is gone', '0002.diff', undefined, undefined],
  [
    'a patch of the base alone follows the one that it is behind',
    '0001a-x.patch',
    '0002-one.patch.a-x.patch',
    '0002a-x.patch',
  ],
  ['or, when that is gone, the one in front of it', '0002a-x.patch', undefined, '0002a-x.patch'],
  ['what is in front of all stays there', '0000a-x.patch', undefined, '0000a-x.patch'],
  ['what was on its way before the manifest', '0002-one.patch.diff', '0002-one.patch.diff', '0002.diff'],
  ['what was on its way to a number that is another now', '0007-one.patch.diff', '0002-one.patch.diff', '0002.diff'],
  ['a patch on its way', '0002-one.patch.b-x.patch', '0002-one.patch.a-x.patch', '0002a-x.patch'],
];

for (const [what, name, via, to] of ROWS) {
  t.test(`other numbers: ${what}`, async (t) => {
    const { renamed, removed, problems } = planMoves('v1', [name, 'notes.txt'], ENTRIES);
    t.strictSame(renamed, via === undefined ? [] : [{ name, via, to }]);
    t.strictSame(removed, to === undefined ? [name] : []);
    t.strictSame(problems, []);
  });
}

t.test('two that are behind the same patch now get letters in their order', async (t) => {
  const { renamed } = planMoves('v1', ['0001a-x.patch', '0002a-y.patch'], ENTRIES);
  t.strictSame(
    renamed.map(({ to }) => to),
    ['0002a-x.patch', '0002b-y.patch'],
  );
});

t.test("what was on its way to a patch that is gone is a person's to name", async (t) => {
  const { renamed, problems } = planMoves('v1', ['0002-two.patch.diff'], ENTRIES);
  t.strictSame(renamed, []);
  t.match(problems, [
    { code: 'OVERLAY_MOVING', position: { file: 'patches/v1/0002-two.patch.diff' }, hint: /NNNN.diff/ },
  ]);
});
