/** Why a record's way from end to end costs what it does, and what is lost on it: from its rows and profiles. */
import { excess, largest, rounded, signed, sumOf } from './excess.ts';
import { callsOf, namesOf, profileTable, total } from './profile.ts';
import { cell, type Table } from './table.ts';
import { turnsTable, whyTurns } from './turns.ts';
import { say } from './texts.ts';
import type { Profile, Results, Row } from './types.ts';
import { find } from './variants.ts';

const WAYS = ['dtrace', 'ringbuf', 'perf'] as const;
type Way = (typeof WAYS)[number];
const CPUS = [1, 2] as const;
type Cpus = (typeof CPUS)[number];
type Profiles = Readonly<Record<Way, Profile>>;

const bootOf = (cpus: Cpus): string => `stream-${cpus}cpu`;
/** Functions named in a sentence. */
const NAMED = 7;
/** What a function takes that the table names, and what it takes more or less than in BPF's ring buffer. */
const SHOWN = 40;
const DIFFERS = 4;
/** The kernel's only function for it that every such thing calls once. */
const SWITCH = '__switch_to';
/** Once a turn of the reader. */
const POLL = 'do_epoll_wait';
const OFTEN = {
  'interrupts that wake a reader': 'irq_work_run',
  'tasks woken': 'try_to_wake_up',
  'context switches': SWITCH,
  polls: POLL,
} as const;
/** The program itself, and what makes a context of another type's. */
const ACTION = /^\(BPF program\)$|^dtrace_convert_/;
/** Reserve and commit, in perf's ring and in BPF's. */
const RING = /^(?:perf_output|perf_contig|dtrace_buffer)_|bpf_ringbuf_/;

/** undefined when one of the ways was not profiled. */
function profilesOn(profiles: readonly Profile[], cpus: Cpus): Profiles | undefined {
  const of = (source: Way): Profile | undefined =>
    profiles.find((each) => each.section === 'stream' && each.boot === bootOf(cpus) && each.source === source);
  const [dtrace, ringbuf, perf] = WAYS.map(of);
  return dtrace && ringbuf && perf && { dtrace, ringbuf, perf };
}

const often = (value: number): string => value.toFixed(3);

/** With a processor for itself the reader is hardly ever woken, so that a record's way is all there is. */
function recordsWay(two: Profiles): string {
  const more = excess(two.dtrace, two.ringbuf);
  return say('end to end: record', {
    woken: often(callsOf(two.dtrace, SWITCH)),
    ours: rounded(total(two.dtrace)),
    theirs: rounded(total(two.ringbuf)),
    more: rounded(total(more)),
    differences: largest(more, NAMED),
    action: signed(sumOf(more, ACTION)),
    ring: signed(sumOf(more, RING)),
  });
}

interface Turns {
  /** A firing. */
  readonly often: number;
  /** What one of them takes. */
  readonly each: Profile;
}

/** What is there on one processor, and not on two, is turns. */
function turnsOf(one: Profile, two: Profile): Turns {
  const more = callsOf(one, POLL) - callsOf(two, POLL);
  const { shares, ...rest } = excess(one, two);
  return { often: more, each: { ...rest, shares: shares.map((share) => ({ ...share, value: share.value / more })) } };
}

/** On one processor the reader's turns come in addition: how many there are, and what one takes. */
function turns(one: Profiles, two: Profiles): string {
  const of = (way: Way): Turns => turnsOf(one[way], two[way]);
  const [dtrace, ringbuf] = [of('dtrace'), of('ringbuf')];
  const values = WAYS.flatMap((way) => [
    [way, rounded(total(one[way]))],
    [`${way}Two`, rounded(total(two[way]))],
    [`${way}Turns`, often(of(way).often)],
    [`${way}Each`, rounded(total(of(way).each))],
  ]);
  const more = excess(dtrace.each, ringbuf.each);
  return say('end to end: turns', {
    ...Object.fromEntries(values),
    more: signed(total(one.dtrace) - total(one.ringbuf)),
    record: signed(total(two.dtrace) - total(two.ringbuf)),
    own: signed(ringbuf.often * total(more)),
    differences: largest(more, NAMED),
    number: signed((dtrace.often - ringbuf.often) * total(dtrace.each)),
  });
}

interface Overload {
  readonly name: string;
  readonly row: Row;
  /** Records that the ring holds. */
  readonly room: number;
  readonly behind: number;
  readonly wait: number;
  readonly lost: number;
}

const NAMES: Readonly<Record<Way, string>> = { dtrace: 'this series', ringbuf: 'BPF ring buffer', perf: 'perf output' };

function overloads(rows: readonly Row[], cpus: Cpus): Overload[] {
  return WAYS.flatMap((source) => {
    const row = find(rows, { boot: bootOf(cpus), section: 'stream', variant: 'overload', source });
    const { ring, behind, wait, lost } = row?.extra ?? {};
    if (row === undefined || row.bytes === null) return [];
    if (ring === undefined || behind === undefined || wait === undefined || lost === undefined) return [];
    return [{ name: NAMES[source], row, room: Math.floor(ring / row.bytes), behind, wait, lost }];
  });
}

const range = (values: readonly number[]): string => `${cell(Math.min(...values))} to ${cell(Math.max(...values))}`;
const list = (ways: readonly Overload[], one: (way: Overload) => string): string => ways.map(one).join(', ');

/** In a batch, with the one that tells what was lost. */
const firings = ({ extra: { fired = 0 }, repetitions }: Row): number => fired / repetitions;

/** Said only where it is so: what comes in while the reader waits is lost beyond what the ring holds. */
function lostOnOne(ways: readonly Overload[]): string[] {
  const slice = ways[0]?.row.extra['slice'] ?? 0;
  if (slice === 0 || !ways.every(({ behind, room, lost }) => behind > room === lost > 0)) return [];
  return [
    say('overload: one CPU', {
      wait: range(ways.map((way) => way.wait)),
      slice,
      ways: list(ways, ({ name, behind, room, lost }) => `${name} ${behind} (room for ${room}, ${lost} lost)`),
    }),
  ];
}

function lostOnTwo(ways: readonly Overload[]): string[] {
  if (ways.length === 0 || !ways.every(({ behind, room }) => behind > room)) return [];
  return [
    say('overload: two CPUs', {
      behind: range(ways.map((way) => way.behind)),
      ways: list(ways, ({ name, row, room }) => {
        const delivered = (row.extra['delivered'] ?? 0) / row.repetitions;
        return `${name} ${rounded(delivered)} of ${rounded(firings(row))} (room for ${room})`;
      }),
    }),
  ];
}

/** By function, how often, and what was lost. */
export function endToEndTables({ rows, profiles = [] }: Results): Table[] {
  const columns = CPUS.flatMap((cpus) => {
    const found = profilesOn(profiles, cpus);
    return found === undefined ? [] : WAYS.map((way) => ({ ...found[way], column: `${cpus} CPU ${way}` }));
  });
  const two = profilesOn(profiles, 2);
  const differing = two === undefined ? [] : namesOf([excess(two.dtrace, two.ringbuf)], DIFFERS);
  const names = [...new Set([...namesOf(columns, SHOWN), ...differing])];
  const overloaded = CPUS.flatMap((cpus) => overloads(rows, cpus).map((way) => ({ ...way, cpus })));
  const often = 'End to end, steady: how often a firing';
  const lost = 'End to end, overload: what the reader has to wait for';
  return [
    profileTable('End to end, steady: where the instructions are', columns, names),
    {
      title: often,
      note: say(often),
      columns: columns.map(({ column }) => column),
      rows: Object.entries(columns.length === 0 ? {} : OFTEN).map(([label, name]) => ({
        label: `${label} (${name})`,
        cells: columns.map((profile) => callsOf(profile, name).toFixed(3)),
      })),
    },
    turnsTable(rows),
    {
      title: lost,
      note: say(lost),
      columns: ['instructions', 'firings', 'room', 'lost'],
      rows: overloaded.map(({ cpus, name, wait, behind, room, lost: gone }) => ({
        label: `${cpus} CPU, ${name}`,
        cells: [wait, behind, room, gone].map(cell),
      })),
    },
  ];
}

/** Paragraphs; none without the rows and profiles. */
export function endToEnd({ rows, profiles = [] }: Results): string[] {
  const [one, two] = CPUS.map((cpus) => profilesOn(profiles, cpus));
  return [
    ...(two === undefined ? [] : [recordsWay(two)]),
    ...(one === undefined || two === undefined ? [] : [turns(one, two)]),
    ...whyTurns(rows),
    ...lostOnOne(overloads(rows, 1)),
    ...lostOnTwo(overloads(rows, 2)),
  ];
}
