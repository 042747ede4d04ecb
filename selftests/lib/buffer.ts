import {
  BPF_OUTPUT,
  readU64,
  u64,
  type Guest,
  type LoadedObject,
  type PerfEvent,
  type PerfRing,
} from '../../scripts/guest/client.ts';
import type { PerfAttr } from '../agent/protocol.ts';

/** enum of progs/buffer-one.bpf.c */
export const COMMIT = 0n;
export const DISCARD = 1n;
export const NOT_TAKEN = 0xbadca11;

const TEST_RUN_ON_CPU = 1;
const RECORD_OVERHEAD = 12;
export const LARGEST_DATA = 65528 - RECORD_OVERHEAD;

export const ERRNO = { ENOENT: -2, E2BIG: -7, EINVAL: -22, ENOSPC: -28, EOPNOTSUPP: -95 } as const;

/**
 * Bytes of ring that a record with so many bytes of data takes: header, raw size word, data, padding to 8; a LOST
 * record's 24 at least.
 */
export function recordTotal(data: number): number {
  return Math.max(24, Math.ceil((data + RECORD_OVERHEAD) / 8) * 8);
}

/** Counts of the CPU and the task while the record was open and after it, against those before. */
export interface Balance {
  readonly open: { readonly preempt: number; readonly rcu: number };
  readonly left: { readonly preempt: number; readonly rcu: number };
}

export interface Result {
  readonly reserve: number;
  readonly finish: number;
  readonly bufIsNull: boolean;
  readonly endIsNull: boolean;
  readonly fits: boolean;
  readonly runs: number;
}

/** Programs that write, and one ring that they write to. */
export class BufferRig {
  readonly guest: Guest;
  readonly object: LoadedObject;
  readonly event: PerfEvent;
  readonly ring: PerfRing;
  readonly cpu: number;

  constructor(guest: Guest, object: LoadedObject, event: PerfEvent, ring: PerfRing, cpu: number) {
    this.guest = guest;
    this.object = object;
    this.event = event;
    this.ring = ring;
    this.cpu = cpu;
  }

  /** Return value of the DTRACE program that ENTRY tail-calls: by convention what its reserve returned. */
  fire(entry: string, ...args: readonly bigint[]): Promise<number> {
    return fire(this.object, entry, this.cpu, ...args);
  }

  /**
   * buffer-one: one record of `size` bytes whose first words are `word`; `result().fits` says whether `length` bytes
   * are there.
   */
  one(size: number, word = 0n, action = COMMIT, length = 1): Promise<number> {
    return this.fire('write_one', BigInt(size), action, word, BigInt(length));
  }

  async result(key = 0): Promise<Result> {
    const bytes = await this.object.map('results').get(key);
    const at = (i: number): number => Number(BigInt.asIntN(64, readU64(bytes, 8 * i)));
    return {
      reserve: at(0),
      finish: at(1),
      bufIsNull: at(2) !== 0,
      endIsNull: at(3) !== 0,
      fits: at(4) !== 0,
      runs: at(5),
    };
  }
}

/** buffer-one: what its last record has left behind in the kernel. */
export async function balance(object: LoadedObject, key = 0): Promise<Balance> {
  const bytes = await object.map('results').get(key);
  const at = (i: number): number => Number(BigInt.asIntN(64, readU64(bytes, 8 * i)));
  return { open: { preempt: at(6), rcu: at(7) }, left: { preempt: at(8), rcu: at(9) } };
}

/**
 * Without CONFIG_PREEMPT_COUNT nothing is counted; with it, preemption is off while a record is open. Readers of RCU
 * are none of ours.
 */
export function balanced(guest: Guest, isOpen: boolean): Balance {
  const preempt = isOpen && guest.facts.kconfig['CONFIG_PREEMPT_COUNT'] === 'y' ? 1 : 0;
  return { open: { preempt, rcu: 0 }, left: { preempt: 0, rcu: 0 } };
}

export async function fire(
  object: LoadedObject,
  entry: string,
  cpu: number,
  ...args: readonly bigint[]
): Promise<number> {
  const ctxIn = new Uint8Array(96);
  for (const [i, arg] of args.entries()) ctxIn.set(u64(arg), 8 * i);
  const { retval } = await object.program(entry).testRun({ ctxIn, flags: TEST_RUN_ON_CPU, cpu });
  return retval | 0;
}

export interface BufferOptions {
  readonly pages?: number;
  readonly cpu?: number;
  readonly attr?: PerfAttr;
}

export async function openBuffer(guest: Guest, name: string, options: BufferOptions = {}): Promise<BufferRig> {
  const { pages = 1, cpu = 0, attr = BPF_OUTPUT } = options;
  const object = await guest.load(name);
  const event = await guest.perfEvent(attr, { cpu });
  const ring = await event.map(pages);
  await object.map('rings').put(cpu, event);
  return new BufferRig(guest, object, event, ring, cpu);
}

/** Whether there is a wake-up that no poll has taken yet. */
export async function woken({ guest, event }: BufferRig): Promise<boolean> {
  return (await guest.poll([event], 0)).length === 1;
}
