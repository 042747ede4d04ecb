import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { messageOf } from '../lib/errors.ts';
import { socketRoot } from '../lib/temporary.ts';
import { encodeFrame, FrameDecoder } from '../../selftests/agent/frames.ts';
import type { RequestOf, OpName } from '../../selftests/agent/protocol.ts';
import { AgentError } from './channel.ts';
import type { Session } from './session.ts';
import type { TopicReply, TopicRequest } from './session-protocol.ts';
import { GuestDied } from './vm.ts';

/** What a topic may do with a session. */
export type Served = Pick<Session, 'begin' | 'call' | 'end'>;

export interface SessionServer {
  /** Goes into the environment of the topics' processes. */
  readonly path: string;
  /** Whose turn it is. The next topic's process may be started before, and waits until it is admitted. */
  admit(topic: string): void;
  close(): Promise<void>;
}

/** Lets one topic's process at a time use a session. */
export async function serveSession(session: Served): Promise<SessionServer> {
  const gate = new Gate();
  const dir = mkdtempSync(join(socketRoot(), 'dtrace-'));
  const path = join(dir, 'session');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const decoder = new FrameDecoder();
    socket.on('data', (chunk: Buffer) => {
      for (const value of decoder.push(chunk))
        void answer(session, gate, value as TopicRequest).then((reply) => socket.write(encodeFrame(reply)));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  return {
    path,
    admit: (topic) => gate.open(topic),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** One topic at a time. */
class Gate {
  #topic = '';
  #waiting: { readonly topic: string; readonly go: () => void }[] = [];

  open(topic: string): void {
    this.#topic = topic;
    for (const one of this.#waiting.filter((candidate) => candidate.topic === topic)) one.go();
    this.#waiting = this.#waiting.filter((candidate) => candidate.topic !== topic);
  }

  pass(topic: string): Promise<void> {
    if (topic === this.#topic) return Promise.resolve();
    return new Promise((go) => this.#waiting.push({ topic, go }));
  }
}

async function answer(session: Served, gate: Gate, request: TopicRequest): Promise<TopicReply> {
  const { id } = request;
  try {
    switch (request.kind) {
      case 'turn':
        await gate.pass(request.topic);
        return { id, value: null };
      case 'begin':
        return { id, value: await session.begin(request) };
      case 'call':
        return { id, value: await session.call(request.op, request.request as RequestOf<OpName>) };
      case 'end':
        return { id, value: await session.end() };
    }
  } catch (error: unknown) {
    if (error instanceof GuestDied) return { id, death: error.death };
    const { code, errno } = error instanceof AgentError ? error : { code: 'ESESSION', errno: 0 };
    return { id, error: { message: messageOf(error), code, errno } };
  }
}
