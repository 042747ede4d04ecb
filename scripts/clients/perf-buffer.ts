/** libbpf's perf_buffer, unchanged, in a program of our own: all that it gives its reader, byte by byte. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { check, present, sectionOf, whole, type Client, type Read } from './client.ts';
import { readDump, type Dump } from './perf-buffer-dump.ts';

const FILE = 'perf-buffer.c';
/** In the checkout; jobs.ts puts them into the root. */
export const INPUTS = 'selftests/clients';
const SOURCE = readFileSync(join(import.meta.dirname, '../..', INPUTS, FILE));
const SOURCE_SUM = createHash('sha256').update(SOURCE).digest('hex');
/** Once a guest; another source is another job. */
const BUILD = [
  `cp /root/clients/${FILE} . && echo '${SOURCE_SUM}  ${FILE}' | sha256sum -c --quiet`,
  `{ [ -x perf-buffer ] || gcc -O1 -Wall -o perf-buffer ${FILE} -lbpf; }`,
  '{ [ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing; }',
  "echo && echo '== program' && sha256sum perf-buffer",
];
const SECONDS = 120;

/** Of a line that is longer, the beginning and a digest. */
const SHOWN = 160;
const BEGINNING = 72;
const shown = (line: string): string =>
  line.length <= SHOWN
    ? line
    : `${line.slice(0, BEGINNING)}... sha256 ${createHash('sha256').update(line).digest('hex')}`;

/** Of the dump, what more than its equality is asked. */
type Expect = (dump: Dump) => Read[];

export function readOutput(text: string, expect: Expect): Read[] {
  const program = /^([0-9a-f]{64}) {2}perf-buffer$/m.exec(sectionOf(text, 'program'))?.[1] ?? '';
  try {
    const dump = readDump(gunzipSync(Buffer.from(sectionOf(text, 'dump'), 'base64')).toString());
    return [
      check('the program was compiled', program !== '', text.slice(0, 300)),
      present(`program ${program}`),
      check('records can be read', dump.samples > 0, 'there are none'),
      check('each write is read with its bytes and in its order, or told as lost', dump.wrong === '', dump.wrong),
      ...expect(dump),
      // what was asked for, and what the writer was told, is in the digest of all
      ...dump.lines.flatMap((line, at) => (line.startsWith('write ') ? [] : [present(`${at + 1}. ${shown(line)}`)])),
      whole('order', dump.lines),
    ];
  } catch (error: unknown) {
    return [check('records can be read', false, String(error).slice(0, 300))];
  }
}

const nothingLost: Expect = ({ lost }) => [check('nothing is lost', lost === 0, `${lost} are`)];
const someLost: Expect = ({ lost }) => [check('some are lost', lost > 0, 'a full ring had room for all')];
/** At least so often; of each ring. */
const TIMES_AROUND = 3;
const around: Expect = (dump) => [
  ...nothingLost(dump),
  check(
    `each ring is gone around ${TIMES_AROUND} times`,
    dump.wraps.length > 0 && dump.wraps.every((times) => times >= TIMES_AROUND),
    dump.wraps.join(' '),
  ),
];
const woken: Expect = (dump) => [
  ...nothingLost(dump),
  check(
    'the reader is woken by some writes, and not by others',
    dump.polls.some((found) => found > 0) && dump.polls.includes(0),
    dump.polls.join(' '),
  ),
];

/** As the program's usage has it. */
interface Rings {
  readonly program?: string;
  readonly reader?: 'new' | 'raw';
  readonly pages?: number;
  readonly cpus?: number;
  readonly sampleType?: number;
  /** Events, or bytes if it is negative. */
  readonly wakeup?: number;
}

const client = (name: string, rings: Rings, steps: readonly string[], expect: Expect): Client => {
  const { program = 'raw_tp', reader = 'raw', pages = 1, cpus = 1, sampleType = 0x400, wakeup = 1 } = rings;
  const run = ['./perf-buffer', program, reader, pages, cpus, sampleType, wakeup, ...steps].join(' ');
  return {
    suite: 'perf-buffer',
    name,
    packages: ['libbpf-dev', 'gcc', 'libc6-dev'],
    script: [...BUILD, `${run} > dump`, "echo '== dump' && gzip -c dump | base64 -w 0"].join(' && '),
    seconds: SECONDS,
    read: (text) => readOutput(text, expect),
  };
};

/** Steps of the program: bytes from, to, by, times, and after how many it is read. A page has room for 12 of 300. */
const EVERY_SIZE = '0,300,1,1,12';
const SMALL = '0,64,1,1,12';
/** The last ones are as large as a record can be. */
const LARGE = ['1000,30000,3777,2,1', '65509,65516,1,2,1'];
/** A page has room for 85 of these, and they have no padding. */
const FULL = ['36,36,1,120,0', '36,36,1,3,0', '36,36,1,90,0', '4,4,1,1,0'];
/** IDENTIFIER, TRANSACTION, DATA_SRC, WEIGHT, RAW, STREAM_ID, PERIOD, CPU, ID, ADDR, TIME, TID and IP. */
const FIELDS = 0x3c7cf;

export const PERF_BUFFER: readonly Client[] = [
  client('every size', { reader: 'raw' }, [EVERY_SIZE, EVERY_SIZE], around),
  client('every size: perf_buffer__new', { reader: 'new' }, [EVERY_SIZE, EVERY_SIZE], around),
  client('large', { pages: 32 }, LARGE, nothingLost),
  client('two CPUs', { cpus: 2 }, [EVERY_SIZE], around),
  client('two CPUs: perf_buffer__new', { reader: 'new', cpus: 2 }, [EVERY_SIZE], around),
  client('more fields', { cpus: 2, sampleType: FIELDS }, ['0,300,1,1,8'], around),
  client('full', {}, FULL, someLost),
  client('full: perf_buffer__new', { reader: 'new' }, FULL, someLost),
  client('full, more fields', { cpus: 2, sampleType: FIELDS }, FULL, someLost),
  client('woken by 3 events', { wakeup: 3, reader: 'new' }, ['1,20,1,1,-1'], woken),
  client('woken by 1000 bytes', { wakeup: -1000 }, ['1,300,13,2,-1'], woken),
  ...['tracepoint', 'kprobe', 'skb'].map((program) =>
    client(program, { program }, [SMALL, '200,3000,400,2,1'], around),
  ),
];
