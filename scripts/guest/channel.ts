import type { Socket } from 'node:net';
import { encodeFrame, FrameDecoder } from '../../selftests/agent/frames.ts';
import type { OpName, RequestFrame, RequestOf, ResponseFrame, ResponseOf } from '../../selftests/agent/protocol.ts';
import type { Transport } from './transport.ts';

/** The agent could not do what it was asked; a mistake in the test, or in the agent. */
export class AgentError extends Error {
  readonly code: string;
  readonly errno: number;

  constructor(message: string, code: string, errno: number) {
    super(message);
    this.name = 'AgentError';
    this.code = code;
    this.errno = errno;
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Requests and answers over the guest's virtio port. Many may be under way; the agent answers in order. */
export class GuestChannel implements Transport {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #decoder = new FrameDecoder();
  #next = 1;
  #broken: Error | null = null;

  constructor(socket: Socket, onClose: () => void) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => onClose());
    socket.on('close', () => onClose());
  }

  call<N extends OpName>(op: N, request: RequestOf<N>): Promise<ResponseOf<N>> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    const id = this.#next++;
    const frame: RequestFrame = { id, op, request };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#socket.write(encodeFrame(frame));
    });
  }

  /** Every request under way, and every later one, is rejected with this. */
  fail(error: Error): void {
    this.#broken ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#broken);
    this.#waiting.clear();
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    for (const value of this.#decoder.push(chunk)) {
      const frame = value as ResponseFrame;
      const waiting = this.#waiting.get(frame.id);
      this.#waiting.delete(frame.id);
      if ('error' in frame) waiting?.reject(new AgentError(frame.error.message, frame.error.code, frame.error.errno));
      else waiting?.resolve(frame.response);
    }
  }
}
