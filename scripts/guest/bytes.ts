/** Little-endian bytes for keys, values and contexts; pure. */

export function u32(...values: number[]): Uint8Array {
  const out = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) out.writeUInt32LE(value >>> 0, index * 4);
  return out;
}

export function u64(...values: (bigint | number)[]): Uint8Array {
  const out = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) out.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), index * 8);
  return out;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

export function readU32(bytes: Uint8Array, offset = 0): number {
  return view(bytes).getUint32(offset, true);
}

export function readI32(bytes: Uint8Array, offset = 0): number {
  return view(bytes).getInt32(offset, true);
}

export function readU64(bytes: Uint8Array, offset = 0): bigint {
  return view(bytes).getBigUint64(offset, true);
}

/** NUL-terminated text in a fixed field. */
export function readText(bytes: Uint8Array, offset = 0, length = bytes.length - offset): string {
  const field = Buffer.from(bytes.subarray(offset, offset + length));
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? field.length : end);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
