import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

export type ObjectKind = 'commit' | 'tree' | 'blob';

/** Numbers of the pack format (gitformat-pack). */
const KIND = { commit: 1, tree: 2, blob: 3 } as const;
const HEADER_BYTES = 12;
/** A stored (not compressed) block of a zlib stream has a 16-bit length. */
const STORED_MAX = 0xffff;
/** From here on an offset goes to the index's table of 64-bit ones. */
const LARGE_OFFSET = 2 ** 31;
const BATCH_BYTES = 1 << 20;
const READ_BYTES = 4 << 20;

interface Entry {
  readonly id: Buffer;
  readonly crc: number;
  readonly offset: number;
}

/**
 * Writes one pack of whole, uncompressed objects and its index: what `git fast-import` would do for a kernel tree, but
 * with OpenSSL's hash, which uses the processor's instructions, and without passing anything through zlib.
 */
export class PackWriter {
  readonly #directory: string;
  readonly #path: string;
  readonly #fd: number;
  readonly #batch = Buffer.alloc(BATCH_BYTES);
  #used = 0;
  #offset = HEADER_BYTES;
  readonly #seen = new Set<string>();
  readonly #entries: Entry[] = [];

  /** `directory` is objects/pack of a repository. */
  constructor(directory: string) {
    this.#directory = directory;
    this.#path = join(directory, 'tmp_pack');
    this.#fd = openSync(this.#path, 'w+');
    this.#write(Buffer.alloc(HEADER_BYTES));
  }

  /** Adds an object, once however often it is given, and returns its id. */
  add(kind: ObjectKind, data: Buffer): Buffer {
    const id = createHash('sha1').update(`${kind} ${data.length}\0`).update(data).digest();
    const name = id.toString('latin1');
    if (this.#seen.has(name)) return id;
    this.#seen.add(name);
    const pieces = [entryHeader(kind, data.length), ...stored(data)];
    let crc = 0;
    let length = 0;
    for (const piece of pieces) {
      // zlib's crc32 of nothing is 0, whatever came before
      if (piece.length === 0) continue;
      crc = crc32(piece, crc);
      length += piece.length;
      this.#write(piece);
    }
    this.#entries.push({ id, crc, offset: this.#offset });
    this.#offset += length;
    return id;
  }

  /** Completes the pack and its index; until then git sees neither. */
  finish(): void {
    this.#flush();
    const header = Buffer.alloc(HEADER_BYTES);
    header.write('PACK', 'latin1');
    header.writeUInt32BE(2, 4);
    header.writeUInt32BE(this.#entries.length, 8);
    writeSync(this.#fd, header, 0, HEADER_BYTES, 0);
    // the number of objects stands in front, so the checksum can only be made when it is known
    const checksum = this.#checksum();
    writeSync(this.#fd, checksum, 0, checksum.length, this.#offset);
    closeSync(this.#fd);
    const base = join(this.#directory, `pack-${checksum.toString('hex')}`);
    writeFileSync(`${base}.idx`, packIndex(this.#entries, checksum));
    renameSync(this.#path, `${base}.pack`);
  }

  #checksum(): Buffer {
    const hash = createHash('sha1');
    const buffer = Buffer.alloc(READ_BYTES);
    for (let at = 0; at < this.#offset; ) {
      const got = readSync(this.#fd, buffer, 0, Math.min(READ_BYTES, this.#offset - at), at);
      hash.update(buffer.subarray(0, got));
      at += got;
    }
    return hash.digest();
  }

  #write(piece: Buffer): void {
    if (this.#used + piece.length > BATCH_BYTES) this.#flush();
    if (piece.length > BATCH_BYTES) writeAll(this.#fd, piece);
    else this.#used += piece.copy(this.#batch, this.#used);
  }

  #flush(): void {
    writeAll(this.#fd, this.#batch.subarray(0, this.#used));
    this.#used = 0;
  }
}

function writeAll(fd: number, buffer: Buffer): void {
  for (let done = 0; done < buffer.length; ) done += writeSync(fd, buffer, done, buffer.length - done);
}

/** Kind and size: four bits of the size in the first byte, seven in each that follows. */
function entryHeader(kind: ObjectKind, size: number): Buffer {
  const bytes = [(KIND[kind] << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(rest & 127);
  }
  return Buffer.from(bytes);
}

/** A zlib stream (RFC 1950, 1951) of stored blocks only. */
function stored(data: Buffer): Buffer[] {
  const pieces: Buffer[] = [Buffer.from([0x78, 0x01])];
  let at = 0;
  do {
    const length = Math.min(STORED_MAX, data.length - at);
    const head = Buffer.alloc(5);
    head[0] = at + length === data.length ? 1 : 0;
    head.writeUInt16LE(length, 1);
    head.writeUInt16LE(length ^ 0xffff, 3);
    pieces.push(head, data.subarray(at, at + length));
    at += length;
  } while (at < data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(adler32(data));
  pieces.push(sum);
  return pieces;
}

/** RFC 1950; 5552 is the most bytes for which the sums stay below 2^32. */
export function adler32(data: Buffer): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < data.length; ) {
    const end = Math.min(at + 5552, data.length);
    for (; at < end; at++) {
      a += data[at] as number;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}

/** Version 2 of the pack index. */
function packIndex(unsorted: readonly Entry[], packChecksum: Buffer): Buffer {
  const entries = [...unsorted].sort((one, two) => Buffer.compare(one.id, two.id));
  const large = entries.filter(({ offset }) => offset >= LARGE_OFFSET);
  const index = Buffer.alloc(8 + 1024 + entries.length * 28 + large.length * 8 + 40);
  index.write('\xfftOc', 'latin1');
  index.writeUInt32BE(2, 4);
  const [ids, crcs, offsets] = [1032, 1032 + entries.length * 20, 1032 + entries.length * 24];
  const wide = offsets + entries.length * 4;
  let [fan, widened] = [0, 0];
  for (const [n, { id, crc, offset }] of entries.entries()) {
    for (; fan < (id[0] ?? 0); fan++) index.writeUInt32BE(n, 8 + fan * 4);
    id.copy(index, ids + n * 20);
    index.writeUInt32BE(crc, crcs + n * 4);
    index.writeUInt32BE(offset < LARGE_OFFSET ? offset : LARGE_OFFSET + widened, offsets + n * 4);
    if (offset >= LARGE_OFFSET) index.writeBigUInt64BE(BigInt(offset), wide + 8 * widened++);
  }
  for (; fan < 256; fan++) index.writeUInt32BE(entries.length, 8 + fan * 4);
  packChecksum.copy(index, index.length - 40);
  createHash('sha1')
    .update(index.subarray(0, -20))
    .digest()
    .copy(index, index.length - 20);
  return index;
}
