import { GrowingFile } from '../lib/follow.ts';
import { wallClock, type Clock } from '../lib/given-time.ts';

const POLL_MS = 50;

/** Follows the file that QEMU writes the serial console to. Lines are kept; positions are line numbers. */
export class ConsoleFile {
  readonly path: string;
  readonly #file: GrowingFile;
  readonly #lines: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  readonly #timer: NodeJS.Timeout;
  #closed = false;
  /** The file must exist. */
  constructor(path: string) {
    this.path = path;
    this.#file = new GrowingFile(path);
    this.#timer = setInterval(() => this.poll(), POLL_MS);
  }

  /** Bytes that came. */
  get heardBytes(): number {
    return this.#file.bytes;
  }

  get length(): number {
    return this.#lines.length;
  }

  /** Lines from a position on; the last, unfinished one too. */
  since(position: number): string[] {
    return [...this.#lines.slice(position), ...(this.#file.rest === '' ? [] : [this.#file.rest])];
  }

  /** The same without a line that is still being written. */
  completeSince(position: number): string[] {
    return this.#lines.slice(position);
  }

  onLine(listener: (line: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Resolves to whether a line matching `pattern` came at or after `position` within the time, or before the file was
   * closed.
   */
  async waitFor(pattern: RegExp, position: number, timeoutMs: number, clock: Clock = wallClock): Promise<boolean> {
    const deadline = clock.nowMs() + timeoutMs;
    for (;;) {
      this.poll();
      if (this.#lines.slice(position).some((line) => pattern.test(line))) return true;
      if (this.#closed || clock.nowMs() >= deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS / 5));
    }
  }

  poll(): void {
    // the descriptor may be another file's by now
    if (this.#closed) return;
    // QEMU truncates the file when it opens it
    this.#file.read((raw) => {
      // the port's own line ends; one within a line takes back what was written, and splat.ts looks behind it
      const line = raw.replace(/^\r+|\r+$/g, '');
      this.#lines.push(line);
      for (const listener of this.#listeners) listener(line);
    });
  }

  close(): void {
    if (this.#closed) return;
    clearInterval(this.#timer);
    this.poll();
    this.#closed = true;
    this.#file.close();
  }
}
