import { readU32, readU64 } from './bytes.ts';

export const PERF_RECORD_LOST = 2;
export const PERF_RECORD_SAMPLE = 9;
const HEADER_BYTES = 8;

export interface PerfRecord {
  readonly type: number;
  readonly misc: number;
  /** As in the header: header included. */
  readonly size: number;
  /** Ring position of the header, not reduced by the ring's size. */
  readonly position: bigint;
  /** What follows the header. */
  readonly body: Uint8Array;
}

/**
 * Splits unwrapped ring bytes into records.
 * @throws RangeError when a header's size is no whole record inside the bytes: the ring is not what perf promises.
 */
export function parseRecords(bytes: Uint8Array, start: bigint): PerfRecord[] {
  const records: PerfRecord[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const position = start + BigInt(at);
    const left = bytes.length - at;
    const size = left < HEADER_BYTES ? 0 : view.getUint16(at + 6, true);
    if (size < HEADER_BYTES || size > left) {
      throw new RangeError(
        `no whole perf record at ring position ${position}: size ${size}, ${left} bytes up to the head`,
      );
    }
    const body = bytes.subarray(at + HEADER_BYTES, at + size);
    records.push({ type: view.getUint32(at, true), misc: view.getUint16(at + 4, true), size, position, body });
    at += size;
  }
  return records;
}

/**
 * Raw data of a sample whose attributes ask for PERF_SAMPLE_RAW only: a u32 size, then that many bytes (padding
 * included).
 */
export function rawData(record: PerfRecord): Uint8Array {
  if (record.type !== PERF_RECORD_SAMPLE) throw new TypeError(`record type ${record.type} is not a sample`);
  return record.body.subarray(4, 4 + readU32(record.body));
}

/** The number of records lost, from a LOST record: u64 id, u64 lost. */
export function lostCount(record: PerfRecord): bigint {
  if (record.type !== PERF_RECORD_LOST) throw new TypeError(`record type ${record.type} is not LOST`);
  return readU64(record.body, 8);
}
