import type { Handle, MapInfo, Outcome } from '../../selftests/agent/protocol.ts';
import { readU32, readU64, u32 } from './bytes.ts';
import { must } from './refusal.ts';
import type { Transport } from './transport.ts';

/** Map types whose values are one per possible CPU, each rounded up to 8 bytes. */
const PERCPU_TYPES: ReadonlySet<string> = new Set([
  'percpu_hash',
  'percpu_array',
  'lru_percpu_hash',
  'percpu_cgroup_storage',
]);

export interface MapShape {
  readonly name: string;
  readonly type: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly possibleCpus: number;
}

/** A number is a u32 key, as most maps here have. */
export type Key = Uint8Array | number;

export class BpfMap {
  readonly #transport: Transport;
  readonly handle: Handle;
  /** Number of the fd in the agent: for values of prog arrays and for hand-written instructions. */
  readonly fd: number;
  readonly shape: MapShape;

  constructor(transport: Transport, handle: Handle, fd: number, shape: MapShape) {
    this.#transport = transport;
    this.handle = handle;
    this.fd = fd;
    this.shape = shape;
  }

  /** Bytes a lookup returns: for per-CPU maps all CPUs one after the other. */
  get valueBytes(): number {
    const { type, valueSize, possibleCpus } = this.shape;
    if (PERCPU_TYPES.has(type)) return Math.ceil(valueSize / 8) * 8 * possibleCpus;
    return ['prog_array', 'perf_event_array', 'array_of_maps', 'hash_of_maps'].includes(type) ? 4 : valueSize;
  }

  info(): Promise<MapInfo> {
    return this.#transport.call('map.info', { map: this.handle });
  }

  /** null: no such element. */
  async lookup(key: Key, flags = 0n): Promise<Uint8Array | null> {
    const outcome = await this.#transport.call('map.lookup', {
      map: this.handle,
      key: toKey(key),
      valueBytes: this.valueBytes,
      flags,
    });
    if (!outcome.ok && outcome.code === 'ENOENT') return null;
    return must(`lookup in ${this.shape.name}`, outcome).value;
  }

  /** The element must be there. */
  async get(key: Key): Promise<Uint8Array> {
    const value = await this.lookup(key);
    if (value === null) throw new Error(`${this.shape.name} has no element ${String(key)}`);
    return value;
  }

  async getU32(key: Key, offset = 0): Promise<number> {
    return readU32(await this.get(key), offset);
  }

  async getU64(key: Key, offset = 0): Promise<bigint> {
    return readU64(await this.get(key), offset);
  }

  /** One value for each possible CPU. */
  async getPerCpu(key: Key): Promise<Uint8Array[]> {
    const all = await this.get(key);
    const step = Math.ceil(this.shape.valueSize / 8) * 8;
    return Array.from({ length: this.shape.possibleCpus }, (_, cpu) =>
      all.subarray(cpu * step, cpu * step + this.shape.valueSize),
    );
  }

  tryUpdate(key: Key, value: Uint8Array, flags = 0n): Promise<Outcome<{ readonly updated: number }>> {
    return this.#transport.call('map.update', { map: this.handle, entries: [{ key: toKey(key), value }], flags });
  }

  async update(key: Key, value: Uint8Array, flags = 0n): Promise<void> {
    must(`update of ${this.shape.name}`, await this.tryUpdate(key, value, flags));
  }

  /** A slot of a prog array, of a perf event array or of an outer map: the fd of what is put in. */
  tryPut(key: Key, content: { readonly fd: number }): Promise<Outcome<{ readonly updated: number }>> {
    return this.tryUpdate(key, u32(content.fd));
  }

  async put(key: Key, content: { readonly fd: number }): Promise<void> {
    must(`put into ${this.shape.name}`, await this.tryPut(key, content));
  }

  async updateMany(entries: readonly { readonly key: Key; readonly value: Uint8Array }[], flags = 0n): Promise<void> {
    const list = entries.map((entry) => ({ key: toKey(entry.key), value: entry.value }));
    must(
      `update of ${this.shape.name}`,
      await this.#transport.call('map.update', { map: this.handle, entries: list, flags }),
    );
  }

  tryDelete(...keys: Key[]): Promise<Outcome<{ readonly deleted: number }>> {
    return this.#transport.call('map.delete', { map: this.handle, keys: keys.map(toKey) });
  }

  async delete(...keys: Key[]): Promise<void> {
    must(`delete from ${this.shape.name}`, await this.tryDelete(...keys));
  }

  async entries(limit = 65_536): Promise<readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]> {
    const request = { map: this.handle, keyBytes: this.shape.keySize, valueBytes: this.valueBytes, limit };
    return (await this.#transport.call('map.entries', request)).entries;
  }

  async freeze(): Promise<void> {
    must(`freeze of ${this.shape.name}`, await this.#transport.call('map.freeze', { map: this.handle }));
  }

  /** Below /sys/fs/bpf; removed at the end of the test. */
  async pin(path: string): Promise<void> {
    must(`pin of ${this.shape.name}`, await this.#transport.call('fd.pin', { handle: this.handle, path }));
  }

  async close(): Promise<void> {
    await this.#transport.call('release', { handle: this.handle });
  }
}

function toKey(key: Key): Uint8Array {
  return typeof key === 'number' ? u32(key) : key;
}
