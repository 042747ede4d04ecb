import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { encodeFrame, FrameDecoder } from '../../selftests/agent/frames.ts';
import type { RequestFrame } from '../../selftests/agent/protocol.ts';
import { type AgentError, GuestChannel } from './channel.ts';

/** A channel, and the guest's end of the wire. */
async function pair(t: Test, onClose: () => void = () => undefined): Promise<{ channel: GuestChannel; guest: Socket }> {
  // not below the project: the address of a socket has 108 bytes, and what is over is cut off in silence
  const dir = mkdtempSync(join(tmpdir(), 'dtrace-'));
  const path = join(dir, 'port');
  let take: (socket: Socket) => void = () => undefined;
  const accepted = new Promise<Socket>((resolve) => (take = resolve));
  const server = createServer((socket) => take(socket));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const guest = connect(path);
  const channel = new GuestChannel(await accepted, onClose);
  t.teardown(() => {
    guest.destroy();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { channel, guest };
}

t.test('answers find their requests, and errors their callers', async (t) => {
  const { channel, guest } = await pair(t);
  const decoder = new FrameDecoder();
  guest.on('data', (chunk: Buffer) => {
    for (const value of decoder.push(chunk)) {
      const { id, op } = value as RequestFrame;
      const frame =
        op === 'agent.ping'
          ? { id, response: { now: BigInt(id) } }
          : { id, error: { message: `${op}: no`, code: 'ENOENT', errno: 2 } };
      guest.write(encodeFrame(frame));
    }
  });
  const pings = [channel.call('agent.ping', {}), channel.call('agent.ping', {})];
  const wrong = channel.call('release', { handle: 9 });
  t.match(await Promise.all(pings), [{ now: 1n }, { now: 2n }]);
  await t.rejects(wrong, {
    name: 'AgentError',
    code: 'ENOENT',
    errno: 2,
    message: 'release: no',
  } satisfies Partial<AgentError>);
});

t.test('a dead guest answers what waits and what comes', async (t) => {
  const { channel } = await pair(t);
  const waiting = channel.call('agent.ping', {});
  channel.fail(new Error('it died'));
  await t.rejects(waiting, /it died/);
  await t.rejects(channel.call('agent.ping', {}), /it died/);
});

t.test('a closed wire is told', async (t) => {
  let tell: () => void = () => undefined;
  const told = new Promise<void>((resolve) => (tell = resolve));
  const { guest } = await pair(t, tell);
  guest.destroy();
  await told;
  t.pass('told');
});
