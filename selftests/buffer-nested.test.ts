import { guestTestBothModes } from '../scripts/guest/guest-test.ts';
import { recordTotal } from './lib/buffer.ts';
import { figures } from './lib/figures.ts';
import { nativeJson, scaled, soak } from './lib/native.ts';

/** enum nested_source: positions in the arrays. */
const [OUTER, OUTPUT, INNER, TICK, TICK_OUTPUT] = [0, 1, 2, 3, 4];

/** Bytes of ring that a struct nested_record takes. */
const RECORD = recordTotal(64);

interface Account {
  /** As many as were asked for, or more: until a timer has found a record open. */
  readonly turns: number;
  readonly seen: readonly number[];
  readonly outOfOrder: readonly number[];
  readonly written: readonly number[];
  readonly failed: readonly number[];
  readonly bytes: number;
  readonly torn: number;
  readonly lost: number;
  readonly emptyLost: number;
  readonly others: number;
  readonly discarded: number;
  readonly inside: number;
  readonly nested: number;
}
interface Run {
  readonly broken: number;
  readonly early: number;
  readonly unpublished: number;
  readonly wentBack: number;
  readonly cpus: readonly Account[];
}

interface Row {
  readonly name: string;
  readonly plan: number;
  readonly turns: number;
  readonly long: number;
  readonly steps: number;
  readonly periodNs: number;
  /** Records of OUTER, OUTPUT and INNER that a turn adds. */
  readonly perTurn: readonly [number, number, number];
  readonly discardsPerTurn: number;
}
const ROWS: readonly Row[] = [
  {
    name: "D8: perf_event_output and reserve/commit between another's reserve and commit",
    plan: 0,
    turns: 400,
    long: 200_000,
    steps: 0,
    periodNs: 0,
    perTurn: [1, 2, 2],
    discardsPerTurn: 0,
  },
  {
    name: 'the same, the outer record discarded',
    plan: 1,
    turns: 400,
    long: 200_000,
    steps: 0,
    periodNs: 0,
    perTurn: [0, 2, 2],
    discardsPerTurn: 1,
  },
  {
    name: 'the same, the inner records discarded',
    plan: 3,
    turns: 400,
    long: 200_000,
    steps: 0,
    periodNs: 0,
    perTurn: [1, 2, 0],
    discardsPerTurn: 2,
  },
  {
    name: 'nobody between, discarded',
    plan: 2,
    turns: 400,
    long: 200_000,
    steps: 0,
    periodNs: 0,
    perTurn: [0, 0, 0],
    discardsPerTurn: 1,
  },
  {
    name: 'D8: timer interrupts between reserve and commit',
    plan: 4,
    turns: 600,
    long: 6_000,
    steps: 50_000,
    periodNs: 150_000,
    perTurn: [1, 0, 0],
    discardsPerTurn: 0,
  },
  {
    name: 'timer interrupts and a tracepoint, mixed',
    plan: 0,
    turns: 400,
    long: 100_000,
    steps: 0,
    periodNs: 150_000,
    perTurn: [1, 2, 2],
    discardsPerTurn: 0,
  },
];

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function summary(cpus: readonly Account[]): string {
  const written = sum(cpus.flatMap((a) => a.written));
  const seen = sum(cpus.flatMap((a) => a.seen));
  return (
    `${written} written, ${seen} read, ${sum(cpus.map((a) => a.discarded))} discarded, ` +
    `${sum(cpus.map((a) => a.inside))} interrupts inside an open record`
  );
}

for (const row of ROWS) {
  const seconds = soak ? 600 : 30;
  guestTestBothModes(`nested writers: ${row.name}`, { seconds }, async (t, guest) => {
    const turns = soak ? row.long : scaled(guest, row.turns);
    const args = ['buffer-nested', guest.progPath('buffer-nested'), row.plan, 128, turns, row.steps, row.periodNs].map(
      String,
    );
    const run = await nativeJson<Run>(guest, args, seconds);
    figures(t, `${run.cpus.map((a) => a.turns).join(' and ')} turns a CPU: ${summary(run.cpus)}`);
    t.equal(run.broken, 0, 'the ring held records and nothing else');
    if (row.periodNs === 0 || row.steps > 0)
      t.equal(run.early, 0, 'nothing is published while the outer record is open');
    t.equal(run.unpublished, 0, 'everything is once it is not');
    t.equal(run.wentBack, row.plan === 2 ? sum(run.cpus.map((a) => a.turns)) : 0);
    for (const [cpu, a] of run.cpus.entries()) {
      t.same(
        { torn: a.torn, lost: a.lost, others: a.others },
        { torn: 0, lost: 0, others: 0 },
        `cpu ${cpu}: ${JSON.stringify(a)}`,
      );
      t.equal(a.bytes, RECORD * (sum(a.seen) + a.emptyLost), 'D7: no byte of the ring is taken by anything else');
      t.same(a.outOfOrder, [0, 0, 0, 0, 0]);
      t.same(a.failed, [0, 0, 0, 0, 0]);
      t.same(a.seen, a.written, 'all that was written was read');
      t.same(
        [a.written[OUTER], a.written[OUTPUT], a.written[INNER]],
        row.perTurn.map((n) => n * a.turns),
      );
      t.ok(a.turns === turns || (row.steps > 0 && a.turns > turns), `${a.turns} turns`);
      t.equal(a.discarded, row.discardsPerTurn * a.turns);
      t.equal(a.nested, row.perTurn[1] * a.turns, 'the tracepoint fired inside');
      if (row.periodNs > 0) t.ok((a.written[TICK] ?? 0) > 0 && (a.written[TICK_OUTPUT] ?? 0) > 0, 'both timers wrote');
      if (row.steps > 0) t.ok(a.inside > 0, `${a.inside} interrupts came while a record was open`);
    }
  });
}
