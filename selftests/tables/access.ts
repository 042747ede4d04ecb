/** Which loads from a context the verifier is to accept: the rules, for every offset and size there can be. Pure. */
import { readU32 } from '../../scripts/guest/bytes.ts';

export const SIZES = [1, 2, 4, 8] as const;
export type Size = (typeof SIZES)[number];

export interface Field {
  readonly offset: number;
  readonly size: number;
  /** Parts may be read, if they are aligned. */
  readonly narrow: boolean;
}
export interface Layout {
  readonly fields: readonly Field[];
  /** Of the whole context. */
  readonly size: number;
}

const WORD = 8;

/** Rows of three u32, as progs/dtrace-access.bpf.c has them; arrays of words become words. */
export function decodeLayout(bytes: Uint8Array): Layout {
  const rows = Array.from({ length: bytes.length / 12 }, (_, index) =>
    [0, 4, 8].map((at) => readU32(bytes, 12 * index + at)),
  );
  const end = rows.findIndex((row) => row[2] === 2);
  const fields = rows.slice(0, end).flatMap(([offset = 0, size = 0, rule]) => {
    const narrow = rule === 1;
    if (size <= WORD) return [{ offset, size, narrow }];
    return Array.from({ length: size / WORD }, (_, index) => ({ offset: offset + WORD * index, size: WORD, narrow }));
  });
  return { fields, size: rows[end]?.[0] ?? 0 };
}

/** A load is allowed inside one field, aligned to its own size; whole where the field is a pointer or a register. */
export function loadAllowed(layout: Layout, offset: number, size: Size): boolean {
  const field = layout.fields.find(
    (candidate) => offset >= candidate.offset && offset + size <= candidate.offset + candidate.size,
  );
  if (field === undefined || offset % size !== 0) return false;
  return field.narrow || (offset === field.offset && size === field.size);
}

/** Offsets that no field of the list covers: other topics' fields, and padding. */
export function unlisted(layout: Layout, offset: number): boolean {
  return (
    offset < layout.size && !layout.fields.some((field) => offset >= field.offset && offset < field.offset + field.size)
  );
}

/** Names of the layout's fields in its order, up to the words of argv. */
const NAMES = [
  'ecb_id',
  'probe_id',
  'task',
  'state',
  'prio',
  'cpu',
  'tid',
  'pid',
  'ppid',
  'uid',
  'gid',
  'euid',
  'egid',
  'kind',
] as const;
export const TASK_FIELDS = [
  'task',
  'state',
  'prio',
  'cpu',
  'tid',
  'pid',
  'ppid',
  'uid',
  'gid',
  'euid',
  'egid',
] as const;
export const ARGC = 12;
const BEHIND_ARGV = ['retval', 'regs'] as const;

export function fieldNamed(layout: Layout, name: string): Field {
  const index = (NAMES as readonly string[]).indexOf(name);
  const word = /^argv\[(\d+)\]$/.exec(name);
  const behind = (BEHIND_ARGV as readonly string[]).indexOf(name);
  const at = word !== null ? NAMES.length + Number(word[1]) : behind < 0 ? index : NAMES.length + ARGC + behind;
  const field = at < 0 ? undefined : layout.fields[at];
  if (field === undefined) throw new Error(`no field ${name}`);
  return field;
}

/** A context as BPF_PROG_TEST_RUN takes it; what is not named is 0. */
export function encodeContext(layout: Layout, values: Readonly<Record<string, number | bigint>>): Uint8Array {
  const out = Buffer.alloc(layout.size);
  for (const [name, value] of Object.entries(values)) {
    const { offset, size } = fieldNamed(layout, name);
    if (size === 4) out.writeUInt32LE(Number(value), offset);
    else out.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), offset);
  }
  return out;
}
