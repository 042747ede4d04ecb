/** A Vm around a process, a socket and a console file that a test moves by hand: for what the host side decides. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '../lib/exec.ts';
import { encodeFrame, FrameDecoder } from '../../selftests/agent/frames.ts';
import type { RequestFrame } from '../../selftests/agent/protocol.ts';
import { GuestChannel } from '../guest/channel.ts';
import { ConsoleFile } from '../guest/console.ts';
import { Vm } from '../guest/vm.ts';

/** What the agent answers; undefined: nothing, ever. */
export type Answer = (op: string, request: unknown) => unknown;

export interface ScriptedGuest {
  readonly vm: Vm;
  /** Requests in the order they came. */
  readonly asked: readonly string[];
  say(...lines: readonly string[]): void;
  hangUp(): void;
  /** Ends the process that stands for QEMU. */
  endQemu(): void;
  remove(): Promise<void>;
}

/** @param monitor what QEMU's monitor sends to a client; undefined: there is none */
export async function scriptedGuest(answer: Answer, monitor?: string): Promise<ScriptedGuest> {
  const dir = mkdtempSync(join(tmpdir(), 'guest-'));
  const console = join(dir, 'console');
  writeFileSync(console, '');
  const asked: string[] = [];
  let guest: Socket | undefined;
  const agent = await listen(join(dir, 'agent'), (socket) => {
    guest = socket;
    const decoder = new FrameDecoder();
    socket.on('data', (chunk: Buffer) => {
      for (const value of decoder.push(chunk)) {
        const { id, op, request } = value as RequestFrame;
        asked.push(op);
        const response = answer(op, request);
        if (response !== undefined) socket.write(encodeFrame({ id, response }));
      }
    });
  });
  const qmp =
    monitor === undefined ? undefined : await listen(join(dir, 'qmp'), (socket) => void socket.write(monitor));
  const socket = connect(join(dir, 'agent'));
  await new Promise((resolve) => socket.once('connect', resolve));
  const kill = new AbortController();
  const qemu = new AbortController();
  kill.signal.addEventListener('abort', () => qemu.abort());
  const ended = exec(['sleep', '600'], { signal: qemu.signal, graceMs: 100 });
  let vm: Vm | undefined;
  const channel = new GuestChannel(socket, () => vm?.channelClosed());
  vm = new Vm({ console: new ConsoleFile(console), channel, kill, ended, monitor: join(dir, 'qmp') });
  const whole = vm;
  return {
    vm,
    asked,
    say: (...lines) => appendFileSync(console, lines.map((line) => `${line}\n`).join('')),
    hangUp: () => guest?.destroy(),
    endQemu: () => qemu.abort(),
    remove: async () => {
      await whole.stop();
      for (const server of [agent, qmp]) server?.close();
      rmSync(dir, { recursive: true });
    },
  };
}

async function listen(path: string, onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}
