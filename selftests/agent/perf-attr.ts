import type { PerfAttr, PerfFlag } from './protocol.ts';

/** PERF_ATTR_SIZE_VER8: what 6.12 has; a kernel without the newer fields accepts them as zeros. */
const ATTR_BYTES = 136;

/** Bit numbers in the word of flags at offset 40. */
const FLAG_BITS: Readonly<Record<PerfFlag, number>> = {
  disabled: 0,
  inherit: 1,
  pinned: 2,
  exclusive: 3,
  exclude_user: 4,
  exclude_kernel: 5,
  exclude_hv: 6,
  exclude_idle: 7,
  mmap: 8,
  comm: 9,
  freq: 10,
  inherit_stat: 11,
  enable_on_exec: 12,
  task: 13,
  watermark: 14,
  sample_id_all: 18,
  use_clockid: 25,
  write_backward: 27,
  remove_on_exec: 36,
  write_in_place: 40,
};

/** `config1Text`: text that config1 has to point to (a kprobe's function). */
export type AttrInput = PerfAttr & { readonly config1Text?: Uint8Array };

/** struct perf_event_attr; pure. */
export function encodePerfAttr(attr: AttrInput): Uint8Array {
  const flags = new Set<PerfFlag>(attr.flags ?? []);
  if (attr.sampleFreq !== undefined) flags.add('freq');
  if (attr.wakeupWatermark !== undefined) flags.add('watermark');
  let bits = 0n;
  for (const flag of flags) bits |= 1n << BigInt(FLAG_BITS[flag]);
  const out = Buffer.alloc(ATTR_BYTES);
  out.writeUInt32LE(attr.type, 0);
  out.writeUInt32LE(attr.size ?? ATTR_BYTES, 4);
  out.writeBigUInt64LE(attr.config, 8);
  out.writeBigUInt64LE(attr.sampleFreq ?? attr.samplePeriod ?? 0n, 16);
  out.writeBigUInt64LE(attr.sampleType ?? 0n, 24);
  out.writeBigUInt64LE(attr.readFormat ?? 0n, 32);
  out.writeBigUInt64LE(bits, 40);
  out.writeUInt32LE(attr.wakeupWatermark ?? attr.wakeupEvents ?? 0, 48);
  out.writeUInt32LE(attr.bpType ?? 0, 52);
  out.writeBigUInt64LE(attr.config1 ?? 0n, 56);
  out.writeBigUInt64LE(attr.config2 ?? 0n, 64);
  out.writeBigUInt64LE(attr.branchSampleType ?? 0n, 72);
  out.writeInt32LE(attr.clockid ?? 0, 92);
  return out;
}
