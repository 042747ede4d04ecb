/** Length-prefixed v8 frames: the wire between host and guest, and between a topic and the session's owner. Pure. */
import { deserialize, serialize } from 'node:v8';

const PREFIX_BYTES = 4;
/** A length beyond this is no frame but garbage on the wire. */
const MAX_FRAME_BYTES = 512 * 1024 * 1024;

export function encodeFrame(value: unknown): Buffer {
  const body = serialize(value);
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + body.length);
  frame.writeUInt32LE(body.length, 0);
  body.copy(frame, PREFIX_BYTES);
  return frame;
}

export class FrameDecoder {
  #parts: Buffer[] = [];
  #have = 0;

  /** The values that are complete with this chunk. @throws RangeError on garbage */
  push(chunk: Buffer): unknown[] {
    this.#parts.push(chunk);
    this.#have += chunk.length;
    const values: unknown[] = [];
    for (;;) {
      if (this.#have < PREFIX_BYTES) return values;
      const head = this.#join(PREFIX_BYTES);
      const length = head.readUInt32LE(0);
      if (length > MAX_FRAME_BYTES) throw new RangeError(`frame of ${length} bytes`);
      if (this.#have < PREFIX_BYTES + length) return values;
      const all = this.#join(PREFIX_BYTES + length);
      values.push(deserialize(all.subarray(PREFIX_BYTES, PREFIX_BYTES + length)));
      const rest = all.subarray(PREFIX_BYTES + length);
      this.#parts = rest.length > 0 ? [rest] : [];
      this.#have = rest.length;
    }
  }

  /** The first part, grown to at least `bytes`; big frames are joined once, when they are complete. */
  #join(bytes: number): Buffer {
    const [first] = this.#parts;
    if (first !== undefined && first.length >= bytes) return first;
    const all = Buffer.concat(this.#parts);
    this.#parts = [all];
    return all;
  }
}
