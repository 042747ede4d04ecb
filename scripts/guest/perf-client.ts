import type {
  BufferEvents,
  Handle,
  Outcome,
  PerfIoctl,
  RingControl,
  RingRead,
} from '../../selftests/agent/protocol.ts';
import { readU32, readU64 } from './bytes.ts';
import { parseRecords, type PerfRecord } from './perf-record.ts';
import { Held } from './prog-client.ts';
import { must } from './refusal.ts';
import type { Transport } from './transport.ts';

/** One perf event; its ring, when mapped, is read by our own reader (PerfRing). */
export class PerfEvent extends Held {
  readonly #transport: Transport;

  constructor(transport: Transport, handle: Handle, fd: number) {
    super(transport, handle, fd);
    this.#transport = transport;
  }

  tryIoctl(
    request: PerfIoctl,
    options: { readonly arg?: bigint; readonly other?: { readonly handle: Handle } } = {},
  ): Promise<Outcome<{ readonly value: number }>> {
    const { arg, other } = options;
    return this.#transport.call('perf.ioctl', {
      event: this.handle,
      request,
      ...(arg === undefined ? {} : { arg }),
      ...(other === undefined ? {} : { other: other.handle }),
    });
  }

  async ioctl(
    request: PerfIoctl,
    options: { readonly arg?: bigint; readonly other?: { readonly handle: Handle } } = {},
  ): Promise<void> {
    must(`ioctl ${request}`, await this.tryIoctl(request, options));
  }

  async tryMap(pages: number, readOnly = false): Promise<Outcome<{ readonly ring: PerfRing }>> {
    const outcome = await this.#transport.call('perf.mmap', { event: this.handle, pages, readOnly });
    return outcome.ok ? { ok: true, ring: new PerfRing(this.#transport, outcome.ring) } : outcome;
  }

  /** `pages` of data, a power of two; the control page comes on top. */
  async map(pages: number): Promise<PerfRing> {
    return must(`map of ${pages} pages`, await this.tryMap(pages)).ring;
  }

  /** read(2): the count, then what read_format asks for. */
  async count(): Promise<readonly bigint[]> {
    return must('read of a perf event', await this.#transport.call('perf.count', { event: this.handle })).values;
  }
}

export class PerfRing {
  readonly #transport: Transport;
  readonly handle: Handle;

  constructor(transport: Transport, handle: Handle) {
    this.#transport = transport;
    this.handle = handle;
  }

  control(): Promise<RingControl> {
    return this.#transport.call('perf.control', { ring: this.handle });
  }

  readRaw(options: { readonly maxBytes?: number; readonly consume?: boolean } = {}): Promise<RingRead> {
    const { maxBytes = 16 * 1024 * 1024, consume = true } = options;
    return this.#transport.call('perf.read', { ring: this.handle, maxBytes, consume });
  }

  /** Whole records up to data_head; throws on a record that cannot be one (size 0, or past the head). */
  async read(options: { readonly maxBytes?: number; readonly consume?: boolean } = {}): Promise<readonly PerfRecord[]> {
    const raw = await this.readRaw(options);
    return parseRecords(raw.bytes, raw.start);
  }

  async setTail(tail: bigint): Promise<void> {
    await this.#transport.call('perf.setTail', { ring: this.handle, tail });
  }

  /** munmap, whether or not the event is closed. */
  async close(): Promise<number> {
    return (await this.#transport.call('release', { handle: this.handle })).errno;
  }
}

export interface BufferSample {
  readonly cpu: number;
  readonly data: Uint8Array;
}
export interface BufferRead {
  readonly result: number;
  readonly samples: readonly BufferSample[];
  readonly lost: readonly { readonly cpu: number; readonly count: bigint }[];
}

/** libbpf's perf_buffer, or its ring_buffer (cpu is 0 then). */
export class EventBuffer {
  readonly #transport: Transport;
  readonly handle: Handle;

  constructor(transport: Transport, handle: Handle) {
    this.#transport = transport;
    this.handle = handle;
  }

  /** Returns after what is there was read, or after `timeoutMs` without a wake-up. */
  async poll(timeoutMs = 100): Promise<BufferRead> {
    return parseBuffer(await this.#transport.call('buffer.poll', { buffer: this.handle, timeoutMs }));
  }

  /** Reads without waiting for a wake-up. */
  async consume(): Promise<BufferRead> {
    return parseBuffer(await this.#transport.call('buffer.consume', { buffer: this.handle }));
  }

  async close(): Promise<number> {
    return (await this.#transport.call('release', { handle: this.handle })).errno;
  }
}

function parseBuffer(events: BufferEvents): BufferRead {
  const samples: BufferSample[] = [];
  const lost: { cpu: number; count: bigint }[] = [];
  const { bytes } = events;
  for (let at = 0; at < bytes.length; ) {
    const cpu = readU32(bytes, at);
    const isLost = readU32(bytes, at + 4) === 1;
    const amount = readU64(bytes, at + 8);
    at += 16;
    if (isLost) {
      lost.push({ cpu, count: amount });
    } else {
      samples.push({ cpu, data: bytes.subarray(at, at + Number(amount)) });
      at += Math.ceil(Number(amount) / 8) * 8;
    }
  }
  return { result: events.result, samples, lost };
}
