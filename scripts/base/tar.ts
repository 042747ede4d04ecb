/** One member of a tar archive; directories are not reported, git has none. */
export interface TarEntry {
  readonly path: string;
  readonly kind: 'file' | 'link';
  readonly executable: boolean;
  /** Content of a file, target of a symbolic link. Valid until the next entry is asked for. */
  readonly data: Buffer;
  readonly mtimeSeconds: number;
}

const BLOCK = 512;

/**
 * Reads ustar, pax and GNU archives. Throws on a stream that ends early: an import of half
 * an archive must not look like a kernel tree.
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const take = reader(source);
  let longName: string | undefined;
  let longLink: string | undefined;
  for (;;) {
    const header = await take(BLOCK);
    if (header.every((byte) => byte === 0)) return;
    if (!checksumHolds(header)) throw new Error('not a tar archive, or a damaged one');
    const size = octal(header, 124, 12);
    const type = String.fromCharCode(header[156] ?? 0);
    const shortName = headerName(header);
    const shortLink = field(header, 157, 100);
    const executable = (octal(header, 100, 8) & 0o100) !== 0;
    const mtimeSeconds = octal(header, 136, 12);
    const data = (await take(Math.ceil(size / BLOCK) * BLOCK)).subarray(0, size);
    if (type === 'L') longName = field(data, 0, size);
    else if (type === 'K') longLink = field(data, 0, size);
    else if (type === 'x') {
      longName = paxField(data, 'path') ?? longName;
      longLink = paxField(data, 'linkpath') ?? longLink;
    } else if (type === 'g') continue;
    else {
      const path = longName ?? shortName;
      const target = longLink ?? shortLink;
      longName = longLink = undefined;
      if (type === '0' || type === '\0') yield { path, kind: 'file', executable, data, mtimeSeconds };
      else if (type === '2') yield { path, kind: 'link', executable: false, data: Buffer.from(target), mtimeSeconds };
      else if (type !== '5') throw new Error(`tar member ${path} is of type "${type}", which no kernel tree holds`);
    }
  }
}

function reader(source: AsyncIterable<Buffer>): (length: number) => Promise<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  let current: Buffer = Buffer.alloc(0);
  let offset = 0;
  return async (length) => {
    if (current.length - offset >= length) {
      offset += length;
      return current.subarray(offset - length, offset);
    }
    const parts: Buffer[] = [current.subarray(offset)];
    let have = current.length - offset;
    while (have < length) {
      const { value, done } = await chunks.next();
      if (done === true) throw new Error('the archive ends early');
      parts.push(value);
      have += value.length;
    }
    current = Buffer.concat(parts);
    offset = length;
    return current.subarray(0, length);
  };
}

function field(buffer: Buffer, start: number, length: number): string {
  const end = buffer.indexOf(0, start);
  return buffer.toString('utf8', start, end < 0 || end > start + length ? start + length : end);
}

/** A record of a POSIX extended header: "LENGTH KEY=VALUE\n". */
function paxField(data: Buffer, key: string): string | undefined {
  return new RegExp(`^\\d+ ${key}=(.*)$`, 'm').exec(data.toString('utf8'))?.[1];
}

function octal(buffer: Buffer, start: number, length: number): number {
  // GNU: the top bit of the first byte marks a binary number, used from 8 GiB on
  if (((buffer[start] ?? 0) & 0x80) !== 0) return buffer.readUIntBE(start + length - 6, 6);
  return Number.parseInt(field(buffer, start, length).trim() || '0', 8);
}

function headerName(header: Buffer): string {
  const name = field(header, 0, 100);
  // only POSIX ustar ("ustar\0") has a prefix; GNU ("ustar  ") keeps times there
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? field(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function checksumHolds(header: Buffer): boolean {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : (header[i] ?? 0);
  return sum === octal(header, 148, 8);
}
