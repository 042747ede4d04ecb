/** What selftests/clients/perf-buffer.c prints, record by record, but for what cannot be the same. Pure. */
import { BEHIND, fieldsOf, HEADER_BYTES, OF_SAMPLE } from './perf-data.ts';

/** What is not compared, and why; `<name>` stands in its place. Ids are compared with those of the program itself. */
export const UNDETERMINED = {
  time: 'it is a clock',
  address: 'kernels are put at random places, and another kernel is another image',
  padding: 'nobody writes it: it is what the ring held there, and so what is not determined of older records',
  memory: 'of such a ring, the records in it are compared one by one',
} as const;

const RAW = 1024;
/** Fields behind the data, each of 8 bytes: of no hardware, they have a fixed value. */
const BEHIND_RAW: readonly (readonly [bit: number, name: string])[] = [
  [1 << 14, 'weight'],
  [1 << 15, 'data source'],
  [1 << 17, 'transaction'],
];
const ALL = [...OF_SAMPLE, ...BEHIND_RAW].reduce((all, [bit]) => all | bit, RAW);
const [LOST, SAMPLE] = [2, 9];

/** Of one byte of the data that was written; of a packet behind it, all bits are inverted. */
export const patternByte = (seed: number, at: number): number => (seed * 167 + at * 13 + (at >> 8) * 101) & 0xff;

const bytesOf = (hex: string): Buffer => (hex === '-' ? Buffer.alloc(0) : Buffer.from(hex, 'hex'));

function written(seed: number, size: number, packet: number): Buffer {
  const bytes = (count: number, flip: number): number[] =>
    Array.from({ length: count }, (_, at) => patternByte(seed, at) ^ flip);
  return Buffer.from([...bytes(size, 0), ...bytes(packet, 0xff)]);
}

export interface Dump {
  /** All lines, in words that are the same in each boot. */
  readonly lines: readonly string[];
  readonly samples: number;
  readonly lost: number;
  readonly polls: readonly number[];
  /** Bytes that went through each ring, by their number of times around it; NaN where its memory is not shown. */
  readonly wraps: readonly number[];
  /** What contradicts what was written; '' where nothing does. */
  readonly wrong: string;
}

interface State {
  self: string;
  sampleType: number;
  determined: boolean;
  readonly events: string[];
  /** By CPU, what was written and is not read yet. */
  readonly open: Map<string, Buffer[]>;
  writes: number;
  failed: number;
  samples: number;
  lost: number;
  readonly polls: number[];
  readonly wraps: number[];
  wrong: string;
}

const u64 = (bytes: Buffer): string => bytes.readBigUInt64LE().toString();

function fieldWord(state: State, name: string, bytes: Buffer): string {
  if (name === 'time') return '<time>';
  if (name === 'address' && !bytes.every((byte) => byte === 0)) return '<address>';
  if (name === 'task') {
    const self = `${bytes.readUInt32LE()} ${bytes.readUInt32LE(4)}`;
    return self === state.self ? '<self>' : `<task ${self}>`;
  }
  if (name !== 'id') return bytes.toString('hex');
  const event = state.events.indexOf(u64(bytes));
  return event < 0 ? `<event of id ${u64(bytes)}>` : `<event ${event}>`;
}

function complain(state: State, text: string): void {
  state.wrong ||= text;
}

/** The data of a sample is the next that was written on its CPU. @return in words, with what fills it up */
function dataWords(state: State, cpu: string, data: Buffer): string[] {
  const expected = state.open.get(cpu)?.shift();
  state.samples += 1;
  const own = expected ?? data;
  if (expected === undefined || data.length < own.length || !own.equals(data.subarray(0, own.length)))
    complain(state, `sample ${state.samples}, of CPU ${cpu}, is not what was written: ${data.toString('hex', 0, 40)}`);
  const padding = data.subarray(own.length);
  const filled = state.determined || padding.length === 0 ? padding.toString('hex') : `<padding ${padding.length}>`;
  return [data.subarray(0, own.length).toString('hex'), filled];
}

function recordWords(state: State, cpu: string, record: Buffer): string {
  const type = record.readUInt32LE();
  const words = [record.toString('hex', 0, HEADER_BYTES)];
  let at = HEADER_BYTES;
  const take = (bytes: number): Buffer => {
    if (at + bytes > record.length) throw new Error(`a record is too short: ${record.toString('hex', 0, 100)}`);
    at += bytes;
    return record.subarray(at - bytes, at);
  };
  const fields = (rows: typeof OF_SAMPLE): void => {
    for (const [name, bytes = 0] of fieldsOf(rows, state.sampleType)) words.push(fieldWord(state, name, take(bytes)));
  };
  if (type === SAMPLE) {
    fields(OF_SAMPLE);
    const size = take(4);
    words.push(size.toString('hex'), ...dataWords(state, cpu, take(size.readUInt32LE())));
    fields(BEHIND_RAW);
  } else if (type === LOST) {
    words.push(fieldWord(state, 'id', take(8)));
    const count = take(8);
    state.lost += Number(u64(count));
    words.push(count.toString('hex'));
    fields(BEHIND);
  } else throw new Error(`a record of type ${type} is not known`);
  if (at !== record.length) throw new Error(`${record.length - at} bytes too many: ${record.toString('hex', 0, 100)}`);
  return `record ${cpu} ${words.join(' ')}`.trimEnd();
}

const KINDS: Readonly<Record<string, (state: State, words: readonly string[]) => string>> = {
  self: (state, [pid = '', tid = '']) => {
    state.self = `${pid} ${tid}`;
    return 'self';
  },
  samples: (state, [reader = '', sampleType = '']) => {
    state.sampleType = Number(sampleType);
    if ((state.sampleType & ~ALL) !== 0)
      throw new Error(`samples of type ${sampleType} have fields that are not known`);
    state.determined &&= state.sampleType === RAW;
    return `samples ${reader} ${sampleType}`;
  },
  event: (state, [cpu = '', id = '']) => {
    state.events.push(id);
    return `event ${cpu}`;
  },
  write: (state, words) => {
    const [cpu = '', size, packet, result] = words;
    state.writes += 1;
    if (result !== '0') state.failed += 1;
    else {
      const open = state.open.get(cpu) ?? [];
      state.open.set(cpu, [...open, written(state.writes, Number(size), Number(packet))]);
    }
    return `write ${words.join(' ')}`;
  },
  record: (state, [cpu = '', hex = '']) => recordWords(state, cpu, bytesOf(hex)),
  sample: (state, [cpu = '', hex = '']) => `sample ${cpu} ${dataWords(state, cpu, bytesOf(hex)).join(' ')}`.trimEnd(),
  lost: (state, [cpu = '', count = '']) => {
    state.lost += Number(count);
    return `lost ${cpu} ${count}`;
  },
  read: (_, [result = '']) => `read ${result}`,
  poll: (state, [result = '']) => {
    state.polls.push(Number(result));
    return `poll ${result}`;
  },
  ring: (state, [cpu = '', head = '', tail = '', hex = '']) => {
    const memory = bytesOf(hex);
    state.wraps.push(Number(head) / memory.length);
    return `ring ${cpu} ${head} ${tail} ${state.determined ? hex : '<memory>'}`;
  },
  end: (state, [runs = '']) => {
    if (Number(runs) !== state.writes) complain(state, `${state.writes} writes, and the program ran ${runs} times`);
    return `end ${runs}`;
  },
};

/** @throws for what is no dump, or has what is not known here */
export function readDump(text: string): Dump {
  const rows = text.split('\n').filter((line) => line !== '');
  const state: State = {
    self: '',
    sampleType: RAW,
    // an id of an event, as in what is told of a loss, stays in the ring
    determined: !rows.some((line) => line.startsWith('lost ') || /^record \d+ 02000000/.test(line)),
    events: [],
    open: new Map(),
    writes: 0,
    failed: 0,
    samples: 0,
    lost: 0,
    polls: [],
    wraps: [],
    wrong: '',
  };
  const lines = rows.map((line) => {
    const [kind = '', ...words] = line.split(' ');
    const read = KINDS[kind];
    if (read === undefined) throw new Error(`what is ${line.slice(0, 100)}`);
    return read(state, words);
  });
  if (!rows.at(-1)?.startsWith('end ')) throw new Error('it has no end');
  const unread = [...state.open.values()].flat().length;
  if (unread > 0) complain(state, `${unread} writes that were done are not read`);
  if (state.lost !== state.failed) complain(state, `${state.failed} writes failed, and ${state.lost} are told as lost`);
  const { samples, lost, polls, wraps, wrong } = state;
  return { lines, samples, lost, polls, wraps, wrong };
}
