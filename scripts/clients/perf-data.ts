/** Records of a perf.data, byte by byte, but for what cannot be the same in two boots. Pure. */

/** What is not compared, and why; `<name>` stands in its place. */
export const MASKS = {
  time: 'it is a clock',
  task: 'ids of processes are given out in turn',
  address: 'kernel and programs are put at random places, and another kernel is another image',
  file: 'devices are numbered as they are mounted, and files of an overlay with them',
  hole: 'between the number of a system call and its arguments there is whatever was there before',
  cpu: 'of samples that are to be lost: the reader has another CPU than the program, and which is chance',
  lost: 'how many are lost is a matter of when the reader looks',
} as const;

type Mask = keyof typeof MASKS;

/** Of records of a workload that has one CPU, and a ring with room for all. */
export const DETERMINED: readonly Mask[] = ['time', 'task', 'address', 'file', 'hole'];
export const LOSING: readonly Mask[] = [...DETERMINED, 'cpu', 'lost'];

/** A field of a record; one without bytes is all that is left. */
export type Field = readonly [name: string, bytes?: number];

/** PERF_SAMPLE_*, in the order in which the fields of a sample stand. */
const BIT = { identifier: 1 << 16, ip: 1, tid: 2, time: 4, addr: 8, id: 64, stream: 512, cpu: 128, period: 256 };
const RAW = 1024;
export const OF_SAMPLE: readonly (readonly [bit: number, name: string])[] = [
  [BIT.identifier, 'id'],
  [BIT.ip, 'address'],
  [BIT.tid, 'task'],
  [BIT.time, 'time'],
  [BIT.addr, 'address'],
  [BIT.id, 'id'],
  [BIT.stream, 'id'],
  [BIT.cpu, 'cpu'],
  [BIT.period, 'period'],
];
/** What all other records end with: sample_id_all. */
export const BEHIND: readonly (readonly [bit: number, name: string])[] = [
  [BIT.tid, 'task'],
  [BIT.time, 'time'],
  [BIT.id, 'id'],
  [BIT.stream, 'id'],
  [BIT.cpu, 'cpu'],
  [BIT.identifier, 'id'],
];
/** The entry of a system call, as format of sys_enter_read and sys_enter_write has it; the rest is of newer kernels. */
const ENTRY: readonly Field[] = [
  ['size', 4],
  ['type', 2],
  ['flags', 1],
  ['preempt', 1],
  ['task', 4],
  ['nr', 4],
  ['hole', 4],
  ['fd', 8],
  ['address', 8],
  ['count', 8],
  ['rest'],
];
/** By type: what stands in front of what all of them end with. */
const LAYOUTS: Readonly<Record<number, readonly Field[]>> = {
  2: [
    ['id', 8],
    ['lost', 8],
  ],
  3: [['task', 8], ['rest']],
  4: [
    ['task', 16],
    ['time', 8],
  ],
  7: [
    ['task', 16],
    ['time', 8],
  ],
  10: [['task', 8], ['address', 8], ['length and offset', 16], ['file', 24], ['rest']],
};
const SAMPLE = 9;
const LOST_SAMPLES = 13;
/** From here on they are perf's own words: how often it emptied the rings, for example. */
const FIRST_OF_PERF = 64;
/** As are mappings of no process: those of the kernel that runs. */
const [MMAP, MMAP2] = [1, 10];
const NO_PROCESS = 0xffffffff;

/** Of common_flags: that the CPU is wanted by somebody else, as a timer has found at that moment. */
const WANTED_FLAGS = 0x02 | 0x04 | 0x20;

interface Attr {
  readonly sampleType: number;
  readonly idAll: boolean;
  readonly ids: readonly bigint[];
}

export const HEADER_BYTES = 8;
const u64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

function attrsOf(view: DataView): Attr[] {
  const [bytes, from, size] = [u64(view, 16), u64(view, 24), u64(view, 32)];
  return Array.from({ length: size / bytes }, (_, n): Attr => {
    const at = from + n * bytes;
    const [ids, idBytes] = [u64(view, at + bytes - 16), u64(view, at + bytes - 8)];
    return {
      sampleType: u64(view, at + 24),
      idAll: (view.getUint32(at + 40, true) & (1 << 18)) !== 0,
      ids: Array.from({ length: idBytes / 8 }, (_, i) => view.getBigUint64(ids + i * 8, true)),
    };
  });
}

export const fieldsOf = (rows: typeof OF_SAMPLE, sampleType: number): Field[] =>
  rows.filter(([bit]) => (sampleType & bit) !== 0).map(([, name]) => [name, 8]);

function layoutOf(type: number, { sampleType, idAll }: Attr): readonly Field[] {
  const known = [...OF_SAMPLE.map(([bit]) => bit), RAW].reduce((all, bit) => all | bit, 0);
  if ((sampleType & ~known) !== 0) throw new Error(`samples of type ${sampleType} have fields that are not known`);
  if (type === SAMPLE) return [...fieldsOf(OF_SAMPLE, sampleType), ...((sampleType & RAW) === 0 ? [] : ENTRY)];
  const layout = LAYOUTS[type];
  if (layout === undefined) throw new Error(`a record of type ${type} is not known`);
  return [...layout, ...(idAll ? fieldsOf(BEHIND, sampleType) : [])];
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A record in words of its fields; what is in `masks` has its name only, and ids are those of an event. */
function wordsOf(record: Uint8Array, attrs: readonly Attr[], masks: readonly Mask[]): string {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  const layout = layoutOf(view.getUint32(0, true), attrs[0] as Attr);
  const known = layout.reduce((sum, [, bytes = 0]) => sum + bytes, HEADER_BYTES);
  if (known > record.length) throw new Error(`a record of ${record.length} bytes is too short: ${hexOf(record)}`);
  let at = HEADER_BYTES;
  const words = layout.map(([name, bytes = record.length - known]) => {
    const field = record.subarray(at, at + bytes);
    at += bytes;
    if (masks.some((mask) => mask === name)) return `<${name}>`;
    if (name === 'flags') return hexOf(field.map((byte) => byte & ~WANTED_FLAGS));
    if (name !== 'id') return hexOf(field);
    const id = view.getBigUint64(at - bytes, true);
    return `<event ${attrs.findIndex(({ ids }) => ids.includes(id))}>`;
  });
  if (at !== record.length) throw new Error(`${record.length - at} bytes too many: ${hexOf(record)}`);
  return [hexOf(record.subarray(0, HEADER_BYTES)), ...words].join(' ');
}

/** Records that the kernel wrote, in their order. @throws for what is no perf.data, or has what is not known here */
export function recordsOf(file: Uint8Array, masks: readonly Mask[] = DETERMINED): string[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  if (Buffer.from(file.subarray(0, 8)).toString('latin1') !== 'PERFILE2') throw new Error('it is no perf.data');
  const attrs = attrsOf(view);
  if (new Set(attrs.map(({ sampleType }) => sampleType)).size !== 1) throw new Error('samples are of several kinds');
  const [from, size] = [u64(view, 40), u64(view, 48)];
  const records: string[] = [];
  for (let at = from; at < from + size; ) {
    const [type, bytes] = [view.getUint32(at, true), view.getUint16(at + 6, true)];
    if (bytes < HEADER_BYTES || at + bytes > from + size) throw new Error(`a record of ${bytes} bytes at ${at}`);
    const ofPerf =
      type >= FIRST_OF_PERF ||
      type === LOST_SAMPLES ||
      ((type === MMAP || type === MMAP2) && view.getUint32(at + HEADER_BYTES, true) === NO_PROCESS);
    if (!ofPerf) records.push(wordsOf(file.subarray(at, at + bytes), attrs, masks));
    at += bytes;
  }
  return records;
}
