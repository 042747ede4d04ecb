/** A perf.data as perf writes it: one event, whose samples are of system calls. */
import { gzipSync } from 'node:zlib';

/** IP, TID, TIME, CPU, PERIOD, RAW and IDENTIFIER. */
const SAMPLE_TYPE = 1 | 2 | 4 | 128 | 256 | 1024 | (1 << 16);
const SAMPLE_ID_ALL = 1 << 18;
const [HEADER, ATTR] = [104, 136];
export const EVENT_ID = 77n;

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** Numbers of so many bytes each. */
function le(bytes: 1 | 2 | 4 | 8, ...numbers: readonly (number | bigint)[]): Uint8Array {
  const out = Buffer.alloc(8 * numbers.length);
  for (const [at, number] of numbers.entries()) out.writeBigUInt64LE(BigInt(number), at * 8);
  return joined(...numbers.map((_, at) => out.subarray(at * 8, at * 8 + bytes)));
}

export function record(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = joined(...parts);
  return joined(le(4, type), le(2, 2, 8 + body.length), body);
}

const NAMES = { ip: 0xffffffff81234567n, pid: 200, time: 1000, buf: 0x55d0_1234_5000n, count: 1 };

/** write(1, buf, count) */
export function sample(differs: Partial<typeof NAMES> = {}): Uint8Array {
  const { ip, pid, time, buf, count } = { ...NAMES, ...differs };
  const entry = joined(le(2, 719), le(1, 0, 1), le(4, pid, 1, 0xabc), le(8, 1, buf, count), le(4, 0x1002c, 0, 0));
  return record(
    9,
    le(8, EVENT_ID, ip),
    le(4, pid, pid),
    le(8, time),
    le(4, 0, 0),
    le(8, 1),
    le(4, entry.length),
    entry,
  );
}

/** What records end with that are no samples. */
const behind = ({ pid, time }: typeof NAMES): Uint8Array =>
  joined(le(4, pid, pid), le(8, time), le(4, 0, 0), le(8, EVENT_ID));

export const lost = (count: number): Uint8Array => record(2, le(8, EVENT_ID, count), behind(NAMES));

export function comm(name: string, differs: Partial<typeof NAMES> = {}): Uint8Array {
  const all = { ...NAMES, ...differs };
  return record(3, le(4, all.pid, all.pid), joined(Buffer.from(name.padEnd(8, '\0'))), behind(all));
}

export const dataOf = (records: readonly Uint8Array[], sampleType = SAMPLE_TYPE): Uint8Array => {
  const data = joined(...records);
  const attr = Buffer.alloc(ATTR + 16);
  attr.writeBigUInt64LE(BigInt(sampleType), 24);
  attr.writeUInt32LE(SAMPLE_ID_ALL, 40);
  attr.writeBigUInt64LE(BigInt(HEADER), ATTR);
  attr.writeBigUInt64LE(8n, ATTR + 8);
  const attrs = HEADER + 8;
  const sections = le(8, attrs, attr.length, attrs + attr.length, data.length, 0, 0, 0, 0, 0, 0);
  return joined(Buffer.from('PERFILE2'), le(8, HEADER, attr.length), sections, le(8, EVENT_ID), attr, data);
};

/** What the clients of perf print of it. */
export const printed = (records: readonly Uint8Array[]): string =>
  `\n== data\n${Buffer.from(gzipSync(dataOf(records))).toString('base64')}`;
