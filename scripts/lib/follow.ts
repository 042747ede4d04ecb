import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const POLL_MS = 250;
const CHUNK_BYTES = 64 * 1024;

/**
 * Reads what is appended to a file, line by line, a character a byte; of the file no more than a chunk is ever held.
 */
export class GrowingFile {
  readonly #fd: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #offset = 0;
  /** The last line, as long as its end is missing. */
  rest = '';
  /** Bytes that came. */
  bytes = 0;

  /** @param end of a line; the file must exist */
  constructor(
    path: string,
    readonly end: RegExp = /\n/,
  ) {
    this.#fd = openSync(path, 'r');
  }

  /** The whole lines that came since the last call. A file that is shorter now was begun anew. */
  read(onLine: (line: string) => void): void {
    // up to here and no further: a process may write faster than this one reads
    const { size } = fstatSync(this.#fd);
    if (size < this.#offset) this.#offset = 0;
    while (this.#offset < size) {
      const length = readSync(this.#fd, this.#chunk, 0, Math.min(CHUNK_BYTES, size - this.#offset), this.#offset);
      if (length === 0) return;
      this.#offset += length;
      this.bytes += length;
      // what came before has no end in it: to search it again makes a long line a slow one
      const lines = this.#chunk.toString('latin1', 0, length).split(this.end);
      lines[0] = this.rest + (lines[0] ?? '');
      this.rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/**
 * Calls `onLine` for every whole line of a file until `work` ends: the way to watch a process whose output goes to a
 * descriptor and not through this process. What redraws a line with a carriage return ends it, too.
 */
export async function follow<T>(path: string, onLine: (line: string) => void, work: Promise<T>): Promise<T> {
  let file: GrowingFile | undefined;
  const drain = (): void => {
    // the process creates it
    if (file === undefined && existsSync(path)) file = new GrowingFile(path, /[\r\n]/);
    file?.read((line) => line !== '' && onLine(line));
  };
  const timer = setInterval(drain, POLL_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    drain();
    file?.close();
  }
}
