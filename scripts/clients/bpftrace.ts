/** bpftrace: its maps, and its events, which come through a ring. Pure. */
import { CALLS, check, checkCalls, numberIn, whole, WORK, type Client, type Read } from './client.ts';

const bpftrace = (program: string, work = WORK): string => `bpftrace -e '${program}' -c '${work}'`;
/** Numbered, so that one that is lost, twice there or in the wrong place is seen. */
const NUMBERED = 'tracepoint:syscalls:sys_enter_write /comm == "dd"/ { printf("event %d\\n", @n++); }';

interface Events {
  readonly seen: readonly number[];
  readonly lost: number;
  /** As the program itself counted them. */
  readonly written: number;
}

export function readEvents(text: string): Events {
  const numbers = (pattern: RegExp): number[] => [...text.matchAll(pattern)].map(([, number]) => Number(number));
  return {
    seen: numbers(/^event (\d+)$/gm),
    lost: numbers(/^Lost (\d+) events$/gm).reduce((sum, one) => sum + one, 0),
    written: numberIn(text, /^@n: (\d+)$/m),
  };
}

/**
 * @param losing whether events are meant to be lost. How many of these bpftrace reports is a matter of when it looks:
 * on the base and with the series alike there were runs without a word of them.
 */
function judgeEvents(text: string, losing: boolean): Read[] {
  const { seen, lost, written } = readEvents(text);
  const told = `${seen.length} seen, ${lost} lost, ${written} written`;
  return [
    checkCalls('events are written', written),
    check(
      'events come in their order, and none twice',
      seen.length > 0 && seen.every((number, at) => at === 0 || number > (seen[at - 1] ?? 0)),
      `${seen.length} events`,
    ),
    losing
      ? check('some are there, and no more are reported as lost than are', seen.length + lost <= written, told)
      : check('each event is there', seen.length === written && lost === 0, told),
    ...(losing ? [check('a ring of one page has no room for all', seen.length < written, told)] : []),
  ];
}

/** All that it printed, without empty lines. */
const printed = (text: string): Read =>
  whole(
    'output',
    text.split('\n').filter((line) => line.trim() !== ''),
  );

/** Each stack with its count; how far into a function it is, is the compiler's matter. */
const stacks = (text: string): Read =>
  whole(
    'stacks',
    [...text.matchAll(/^@\[([^\]]*)\]: (\d+)$/gm)]
      .map(([, names = '', count = '']) => `${names.replace(/\+\d+$/gm, '').replace(/\s+/g, ' ')}: ${count}`)
      .sort(),
  );

/** In emulation the start takes most of it: a compiler is loaded. */
const SECONDS = 120;
const INTERVALS = 30;

const client = (name: string, script: string, read: Client['read']): Client => ({
  suite: 'bpftrace',
  name,
  packages: ['bpftrace'],
  script,
  seconds: SECONDS,
  read,
});

/** The workload ends after a pause: bpftrace reads its count of losses between polls, and not at its end. */
const LOSING = [
  'work=$(mktemp)',
  `printf '%s\\nsleep 3\\n' '${WORK}' > $work`,
  `BPFTRACE_PERF_RB_PAGES=1 bpftrace -e '${NUMBERED}' -c "sh $work"`,
].join('; ');

export const BPFTRACE: readonly Client[] = [
  client('kprobe', bpftrace('kprobe:vfs_read /comm == "dd"/ { @n = count(); }'), (text) => [
    checkCalls('calls are counted', numberIn(text, /^@n: (\d+)$/m)),
    printed(text),
  ]),
  client(
    'tracepoint',
    bpftrace('tracepoint:syscalls:sys_enter_read /comm == "dd"/ { @n = count(); @size = hist(args.count); }'),
    (text) => [
      checkCalls('calls are counted', numberIn(text, /^@n: (\d+)$/m)),
      checkCalls('sizes are in the histogram', numberIn(text, /^\[1\] +(\d+) /m)),
      printed(text),
    ],
  ),
  client('interval', `bpftrace -e 'interval:ms:100 { @n++; } interval:s:3 { exit(); }'`, (text) => {
    const ticks = numberIn(text, /^@n: (\d+)$/m);
    return [check('the clock ticks', ticks > INTERVALS / 2 && ticks <= INTERVALS + 1, `${ticks} of ${INTERVALS}`)];
  }),
  client('stack', bpftrace('kprobe:vfs_read /comm == "dd"/ { @[kstack(3)] = count(); }'), (text) => [
    check('stacks have names', /^ +ksys_read\+\d+$/m.test(text), text.slice(0, 200)),
    stacks(text),
  ]),
  client(`${CALLS} events`, `BPFTRACE_PERF_RB_PAGES=1024 ${bpftrace(NUMBERED)}`, (text) => [
    ...judgeEvents(text, false),
    printed(text),
  ]),
  client('lost events', LOSING, (text) => judgeEvents(text, true)),
];
