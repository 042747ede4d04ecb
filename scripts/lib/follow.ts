import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const POLL_MS = 250;
const CHUNK_BYTES = 64 * 1024;

/**
 * Calls `onLine` for every complete line that is appended to a file, until `work` ends: the way to watch a process
 * whose output goes to a descriptor and not through this process.
 */
export async function follow<T>(path: string, onLine: (line: string) => void, work: Promise<T>): Promise<T> {
  let offset = 0;
  let rest = '';
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const drain = (): void => {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch {
      return;
    }
    try {
      // up to here and no further: a process may write faster than this one reads
      const end = fstatSync(fd).size;
      for (let got = 1; got > 0 && offset < end; offset += got) {
        got = readSync(fd, buffer, 0, Math.min(CHUNK_BYTES, end - offset), offset);
        const lines = (rest + buffer.toString('utf8', 0, got)).split(/[\r\n]/);
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') onLine(line);
      }
    } finally {
      closeSync(fd);
    }
  };
  const timer = setInterval(drain, POLL_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    drain();
  }
}
