/** The ring as the kernel writes it, from the place where a run begins; see perf_output_begin_forward_contig(). */
import { LARGEST_DATA, RING_BYTES } from './interface.ts';

/** Stands for what was in the ring before, which cannot be told. */
export const PATTERN = 0xa5;

const HEADER_BYTES = 12;
const SMALLEST_RECORD = 24;
/** Less data than this needs more padding than the last word, to make the smallest record. */
const LEAST_DATA = 5;
const SAMPLE = 9;
const LOST = 2;

export interface OpenRecord {
  readonly at: number;
  readonly data: number;
  readonly end: number;
  readonly total: number;
}

export function recordTotal(data: number): number {
  return Math.max(SMALLEST_RECORD, Math.ceil((HEADER_BYTES + data) / 8) * 8);
}

export class RingImage {
  readonly bytes = new Uint8Array(RING_BYTES).fill(PATTERN);
  /** 0: what is there cannot be told. */
  readonly known = new Uint8Array(RING_BYTES);
  head = 0;
  /** The furthest byte that was ever part of a record. */
  touched = 0;

  #u16(at: number, value: number): void {
    this.bytes[at] = value & 0xff;
    this.bytes[at + 1] = value >> 8;
  }

  #header(at: number, type: number, size: number): void {
    this.bytes.fill(0, at, at + 8);
    this.#u16(at, type);
    this.#u16(at + 6, size);
    this.known.fill(1, at, at + 8);
  }

  #room(total: number): number | 'full' {
    if (this.head + total > RING_BYTES - 64) return 'full';
    const at = this.head;
    this.head += total;
    this.touched = Math.max(this.touched, this.head);
    return at;
  }

  /** @returns the record, or what the helper returns; 'full' is more than this can tell */
  reserve(size: bigint): OpenRecord | 'EINVAL' | 'E2BIG' | 'full' {
    if (size === 0n) return 'EINVAL';
    if (size > BigInt(Math.min(LARGEST_DATA, RING_BYTES - 20))) return 'E2BIG';
    const total = recordTotal(Number(size));
    const at = this.#room(total);
    if (at === 'full') return at;
    this.bytes.fill(0, at + total - 8, at + total);
    this.known.fill(1, at + total - 8, at + total);
    this.#header(at, SAMPLE, total);
    this.#raw(at, total);
    const data = at + HEADER_BYTES;
    if (size < LEAST_DATA) {
      this.bytes.fill(0, data, data + 4);
      this.known.fill(1, data, data + 4);
    }
    return { at, data, end: data + Number(size), total };
  }

  #raw(at: number, total: number): void {
    this.#u16(at + 8, total - HEADER_BYTES);
    this.#u16(at + 10, 0);
    this.known.fill(1, at + 8, at + HEADER_BYTES);
  }

  discard(record: OpenRecord): void {
    if (this.head === record.at + record.total) {
      this.head = record.at;
      return;
    }
    this.#header(record.at, LOST, record.total);
    // the event's id, which the kernel chooses, and a count of 0
    this.known.fill(0, record.at + 8, record.at + 16);
    this.bytes.fill(0, record.at + 16, record.at + 24);
    this.known.fill(1, record.at + 16, record.at + 24);
  }

  /** A record of bpf_perf_event_output(): padded with what is there. */
  output(data: Uint8Array, known: Uint8Array): 'full' | undefined {
    const total = Math.ceil((HEADER_BYTES + data.length) / 8) * 8;
    const at = this.#room(total);
    if (at === 'full') return at;
    this.#header(at, SAMPLE, total);
    // what kind of code was interrupted
    this.known.fill(0, at + 4, at + 6);
    this.#raw(at, total);
    this.bytes.set(data, at + HEADER_BYTES);
    this.known.set(known, at + HEADER_BYTES);
    return undefined;
  }
}
