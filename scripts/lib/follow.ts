import { closeSync, openSync, readSync } from 'node:fs';

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
      for (let got = readSync(fd, buffer, 0, CHUNK_BYTES, offset); got > 0; got = readSync(fd, buffer, 0, CHUNK_BYTES, offset)) {
        offset += got;
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
