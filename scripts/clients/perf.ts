/** perf: what it records is read by perf script and counted by event, and as bytes where they are determined. Pure. */
import { gunzipSync } from 'node:zlib';
import {
  CALLS,
  check,
  checkCalls,
  numberIn,
  present,
  sectionOf,
  whole,
  WORK,
  type Client,
  type Read,
} from './client.ts';
import { DETERMINED, LOSING, recordsOf } from './perf-data.ts';

const WRITES = 'syscalls:sys_enter_write';
const READS = 'syscalls:sys_enter_read';
/** Long enough for some hundred samples. */
const LONG_WORK = 'dd if=/dev/zero of=/dev/null bs=1 count=200000 status=none';
const ENOUGH_SAMPLES = 50;
const SECONDS = 90;

/** @param fields of perf script; each different line of it is counted */
const counted = (fields: string, options = ''): string =>
  `perf script -i data -F ${fields} ${options} | grep -v '^$' | sed 's/  */ /g; s/^ //; s/ $//' | sort | uniq -c`;

const record = (options: string, work = WORK): string => `perf record -q -o data ${options} ${work}`;
/**
 * On one CPU, so that there is one order of all records. Programs that others have loaded before are not of it, and a
 * build id is there only if the kernel finds the file's first page in memory.
 */
const recordInOrder = (options: string): string =>
  `taskset 1 ${record(`--no-bpf-event -B --no-buildid-mmap ${options}`)}`;
/** The file itself, to be compared by bytes. */
const BYTES = "echo && echo '== data' && gzip -c data | base64 -w 0";

/** @param read of what BYTES printed; another record, or another number of the same, is another result */
function bytes(text: string, read: (file: Uint8Array) => Read[]): Read[] {
  try {
    return read(gunzipSync(Buffer.from(sectionOf(text, 'data'), 'base64')));
  } catch (error: unknown) {
    return [check('records can be read', false, String(error).slice(0, 300))];
  }
}

/** All records: each with how often it is there, and their order. */
export function readBytes(text: string): Read[] {
  return bytes(text, (file) => {
    const records = recordsOf(file, DETERMINED);
    const counts = new Map<string, number>();
    for (const one of records) counts.set(one, (counts.get(one) ?? 0) + 1);
    return [
      check('records can be read', records.length > 0, 'there are none'),
      ...[...counts].map(([one, count]) => present(`${count} times ${one}`)),
      whole('order', records),
    ];
  });
}

/** Where some are lost it is chance which, also of those about the process: each kind of sample, and of loss. */
export function readLosingBytes(text: string): Read[] {
  return bytes(text, (file) => {
    const records = recordsOf(file, LOSING).filter((one) => /^0[29]000000/.test(one));
    return [
      check('records can be read', records.length > 0, 'there are none'),
      ...[...new Set(records)].sort().map((one) => present(`record ${one}`)),
    ];
  });
}

/** What `uniq -c` says, by line. */
export function readCounts(text: string): Map<string, number> {
  return new Map([...text.matchAll(/^ *(\d+) (.+)$/gm)].map(([, count, line = '']) => [line, Number(count)]));
}

const of = (text: string, line: string): number => readCounts(text).get(line) ?? 0;
const enough = (name: string, count: number): Read => check(name, count >= ENOUGH_SAMPLES, `${count} samples`);

const client = (name: string, script: readonly string[], read: Client['read']): Client => ({
  suite: 'perf',
  name,
  packages: ['linux-perf'],
  script: script.join(' && '),
  seconds: SECONDS,
  read,
});

export const PERF: readonly Client[] = [
  ...['cpu-clock', 'task-clock'].map((event) =>
    client(event, [record(`-e ${event} -F 999`, LONG_WORK), counted('comm,event')], (text) => [
      enough('samples are of the program', of(text, `dd ${event}:`)),
    ]),
  ),
  client('all CPUs', [record('-a -e cpu-clock -F 199', '-- sleep 2'), counted('cpu')], (text) =>
    [0, 1].map((cpu) => enough(`samples of CPU ${cpu}`, of(text, `[00${cpu}]`))),
  ),
  client(
    'call graph',
    [record('-g -e cpu-clock -F 999', LONG_WORK), counted('ip,sym', "| awk '{ print $2 }'")],
    (text) =>
      // some function of the way of a system call is in most samples
      ['do_syscall_64', 'ksys_read', 'ksys_write'].map((name) =>
        check(`chains have ${name}`, of(text, name) > 0, 'no sample has it'),
      ),
  ),
  client('tracepoint', [recordInOrder(`-m 1024 -c 1 -e ${WRITES}`), counted('comm,event'), BYTES], (text) => [
    checkCalls('each call is a sample', of(text, `dd ${WRITES}:`)),
    ...readBytes(text),
  ]),
  client(
    'lost samples',
    [
      record(`-m 1 -c 1 -e ${WRITES}`),
      counted('comm,event'),
      'perf script -i data --show-lost-events | grep -a LOST',
      BYTES,
    ],
    (text) => [
      check('losses are reported', / PERF_RECORD_LOST lost \d+/.test(text), 'a ring of one page had room for all'),
      // losses behind the last sample are in the count of the event alone, which perf reads at its end
      checkCalls('each call is a sample, or is counted as lost', numberIn(text, /Processed (\d+) samples and lost/)),
      ...readLosingBytes(text),
    ],
  ),
  client('overwrite', [recordInOrder(`--overwrite -m 4 -c 1 -e ${WRITES}`), counted('comm,event'), BYTES], (text) => {
    const seen = of(text, `dd ${WRITES}:`);
    return [check('the newest samples are kept', seen > 0 && seen < CALLS, `${seen} samples`), ...readBytes(text)];
  }),
  client(
    'two events of one ring',
    [recordInOrder(`-m 2048 -c 1 -e ${WRITES} -e ${READS}`), counted('comm,event'), BYTES],
    (text) => [
      ...[WRITES, READS].map((event) => checkCalls(`each call of ${event} is a sample`, of(text, `dd ${event}:`))),
      ...readBytes(text),
    ],
  ),
];
