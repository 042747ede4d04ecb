/** Why the reader has as many turns as it has on one processor: from rows of the loads that are there to tell. */
import { rounded } from './excess.ts';
import { cell, type Table } from './table.ts';
import { say } from './texts.ts';
import type { Row } from './types.ts';
import { find } from './variants.ts';

const NAMES = { dtrace: 'this series', ringbuf: 'BPF ring buffer', perf: 'perf output' } as const;
type Way = keyof typeof NAMES;
const STEADY = 'steady';
const PADDED = 'steady padded';
const BATCH = 'steady batch';
/** Loads that are there to tell why, and are in the table of turns only. */
export const TO_TELL: readonly string[] = [PADDED, BATCH];

interface Turns {
  /** Instructions a firing. */
  readonly value: number;
  /** A firing. */
  readonly turns: number;
  /** Turns that find one record, of 100. */
  readonly single: number;
  /** The most firings from one to the next. */
  readonly behind: number;
  /** Instructions of each thread, a firing. */
  readonly reading: number;
  readonly writing: number;
  readonly padding: number;
}

/** undefined for rows of before these were counted, too. */
function turnsOf(rows: readonly Row[], source: Way, variant: string): Turns | undefined {
  const row = find(rows, { boot: 'stream-1cpu', section: 'stream', variant, source });
  const { fired, turns, single, behind, reading, writing, padding } = row?.extra ?? {};
  if (row === undefined || fired === undefined || turns === undefined || single === undefined) return undefined;
  if (behind === undefined || reading === undefined || writing === undefined || padding === undefined) return undefined;
  return {
    value: row.value,
    turns: turns / fired,
    single: (100 * single) / turns,
    behind,
    reading: Math.round(reading / fired),
    writing: Math.round(writing / fired),
    padding,
  };
}

/** The reader's time, of the writer's. */
const share = ({ reading, writing }: Turns): string => (reading / writing).toFixed(2);
const often = (value: number): string => value.toFixed(3);

/** None of rows of before these were counted. */
export function turnsTable(rows: readonly Row[]): Table {
  const title = 'End to end, 1 CPU: turns of the reader';
  return {
    title,
    note: say(title),
    columns: ['firing', 'turns', 'find one record', 'longest', 'reader', 'writer'],
    rows: [STEADY, PADDED, BATCH].flatMap((load) =>
      (['dtrace', 'perf', 'ringbuf'] as const).flatMap((way) => {
        const found = turnsOf(rows, way, load);
        if (found === undefined) return [];
        const { value, turns, single, behind, reading, writing } = found;
        const cells = [cell(value), often(turns), `${rounded(single)} %`, cell(behind), cell(reading), cell(writing)];
        return [{ label: `${NAMES[way]}, ${load}`, cells }];
      }),
    ),
  };
}

/** Said only where it is so: what is added to a record has to cost more than itself, by more turns. */
export function whyTurns(rows: readonly Row[]): string[] {
  const of = (way: Way) => {
    const [plain, padded, batch] = [STEADY, PADDED, BATCH].map((load) => turnsOf(rows, way, load));
    return plain && padded && batch && { plain, padded, batch, more: padded.value - plain.value };
  };
  const [dtrace, ringbuf] = [of('dtrace'), of('ringbuf')];
  if (dtrace === undefined || ringbuf === undefined) return [];
  const holds = [dtrace, ringbuf].every(
    ({ plain, padded, more }) => more > padded.padding && padded.turns > plain.turns,
  );
  if (!holds) return [];
  return [
    say('end to end: why turns', {
      single: rounded(Math.min(dtrace.plain.single, ringbuf.plain.single)),
      behind: rounded(Math.max(dtrace.plain.behind, ringbuf.plain.behind)),
      dtraceShare: share(dtrace.plain),
      ringbufShare: share(ringbuf.plain),
      padding: ringbuf.padded.padding,
      dtracePadded: rounded(dtrace.more),
      ringbufPadded: rounded(ringbuf.more),
      turns: often(ringbuf.plain.turns),
      paddedTurns: often(ringbuf.padded.turns),
      dtraceFew: often(dtrace.batch.turns),
      ringbufFew: often(ringbuf.batch.turns),
      dtraceBatch: rounded(dtrace.batch.value),
      ringbufBatch: rounded(ringbuf.batch.value),
    }),
  ];
}
