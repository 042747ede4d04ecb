import { connect, type Socket } from 'node:net';
import { encodeFrame, FrameDecoder } from '../../selftests/agent/frames.ts';
import type { OpName, RequestOf, ResponseOf } from '../../selftests/agent/protocol.ts';
import { AgentError } from './channel.ts';
import { Guest, type GuestFacts } from './client.ts';
import type { Death } from './death.ts';
import type { GuestTestOptions, Test } from './guest-test.ts';
import {
  SESSION_VARIABLE,
  TOPIC_VARIABLE,
  type AwaitTurn,
  type BeginTest,
  type CallGuest,
  type EndTest,
  type Problem,
  type TestVerdict,
  type TopicReply,
  type TopicRequest,
} from './session-protocol.ts';
import type { Transport } from './transport.ts';

const DEFAULT_SECONDS = 20;

/** Calls of a test whose guest died; the verdict at its end has the console. */
class GuestGone extends Error {
  constructor(death: Death) {
    super(death.reason);
    this.name = 'GuestGone';
  }
}

/** A topic's end of the session. */
class TopicSession implements Transport {
  readonly #socket: Socket;
  readonly #decoder = new FrameDecoder();
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #next = 1;

  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on('data', (chunk: Buffer) => {
      for (const value of this.#decoder.push(chunk)) this.#settle(value as TopicReply);
    });
    const lost = (): void => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the owner of the guest is gone'));
      this.#waiting.clear();
    };
    this.#socket.on('error', lost);
    this.#socket.on('close', lost);
    // the process may end between two tests
    this.#socket.unref();
  }

  #settle(reply: TopicReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#socket.unref();
    if ('death' in reply) waiting?.reject(new GuestGone(reply.death));
    else if ('error' in reply)
      waiting?.reject(new AgentError(reply.error.message, reply.error.code, reply.error.errno));
    else waiting?.resolve(reply.value);
  }

  #ask(
    request: Omit<AwaitTurn, 'id'> | Omit<BeginTest, 'id'> | Omit<CallGuest, 'id'> | Omit<EndTest, 'id'>,
  ): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.ref();
      this.#socket.write(encodeFrame({ ...request, id } as TopicRequest));
    });
  }

  async turn(): Promise<void> {
    await this.#ask({ kind: 'turn', topic: process.env[TOPIC_VARIABLE] ?? '' });
  }

  async call<N extends OpName>(op: N, request: RequestOf<N>): Promise<ResponseOf<N>> {
    return (await this.#ask({ kind: 'call', op, request })) as ResponseOf<N>;
  }

  async run(
    name: string,
    options: GuestTestOptions,
    t: Test,
    body: (t: Test, guest: Guest) => Promise<void>,
  ): Promise<void> {
    const expectSplat = (options.expectSplat ?? []).map(({ pattern, reason }) => ({
      source: pattern.source,
      flags: pattern.flags,
      reason,
    }));
    const facts = (await this.#ask({
      kind: 'begin',
      name,
      seconds: options.seconds ?? DEFAULT_SECONDS,
      expectSplat,
    })) as GuestFacts;
    const guest = new Guest(this, facts);
    try {
      const missing = options.needs?.(guest) ?? null;
      if (missing !== null) t.plan(0, missing);
      else await body(t, guest);
    } catch (error: unknown) {
      if (!(error instanceof GuestGone)) throw error;
    } finally {
      const { problems } = (await this.#ask({ kind: 'end' })) as TestVerdict;
      report(t, problems);
    }
  }
}

/** The console goes along as a diagnostic of the failed assertion. */
function report(t: Test, problems: readonly Problem[]): void {
  for (const problem of problems)
    t.fail(`${problem.kind}: ${problem.message}`, { console: problem.excerpt.join('\n'), at: null, stack: '' });
}

let session: TopicSession | null = null;

/**
 * A topic's process is started while another topic has the guest, and has loaded everything when its turn comes.
 * Without an owner there is nothing to wait for, and the first test says so.
 */
export async function awaitTurn(): Promise<void> {
  if (process.env[SESSION_VARIABLE] !== undefined) await topicSession().turn();
}

/** @throws Error when the process was not started by `npm test` */
export function topicSession(): TopicSession {
  if (session === null) {
    const path = process.env[SESSION_VARIABLE];
    if (path === undefined)
      throw new Error(
        'no guest: topics are run by `npm test -- TOPIC`, or `npm run test:only -- TOPIC` on the kernel built before',
      );
    session = new TopicSession(path);
  }
  return session;
}
