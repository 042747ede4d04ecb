import { connect } from 'node:net';
import t from 'tap';
import { encodeFrame, FrameDecoder } from '../../selftests/agent/frames.ts';
import { AgentError } from './channel.ts';
import { serveSession, type Served } from './session-server.ts';
import type { TopicReply, TopicRequest } from './session-protocol.ts';
import { GuestDied } from './vm.ts';

const session = {
  begin: () => Promise.resolve({ config: 'default' }),
  call: (op: string) => {
    if (op === 'agent.ping') return Promise.resolve({ now: 1n });
    if (op === 'release') return Promise.reject(new AgentError('no handle', 'EAGENT', 0));
    return Promise.reject(new GuestDied({ kind: 'panic', reason: 'it panicked', excerpt: ['line'] }));
  },
  end: () => Promise.resolve({ problems: [] }),
} as unknown as Served;

async function ask(path: string, requests: readonly TopicRequest[]): Promise<TopicReply[]> {
  const socket = connect(path);
  const decoder = new FrameDecoder();
  const replies: TopicReply[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      replies.push(...(decoder.push(chunk) as TopicReply[]));
      if (replies.length === requests.length) resolve();
    });
    for (const request of requests) socket.write(encodeFrame(request));
  });
  socket.destroy();
  return replies.sort((a, b) => a.id - b.id);
}

t.test('a topic gets answers, mistakes and deaths apart', async (t) => {
  const server = await serveSession(session);
  t.teardown(() => server.close());
  const answers = await ask(server.path, [
    { kind: 'begin', id: 1, name: 'x', seconds: 1, expectSplat: [] },
    { kind: 'call', id: 2, op: 'agent.ping', request: {} },
    { kind: 'call', id: 3, op: 'release', request: { handle: 1 } },
    { kind: 'call', id: 4, op: 'exec', request: { argv: [] } },
    { kind: 'end', id: 5 },
  ]);
  t.strictSame(answers, [
    { id: 1, value: { config: 'default' } },
    { id: 2, value: { now: 1n } },
    { id: 3, error: { message: 'no handle', code: 'EAGENT', errno: 0 } },
    { id: 4, death: { kind: 'panic', reason: 'it panicked', excerpt: ['line'] } },
    { id: 5, value: { problems: [] } },
  ]);
});

t.test('a topic that is killed does not take the session along', async (t) => {
  const server = await serveSession(session);
  t.teardown(() => server.close());
  const killed = connect(server.path);
  await new Promise((resolve) => killed.once('connect', resolve));
  killed.write(Buffer.from([9, 0, 0, 0, 1]));
  killed.destroy();
  t.strictSame(await ask(server.path, [{ kind: 'end', id: 1 }]), [{ id: 1, value: { problems: [] } }]);
});

t.test('a topic that comes early waits for its turn', async (t) => {
  const server = await serveSession(session);
  t.teardown(() => server.close());
  server.admit('one');
  let isAnswered = false;
  const early = ask(server.path, [{ kind: 'turn', id: 1, topic: 'two' }]).then((replies) => {
    isAnswered = true;
    return replies;
  });
  await ask(server.path, [{ kind: 'turn', id: 1, topic: 'one' }]);
  t.notOk(isAnswered);
  server.admit('two');
  t.match(await early, [{ id: 1, value: null }]);
});
