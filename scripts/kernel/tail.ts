/** Follows a log file that a child writes, without ever holding more than a chunk of it. */
import { closeSync, openSync, readSync } from 'node:fs';
import { LineSplitter } from './progress.ts';

const CHUNK_BYTES = 64 * 1024;
const POLL_MS = 500;

export interface Follower {
  /** Reads what is left and stops. */
  stop(): void;
}

/** @param onLines called with whole lines, as they come */
export function followFile(path: string, onLines: (lines: readonly string[]) => void): Follower {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const splitter = new LineSplitter();
  const fd = openSync(path, 'a+');
  let offset = 0;
  const drain = (): void => {
    for (;;) {
      const length = readSync(fd, buffer, 0, CHUNK_BYTES, offset);
      if (length === 0) return;
      offset += length;
      const lines = splitter.push(buffer.toString('latin1', 0, length));
      if (lines.length > 0) onLines(lines);
    }
  };
  const timer = setInterval(drain, POLL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      drain();
      closeSync(fd);
    },
  };
}
