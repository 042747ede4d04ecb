import t from 'tap';
import { row } from '../testing/bench.ts';
import { turnsTable, whyTurns } from './turns.ts';
import type { Row } from './types.ts';

function steady(source: string, load: string, value: number, turns: number, over: Record<string, number> = {}): Row {
  const counted = { fired: 1000, single: turns - 1, behind: 800, reading: 1126_000, writing: 1960_000, padding: 0 };
  const extra = { ...counted, turns, ...over };
  return row({ boot: 'stream-1cpu', section: 'stream', variant: `steady${load}`, source, value, extra });
}

const ROWS = [
  steady('dtrace', '', 3090, 262),
  steady('dtrace', ' padded', 3246, 275, { padding: 50 }),
  steady('dtrace', ' batch', 936, 1),
  steady('ringbuf', '', 2918, 250, { reading: 1137_000, behind: 840 }),
  steady('ringbuf', ' padded', 3064, 262, { padding: 50 }),
  steady('ringbuf', ' batch', 884, 1),
];

t.test('why there are more turns: what is added to a record costs more than itself', async (t) => {
  const [text = '', ...others] = whyTurns(ROWS);
  t.strictSame(others, []);
  t.match(text, /100 of 100 turns find one record, .* at most 840\. The reader gets 0\.57 .*series and 0\.58 with/);
  t.match(text, /takes 50 instructions more .* is 156 more in this series and 146 with the ring buffer/);
  t.match(text, /whose turns are then 0\.262 a firing instead of 0\.250\./);
  t.match(text, /which is 0\.001 and 0\.001 turns a firing, it is 936 and 884\.$/);
});

t.test('it is said only where it is so, and where it was counted', async (t) => {
  const instead = (at: number, other: Row): Row[] => ROWS.with(at, other);
  t.strictSame(whyTurns(instead(4, steady('ringbuf', ' padded', 2950, 262, { padding: 50 }))), [], 'costs less');
  t.strictSame(whyTurns(instead(4, steady('ringbuf', ' padded', 3064, 250, { padding: 50 }))), [], 'no more turns');
  for (const at of ROWS.keys()) t.strictSame(whyTurns(ROWS.toSpliced(at, 1)), [], `without row ${at}`);
  const { turns: _, ...before } = ROWS[0]?.extra ?? {};
  t.strictSame(whyTurns(instead(0, row({ ...(ROWS[0] as Row), extra: before }))), [], 'not counted');
});

t.test('the table of turns', async (t) => {
  const { columns, rows } = turnsTable(ROWS);
  t.equal(rows.length, ROWS.length);
  t.strictSame(rows[0], {
    label: 'this series, steady',
    cells: ['3090', '0.262', '100 %', '800', '1126', '1960'],
  });
  t.equal(rows[0]?.cells.length, columns.length);
  t.strictSame(turnsTable([]).rows, []);
});
